#include "tests/sim/sim_hub.h"

#include <algorithm>

#include "agent/core/event_layout.h"
#include "tests/sim/canary.h"

namespace storeward::sim {
namespace {

constexpr Millis patience{1'000};  // before a gap is asked for: messages may be reordered

bool is_absent(const Sha256& digest) {
  return digest == Sha256{};
}

}  // namespace

void SimHub::on_batch(const StreamKey& key, Range announced, std::string_view payload) {
  std::string plain(payload);
  if (is_zstd(payload)) {
    auto unfolded = zstd_decompress(payload);
    if (!unfolded) throw Violation{"a batch does not unfold: " + unfolded.error().message};
    plain = std::move(*unfolded);
  }
  const auto events = split_batch(plain);
  if (!events) throw Violation{"a batch is no array: " + events.error().message};
  if (events->empty()) throw Violation{"an empty batch"};
  if (holds_card_number(plain)) throw Violation{"a card number went to the hub"};
  Sequence before = announced.first - 1;
  const auto skip = [&](Sequence upto) {  // what is gone stands in the range, and not in the batch
    for (Sequence n = before + 1; n < upto; ++n) {
      if (n <= ledger_.confirmed_upto(key) || ledger_.is_excepted(key, n)) continue;
      throw Violation{"a batch without " + place_text(key, n)};
    }
  };
  StreamStore& store = streams_[key];
  for (const std::string_view bytes : *events) {
    const Sequence sequence = event_layout::sequence_of(bytes);
    if (event_layout::epoch_of(bytes) != key.epoch) throw Violation{"two epochs in one batch"};
    if (sequence <= before || sequence > announced.last) {
      throw Violation{"a batch out of order, or not what its properties say"};
    }
    skip(sequence);
    before = sequence;
    ledger_.arrived(key, sequence, bytes);
    store.filled.emplace(sequence, sha256(bytes));
    if (rejects_ && world_.random.chance(0.01)) store.rejected.emplace(sequence, "not for us");
  }
  skip(announced.last + 1);
  advance(store);
  news_ = true;
}

void SimHub::advance(StreamStore& store) {
  for (auto next = store.filled.upper_bound(store.contiguous);
       next != store.filled.end() && next->first == store.contiguous + 1; ++next) {
    ++store.contiguous;
    if (is_absent(next->second)) store.chain.reset();
    if (store.chain) store.chain = chain_next(*store.chain, next->second);
  }
  store.gap_since = world_.clock.now();
}

void SimHub::on_heads(std::string_view json) {
  const auto heads = parse_heads(json);
  if (!heads) throw Violation{"heads cannot be read: " + heads.error().message};
  for (const auto& [key, head] : heads->streams) {
    StreamStore& store = streams_[key];
    check_head(key, store, head);
    store.published = std::max(store.published, head.published);
    for (const AbsentRange& absent : head.absent) {
      for (Sequence n = absent.range.first; n <= absent.range.last; ++n) {
        store.filled.emplace(n, Sha256{});
      }
    }
    advance(store);
  }
  news_ = true;
}

void SimHub::check_head(const StreamKey& key, StreamStore& store, const StreamHead& head) {
  const bool ordered = head.first >= 1 && head.first <= head.last + 1 &&
                       head.published <= head.last && head.confirmed <= head.last;
  if (!ordered) throw Violation{"heads that contradict themselves"};
  if (head.first - 1 > ledger_.confirmed_upto(key)) {
    throw Violation{"heads begin above what was ever confirmed: something was pruned too early"};
  }
  for (const AbsentRange& absent : head.absent) {
    for (Sequence n = absent.range.first; n <= absent.range.last; ++n) {
      if (n <= ledger_.confirmed_upto(key) || ledger_.is_excepted(key, n)) continue;
      throw Violation{"heads call " + place_text(key, n) + " " +
                      std::string(name_of(absent.reason)) + ", and it is neither"};
    }
  }
  if (knows_by_ && world_.clock.now() >= *knows_by_) old_copy_ = false;
  if (!old_copy_ && store.chain && store.contiguous == head.last && head.hash != *store.chain) {
    throw Violation{"the hash of the heads is not that of the events up to " +
                    std::string(name_of(key.stream)) + " " + std::to_string(head.last) + " of " +
                    key.epoch};
  }
}

std::vector<Range> SimHub::missing(const StreamStore& store) const {
  const Sequence seen = store.filled.empty() ? 0 : store.filled.rbegin()->first;
  const Sequence upto = std::max(seen, store.published);
  std::vector<Range> ranges;
  Sequence from = store.contiguous + 1;
  for (auto it = store.filled.upper_bound(store.contiguous); from <= upto && ranges.size() < 50;) {
    const Sequence next = it == store.filled.end() ? upto + 1 : it->first;
    if (next > from) ranges.push_back({from, next - 1});
    from = next + 1;
    if (it != store.filled.end()) ++it;
  }
  return ranges;
}

std::optional<std::string> SimHub::next_ack() {
  HubAck ack;
  bool asks = false;
  for (auto& [key, store] : streams_) {
    EpochAck& epoch = ack.epochs[key.epoch];
    if (store.contiguous != 0) {
      epoch.confirmed[key.stream] = store.contiguous;
      if (store.chain) epoch.hash[key.stream] = *store.chain;
    }
    if (world_.clock.now() - store.gap_since >= patience) {
      if (auto ranges = missing(store); !ranges.empty()) {
        epoch.missing[key.stream] = std::move(ranges);
        asks = true;
      }
    }
    for (const auto& [sequence, reason] : store.rejected) {
      epoch.rejected.push_back({key.stream, sequence, reason});
      ledger_.rejected(key, sequence);
    }
  }
  if (!news_ && !asks) return std::nullopt;
  news_ = false;
  ack.serial = ++serial_;
  for (const auto& [epoch, said] : ack.epochs) {
    for (const auto& [stream, sequence] : said.confirmed) {
      ledger_.confirmed({epoch, stream}, sequence);
    }
  }
  return to_json(ack);
}

void SimHub::lose_state() {
  streams_.clear();
  news_ = true;
}

void SimHub::expect_old_copy() {
  old_copy_ = true;
  knows_by_.reset();
}

void SimHub::agent_begins() {
  knows_by_.reset();
}

void SimHub::agent_told() {
  constexpr Millis time_to_act{30'000};  // a full disk holds it up, for 20 s here
  if (!knows_by_) knows_by_ = world_.clock.now() + time_to_act;
}

bool SimHub::settled() const {
  return !news_ && std::ranges::all_of(streams_, [](const auto& item) {
    return item.second.filled.empty() ||
           item.second.filled.rbegin()->first == item.second.contiguous;
  });
}

bool SimHub::complete(const StreamKey& stream, Sequence last) const {
  const auto store = streams_.find(stream);
  return last == 0 || (store != streams_.end() && store->second.contiguous >= last);
}

std::optional<ReplayCommand> SimHub::some_replay() {
  if (streams_.empty()) return std::nullopt;
  const auto chosen = std::next(streams_.begin(),
                                static_cast<std::ptrdiff_t>(world_.random.below(streams_.size())));
  if (chosen->second.contiguous == 0) return std::nullopt;
  const Sequence first = world_.random.between(1, chosen->second.contiguous);
  return ReplayCommand{chosen->first, {first, first + world_.random.below(20)}};
}

}  // namespace storeward::sim
