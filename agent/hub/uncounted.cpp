#include "agent/hub/uncounted.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "agent/base/sha256.h"
#include "agent/core/event_facts.h"
#include "agent/core/event_rules.h"
#include "agent/core/receipt_number.h"
#include "agent/hub/held_events.h"

namespace storeward::hub {
namespace {

using Number = std::tuple<std::string, std::string, std::int64_t>;  // register, day, number
using Revision = std::pair<std::uint64_t, std::uint64_t>;           // ReceiptFacts::event, revision

// What one event says of the receipts.
struct Said {
  Found at;
  bool repeated = false;  // it is held under another number, which is the one in the totals
  bool counts = true;     // as far as its own status goes
  std::optional<ReceiptFacts> receipt;
  std::optional<VoidedReceipt> voids;
};

// A number that a void is about.
struct Voidable {
  struct Receipt {
    bool counts = true;
    std::optional<Found> at;  // the one in the totals
  };
  ReceiptNumber number;
  std::map<Revision, Receipt> receipts;  // that came under it
};

template <typename Facts>
Number number_of(const Facts& facts) {
  return {facts.register_id, facts.business_date, facts.number};
}

// Of "/{tenant}/{site}/{agent}/{source}", as events are published.
std::string_view site_in(std::string_view source) {
  const std::size_t at = source.find('/', 1);
  if (at == source.npos) return {};
  return source.substr(at + 1, source.find('/', at + 1) - at - 1);
}

class SaleReader {
 public:
  // None where it is no valid sale, return or void: what else comes counts as it is.
  std::optional<Said> read(std::string_view event) {
    if (!tree_.read(event)) return std::nullopt;
    const JsonNode& root = tree_.root();
    const std::string_view type = tree_.text(root, "type");
    const bool is_void = type == "retail.sale.voided.v1";
    if (!is_void && type != "retail.sale.completed.v1" && type != "retail.return.completed.v1") {
      return std::nullopt;
    }
    const JsonNode* const data = tree_.member(root, "data");
    if (data == nullptr || misfit(tree_, *data, *shape_of_data(type), nullptr)) return std::nullopt;
    of_the_agent_.site = site_in(tree_.text(root, "source"));
    Said said;
    const Revision revision = revision_of(root);
    said.counts = is_void || day_delta(tree_, *data, type, of_the_agent_);
    said.receipt = receipt_facts(tree_, *data, type, of_the_agent_);
    if (said.receipt) std::tie(said.receipt->event, said.receipt->revision) = revision;
    said.voids = voided_receipt(tree_, *data, type, of_the_agent_);
    if (said.voids) said.voids->event = revision.first;
    return said;
  }

 private:
  Revision revision_of(const JsonNode& event) const {
    std::string name(tree_.text(event, "source"));
    name.append(1, '\x1f').append(tree_.text(event, "id"));
    std::uint64_t number = 1;
    const std::string_view text = tree_.text(event, "revision");
    std::from_chars(text.data(), text.data() + text.size(), number);
    return {leading_u64(sha256(name)), number};
  }

  AdmissionOptions of_the_agent_{};  // without its zone: a date is taken as it is written
  JsonTree tree_;
};

class Sales {
 public:
  Sales(HubTransaction& transaction, AgentId agent)
      : transaction_(transaction), streams_(transaction.streams(agent)) {
    std::erase_if(streams_, [](const StreamRow& row) { return row.key.stream != Stream::sales; });
    std::ranges::sort(streams_, {}, &StreamRow::key);
  }

  template <typename Take>
  void for_each(const Take& take) {
    for (const StreamRow& stream : streams_) {
      for_each_event(transaction_, stream.id,
                     [&](Sequence sequence, std::string_view event, std::optional<NoteKind> note) {
                       if (note == NoteKind::rejected) return;
                       auto said = reader_.read(event);
                       if (!said) return;
                       said->at = {stream.id, sequence};
                       said->repeated = note == NoteKind::repeat;
                       take(*said);
                     });
    }
  }

 private:
  HubTransaction& transaction_;
  std::vector<StreamRow> streams_;
  SaleReader reader_;
};

void take_void(Voidable& at, const VoidedReceipt& voids) {
  const PlacedVoid placed = place(at.number, voids);
  at.number.voided |= placed.voids;
  if (!placed.taken_back) return;
  at.receipts[{placed.taken_back->event, placed.taken_back->revision}].counts = false;
}

void take_receipt(Voidable& at, const Said& said) {
  const ReceiptFacts& receipt = *said.receipt;
  const auto [entry, first] = at.receipts.try_emplace({receipt.event, receipt.revision});
  if (!said.repeated && !receipt.is_void) entry->second.at = said.at;
  if (!first) return;  // an agent that had lost its memory sent it again
  const PlacedReceipt placed = place(at.number, receipt);
  entry->second.counts = placed.counts;
  if (placed.stands) at.number.standing = receipt;
}

}  // namespace

std::set<Found> uncounted(HubTransaction& transaction, AgentId agent) {
  Sales sales(transaction, agent);
  std::set<Found> found;
  std::map<Number, Voidable> voidable;
  sales.for_each([&](const Said& said) {
    if (!said.counts && !said.repeated) found.insert(said.at);
    if (said.voids) voidable.try_emplace(number_of(*said.voids));
  });
  if (voidable.empty()) return found;
  sales.for_each([&](const Said& said) {
    // A void first takes back what stands there, then stands under its own number.
    if (said.voids) take_void(voidable.at(number_of(*said.voids)), *said.voids);
    if (!said.receipt) return;
    const auto at = voidable.find(number_of(*said.receipt));
    if (at != voidable.end()) take_receipt(at->second, said);
  });
  for (const auto& [number, at] : voidable) {
    for (const auto& [revision, receipt] : at.receipts) {
      if (!receipt.counts && receipt.at) found.insert(*receipt.at);
    }
  }
  return found;
}

}  // namespace storeward::hub
