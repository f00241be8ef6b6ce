// SimTill: a till that hands in deliveries of its own name and comes again until each has its
// answer. Some items repeat, contradict or are invalid; each answer must be the one that CONTRACT
// section 4 promises.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sim/ledger.h"
#include "tests/sim/sim_agent.h"
#include "tests/sim/world.h"

namespace storeward::sim {

class SimTill {
 public:
  SimTill(World& world, Ledger& ledger, std::string name);

  // Hands in what has no answer yet, or something new where `new_sales`.
  void act(SimAgent& agent, bool new_sales);
  bool idle() const { return !pending_; }

  // What was said before is beyond the dedup horizon, or the disk has forgotten it.
  void forget_past();

 private:
  enum class Kind : std::uint8_t { fresh, repeat, conflict, invalid };
  struct Item {
    Kind kind;
    std::string id, type, data;
    std::string kept;  // of the data, as it may be kept
  };
  struct Pending {
    std::string body;
    std::vector<Item> items;
    std::uint64_t number = 0, attempt = 0;
    Instant give_up{};  // on this attempt
  };
  Item invent();
  Item fresh();
  // Adds a note that holds a card number.
  void add_note(Item& item, std::string_view before);
  std::string text_of(const Item& item) const;
  void answered(const Epoch& epoch, const std::vector<ItemOutcome>& outcomes);
  void check(const Item& item, const ItemOutcome& outcome) const;

  World& world_;
  Ledger& ledger_;
  const Submitter who_;
  std::optional<Pending> pending_;
  std::vector<Item> recent_;  // answered as stored, a bounded number
  std::uint64_t invented_ = 0, deliveries_ = 0, attempts_ = 0;
};

}  // namespace storeward::sim
