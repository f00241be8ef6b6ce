// Simulation: one history by one seed: tills sell, the agent carries, the hub confirms, and faults
// strike. After each step the promises are checked; at the end faults stop and everything must
// drain.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/tuning.h"
#include "tests/sim/sim_agent.h"
#include "tests/sim/sim_broker.h"
#include "tests/sim/sim_hub.h"
#include "tests/sim/sim_till.h"
#include "tests/sim/world.h"

namespace storeward::sim {

struct SimulationOptions {
  std::uint64_t seed = 1;
  std::uint64_t steps = 300;
  Plant plant = Plant::none;
  bool wire_only = false;  // the agent's own cursors are not looked at
  bool verbose = false;
  std::filesystem::path directory;  // empty; for what the outbox keeps beside the database
};

struct SimulationResult {
  std::optional<std::string> violation;
  std::size_t events_stored = 0;
  std::uint64_t lives = 0;  // of the agent
};

class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);
  SimulationResult run();

 private:
  void settings();  // by seed: which faults this history knows, and how it is configured
  void step(bool faults);
  void run_until(Instant when);
  void end_agent(const std::string& why);
  void start_agent();
  void strike();
  void storage_fault();
  void network_fault();
  void hub_fault();
  void jump_clock();
  void restore_copy();
  void check_outbox(bool verify);
  void check_disk();
  void drain();
  std::optional<std::string> undrained();  // what still waits

  const SimulationOptions options_;
  World world_;
  PlantedBugs bugs_;
  Ledger ledger_;
  Wire wire_;
  SimHub hub_;
  SimBroker broker_;
  std::vector<std::unique_ptr<SimTill>> tills_;
  store::Tuning tuning_;
  store::OutboxOptions store_;
  ForwarderOptions forwarding_;
  Weather weather_;
  bool storage_faults_ = false, network_faults_ = false, hub_faults_ = false, clock_jumps_ = false;
  bool copies_ = false, hub_forgets_ = false;
  struct Copy {
    support::CrashDisk::Image image;
    Ledger::Mark made_at;
  };
  std::optional<Copy> copy_;
  std::unique_ptr<SimAgent> agent_;
  Instant start_at_{};
  std::uint64_t lives_ = 0;
};

}  // namespace storeward::sim
