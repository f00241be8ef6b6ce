#include <algorithm>

#include "agent/core/forwarding/state.h"
#include "agent/core/masking.h"

namespace storeward {
namespace {

constexpr Millis heads_patience{5'000};

}  // namespace

void Forwarder::State::fork(const std::string& reason) {
  forking = true;
  if (fork_reported) return;
  fork_reported = true;
  recorded.fork = EpochFork{reason};
  alerts.raise(AlertKind::restored_copy, {}, reason);
}

bool Forwarder::State::has_forgotten(const HubAck& ack) const {
  if (options.confirm != Confirm::receipt) return false;
  const auto word = ack.epochs.find(current);
  return std::ranges::any_of(lanes, [&](const auto& entry) {
    const auto& [key, lane] = entry;
    if (key.epoch != current || lane.confirmed() == 0) return false;
    if (word == ack.epochs.end()) return true;
    const auto confirmed = word->second.confirmed.find(key.stream);
    return confirmed == word->second.confirmed.end() || confirmed->second < lane.confirmed();
  });
}

void Forwarder::State::on_hub_ack(Instant now, const HubAck& ack) {
  alerts.clear(AlertKind::ack_unreadable, "ack");
  const bool stale = serial && ack.serial < *serial;
  if (!stale) serial = ack.serial;
  bool all_known = true;
  for (const auto& [epoch, word] : stale ? std::map<Epoch, EpochAck>{} : ack.epochs) {
    // Named in the capture: clang 14 takes no structured binding otherwise.
    const bool known =
        epoch == current || std::ranges::any_of(lanes, [&epoch = epoch](const auto& entry) {
          return entry.first.epoch == epoch;
        });
    if (!known) {
      all_known = false;
      alerts.raise(
          AlertKind::unknown_epoch_in_ack, "ack",
          "epoch " + mask_text(epoch) + " is none of ours; is another agent using this identity?");
      continue;
    }
    on_epoch_ack(now, epoch, word);
  }
  // A hub that lost its memory learns from the heads what it may ask for.
  if (!stale && has_forgotten(ack) && now - heads_at >= heads_patience) heads_now = true;
  if (all_known && !stale) alerts.clear(AlertKind::unknown_epoch_in_ack, "ack");
  if (phase == Phase::awaiting_ack) start_flowing(now);
}

void Forwarder::State::on_epoch_ack(Instant now, const Epoch& epoch, const EpochAck& word) {
  for (const HubRejection& rejection : word.rejected) {
    Lane* lane = find({epoch, rejection.stream});
    if (lane == nullptr || rejection.sequence == 0 || rejection.sequence > lane->last() ||
        lane->rejected.contains(rejection.sequence)) {
      continue;
    }
    lane->rejected.add({rejection.sequence, rejection.sequence});
    recorded.rejected.push_back({lane->key(), rejection.sequence, rejection.reason});
  }
  for (const auto& [stream, sequence] : word.confirmed) {
    if (Lane* lane = find({epoch, stream})) {
      const auto hash = word.hash.find(stream);
      hear_confirmed(now, *lane, sequence, hash == word.hash.end() ? nullptr : &hash->second);
    }
  }
  for (auto& [key, lane] : lanes) {
    if (key.epoch != epoch) continue;
    if (!lane.hub_hash) confirm(now, lane);  // a rejection alone may carry it on too
    RangeSet missing;
    if (const auto at = word.missing.find(key.stream); at != word.missing.end()) {
      for (const Range& range : at->second) {
        if (const auto part = clip(range, lane.first(), lane.highest_published()))
          missing.add(*part);
      }
    }
    lane.resend.on_missing(std::move(missing));
  }
}

void Forwarder::State::hear_confirmed(Instant now, Lane& lane, Sequence sequence,
                                      const Sha256* hash) {
  const bool is_current = lane.key().epoch == current;
  // An older epoch may have gone on elsewhere after its outbox was copied. What the copy has never
  // published must not follow events that are not its own.
  const bool unsent_in_doubt = sequence > lane.published() && lane.published() < lane.last();
  if (sequence > lane.last() && (is_current || unsent_in_doubt)) {
    fork("the hub has confirmed " + std::string(name_of(lane.key().stream)) + " up to " +
         std::to_string(sequence) + ", this outbox ends at " + std::to_string(lane.last()) +
         ": it is an older copy");
    return;
  }
  lane.to_confirm = std::max(lane.to_confirm, sequence);
  const bool due = is_current
                       ? !lane.hash_checked || now - lane.hash_checked_at >= options.state_interval
                       : unsent_in_doubt;
  if (due && !lane.hub_hash && hash != nullptr && sequence > 0) {
    lane.hub_hash = *hash;
    lane.hub_hash_at = sequence;
  }
}

void Forwarder::State::confirm(Instant now, Lane& lane) {
  Sequence sequence = std::max(lane.to_confirm, lane.confirmed());
  while (lane.rejected.contains(sequence + 1)) ++sequence;
  if (options.confirm == Confirm::puback || !lane.confirm_to(sequence)) return;
  lane.progress_at = now;
  lane.probe_at.reset();
  alerts.clear(AlertKind::confirmation_stalled,
               std::string(name_of(lane.key().stream)) + " " + lane.key().epoch);
}

void Forwarder::State::ask_for_hash(Actions& actions) {
  if (hash_asked || forking) return;
  for (auto& [key, lane] : lanes) {
    if (!lane.hub_hash) continue;
    hash_asked = key;
    hash_asked_at = lane.hub_hash_at;
    actions.hash_query = key;
    actions.hash_at = lane.hub_hash_at;
    return;
  }
}

void Forwarder::State::on_hash(const StreamKey& stream, Sequence at,
                               const std::optional<Sha256>& hash) {
  if (!hash_asked || *hash_asked != stream || hash_asked_at != at) return;
  hash_asked.reset();
  Lane* lane = find(stream);
  if (lane == nullptr || !lane->hub_hash || lane->hub_hash_at != at) return;
  const Sha256 hub_hash = *lane->hub_hash;
  lane->hub_hash.reset();
  lane->hash_checked_at = last_now;
  // What is pruned cannot be compared any more.
  if (hash && *hash != hub_hash) {
    fork("the hub has other events than this outbox under " + std::string(name_of(stream.stream)) +
         " up to " + std::to_string(at) + ": it is an older copy");
    return;
  }
  lane->hash_checked = true;
  confirm(last_now, *lane);
}

}  // namespace storeward
