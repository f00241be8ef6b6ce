// PlantedBugs: the bugs of --plant, each as a tired programmer would make it, at the places where
// SimAgent stands for the real agent's glue. The checkers must find what they do to the shop.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/admission.h"
#include "agent/core/forwarder.h"
#include "store/outbox.h"
#include "tests/support/random.h"

namespace storeward::sim {

enum class Plant : std::uint8_t {
  none,
  answer_before_commit,
  prune_on_puback,
  cursor_early,
  no_dedup,
  epoch_kept_on_copy,
  probe_storm,
  masking_off,
  quarantine_unmasked,
  cursor_apart
};

std::optional<Plant> plant_named(std::string_view name);

class PlantedBugs {
 public:
  explicit PlantedBugs(Plant plant) : plant_(plant) {}

  bool is(Plant plant) const { return plant_ == plant; }

  // prune-on-puback: the weaker choice, taken for the default. probe-storm: seconds taken for
  // milliseconds.
  ForwarderOptions configured(ForwarderOptions options) const;

  // masking-off, quarantine-unmasked (kept as it came, for the technician), no-dedup.
  void spoil(std::vector<AdmittedItem>& items, support::Random& random) const;

  // answer-before-commit: what was never seen can only be stored, so why wait? None where the
  // answer needs a look into the outbox.
  std::optional<std::vector<ItemOutcome>> answer_now(const std::vector<AdmittedItem>& items,
                                                     const store::OutboxStatus& status);

  // cursor-early: what is handed to the link is as good as delivered.
  bool saves_when_sent() const { return plant_ == Plant::cursor_early; }

  // epoch-kept-on-copy: the hub's word without what would show that this outbox is an older copy.
  std::string undoubted(const std::string& ack, const std::vector<StreamState>& ours) const;

 private:
  const Plant plant_;
  std::set<std::uint64_t> seen_;            // digests of identities
  std::map<StreamKey, Sequence> promised_;  // the last number given out in an answer
};

}  // namespace storeward::sim
