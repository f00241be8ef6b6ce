#include "tests/sim/simulation.h"

#include <utility>

#include "tests/sim/canary.h"

namespace storeward::sim {

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      world_(options.seed, options.wire_only, options.verbose),
      bugs_(options.plant),
      ledger_(world_),
      wire_(world_, ledger_),
      hub_(world_, ledger_),
      broker_(world_, hub_, wire_) {
  for (int i = 1; i <= 3; ++i) {
    tills_.push_back(std::make_unique<SimTill>(world_, ledger_, "till-" + std::to_string(i)));
  }
  settings();
}

void Simulation::settings() {
  support::Random& random = world_.random;
  store_.directory = options_.directory;
  store_.vfs = world_.vfs.name();
  store_.keep = std::chrono::hours(random.chance(0.5) ? 0 : 1);
  store_.reserve_bytes = 0;
  store_.machine_id = "machine-1";
  store_.seed = random.next() | 1;
  if (random.chance(0.5)) {  // small bounds: every boundary is met
    tuning_ = {.run_events = 7,
               .run_bytes = 4 * 1024,
               .dedup_recent = 32,
               .dedup_fan_in = 2,
               .dedup_step_blocks = 1,
               .levels_per_take = 2,
               .prune_runs = 2,
               .checkpoint_pages = 16,
               .checkpoint_at_commit_pages = 64};
  }
  store_.tuning = &tuning_;
  forwarding_.max_unconfirmed_events = random.chance(0.5) ? 32'768 : 200;
  forwarding_.max_message_bytes = random.chance(0.5) ? 256 * 1024 : 4 * 1024;
  forwarding_.compress = random.chance(0.5);
  forwarding_.seed = random.next();
  wire_.expect(forwarding_);

  // Not every history knows every fault: some bugs show only where others do not get in the way.
  storage_faults_ = random.chance(0.7);
  network_faults_ = random.chance(0.7);
  clock_jumps_ = random.chance(0.3);
  copies_ = bugs_.is(Plant::epoch_kept_on_copy) || random.chance(0.3);
  hub_faults_ = random.chance(0.5);
  hub_forgets_ = hub_faults_ && !copies_;  // a hub without memory cannot tell an old copy
  if (network_faults_) {
    const auto some = [&random](double most) { return random.chance(0.5) ? most : 0.0; };
    weather_ = {.drop_after_ack = some(0.05),
                .repeat = some(0.1),
                .refuse = some(0.03),
                .no_ack = some(0.01),
                .reconnect_fails = some(0.3),
                .lost_downlink = some(0.2),
                // Without it the agent goes on after 2 s, as the contract has it, and an old copy
                // uses numbers twice.
                .lost_retained = copies_ ? 0 : some(0.2),
                .garbage = some(0.001),
                .slowest_ms = random.chance(0.3) ? 1'500u : 50u};
  }
  if (bugs_.is(Plant::cursor_early)) store_.keep = std::chrono::hours(24);  // it prunes nothing
  constexpr std::array<std::uint16_t, 4> maxima = {1, 2, 20, 65'535};
  broker_.set_receive_maximum(maxima[random.below(maxima.size())]);
  broker_.set_weather(weather_);
}

SimulationResult Simulation::run() {
  SimulationResult result;
  try {
    for (std::uint64_t i = 0; i < options_.steps; ++i) step(true);
    drain();
  } catch (const Violation& violation) {
    result.violation = violation.what;
    world_.history.note("VIOLATION " + violation.what);
    if (!options_.verbose && options_.plant == Plant::none) world_.history.print();
  }
  result.events_stored = ledger_.stored();
  result.lives = lives_;
  agent_.reset();
  return result;
}

void Simulation::step(bool faults) {
  support::Random& random = world_.random;
  if (faults && random.chance(0.05)) strike();
  if (!agent_ && world_.clock.now() >= start_at_) start_agent();
  if (agent_) tills_[random.below(tills_.size())]->act(*agent_, faults);
  Millis pause = world_.some_millis(1, 300);
  if (random.chance(0.03)) pause = world_.some_millis(1'000, 90'000);
  // Not while draining: the night would use up the time in which the tills have to be answered.
  if (faults && random.chance(0.003)) pause = std::chrono::hours(random.between(1, 3));
  run_until(world_.clock.now() + pause);
  if (agent_ && world_.checks.chance(0.01)) check_outbox(true);
}

void Simulation::run_until(Instant when) {
  for (bool more = true; more;) {
    more = world_.timeline.run_next(when);
    if (agent_ && world_.vfs.down()) end_agent("the power is cut or the process killed");
    if (agent_ && agent_->failed()) end_agent("exit 74 after a disk error");
  }
}

void Simulation::end_agent(const std::string& why) {
  world_.history.note("the agent ends: " + why);
  agent_.reset();
  start_at_ = world_.clock.now() + world_.some_millis(100, 3'000);
}

void Simulation::start_agent() {
  if (world_.vfs.down()) world_.vfs.restart();
  agent_ = SimAgent::start(world_, broker_, ledger_, bugs_, store_, forwarding_);
  if (!agent_) return end_agent("it could not open its store");
  ++lives_;
  world_.history.note("the agent lives, epoch " + agent_->status().epoch);
  if (!world_.vfs.down()) check_outbox(false);
}

void Simulation::check_disk() {
  for (const auto& [name, file] : world_.vfs.image()) {
    if (holds_card_number(file->read(0, file->size()))) {
      throw Violation{"a card number stands on the disk, in " + name};
    }
  }
}

void Simulation::check_outbox(bool verify) {
  check_disk();
  world_.vfs.pause_faults(true);
  if (agent_->settled()) ledger_.check_outbox(agent_->reader());
  if (verify) {
    const auto report = agent_->reader().verify([](std::uint64_t) {});
    if (!report) throw Violation{"verify failed: " + report.error().message};
    for (const store::VerifyFinding& finding : report->findings) {
      throw Violation{"verify: " + finding.place + ": " + finding.what};
    }
  }
  world_.vfs.pause_faults(false);
}

void Simulation::strike() {
  switch (world_.random.below(6)) {
    case 0:
    case 1:
      return storage_fault();
    case 2:
    case 3:
      return network_fault();
    case 4:
      return hub_fault();
    default:
      return world_.random.chance(0.5) ? jump_clock() : restore_copy();
  }
}

void Simulation::storage_fault() {
  if (!storage_faults_) return;
  const std::uint64_t nth = world_.random.between(1, 150);
  switch (world_.random.below(5)) {
    case 0:
      return world_.vfs.fail_at(nth, support::DiskFault::power_cut);
    case 1:
      return world_.vfs.fail_at(nth, support::DiskFault::kill);
    case 2:
      return world_.vfs.fail_at(nth, support::DiskFault::io_error);
    case 3:
      world_.history.note("the disk is full");
      world_.vfs.set_capacity(world_.vfs.used_bytes() + world_.random.below(40'000));
      return world_.timeline.after(world_.some_millis(100, 20'000), [this] {
        world_.history.note("the disk has room again");
        world_.vfs.set_capacity(std::nullopt);
      });
    default:
      if (agent_) end_agent("killed");
  }
}

void Simulation::network_fault() {
  if (!network_faults_) return;
  if (world_.random.chance(0.5)) return broker_.cut();
  world_.history.note("the broker is away");
  broker_.set_reachable(false);
  world_.timeline.after(world_.some_millis(100, 60'000), [this] { broker_.set_reachable(true); });
}

void Simulation::hub_fault() {
  if (world_.random.chance(0.3)) return broker_.send_replay();
  if (!hub_faults_) return;
  if (!hub_forgets_ || world_.random.chance(0.5)) {
    hub_.reject_some(world_.random.chance(0.5));
  } else {
    world_.history.note("the hub loses its memory");
    broker_.hub_loses_state();
  }
}

void Simulation::jump_clock() {
  if (!clock_jumps_) return;
  const auto year = Millis(std::chrono::hours(365 * 24));
  world_.history.note("the clock jumps");
  world_.clock.jump(world_.random.chance(0.5) ? year : -year);
  for (auto& till : tills_) till->forget_past();  // the horizon may have passed
}

void Simulation::restore_copy() {
  if (!copies_) return;
  if (!copy_) {
    world_.history.note("a copy of the disk is made");
    copy_ = Copy{world_.vfs.image(), ledger_.mark()};
    return;
  }
  if (agent_) end_agent("the machine is being restored");
  run_until(world_.clock.now() + Millis(10'000));
  if (!broker_.ack_is_current()) return;  // the hub must have told what it has, or nobody can know
  world_.history.note("the copy is put back");
  if (world_.vfs.down()) world_.vfs.restart();
  world_.vfs.restore(copy_->image);
  ledger_.copy_restored(copy_->made_at);
  copy_.reset();
  hub_.expect_old_copy();
  for (auto& till : tills_) till->forget_past();
  const bool knows_machines = !bugs_.is(Plant::epoch_kept_on_copy);
  if (knows_machines && world_.random.chance(0.3)) store_.machine_id += "+";  // on another one
  if (world_.random.chance(0.5)) {
    broker_.set_reachable(false);
    world_.timeline.after(world_.some_millis(100, 30'000), [this] { broker_.set_reachable(true); });
  }
}

std::optional<std::string> Simulation::undrained() {
  if (!agent_) return "the agent does not run";
  for (const auto& till : tills_) {
    if (!till->idle()) return "a till has no answer";
  }
  const store::OutboxStatus& status = agent_->status();
  if (status.levels_waiting != 0) return "levels wait for their number";
  for (const StreamState& state : status.streams) {
    const StreamHead& head = state.head;
    if (!hub_.complete(state.stream, head.last)) return "the hub has not all that is kept";
    if (head.confirmed == head.last) continue;
    return std::string(name_of(state.stream.stream)) + " of " + state.stream.epoch +
           " is confirmed to " + std::to_string(head.confirmed) + " of " +
           std::to_string(head.last);
  }
  return std::nullopt;
}

void Simulation::drain() {
  world_.history.note("faults stop");
  world_.vfs.clear_faults();
  weather_ = {};
  broker_.set_weather(weather_);
  broker_.set_reachable(true);
  hub_.reject_some(false);
  const Instant deadline = world_.clock.now() + std::chrono::hours(3);
  while (const auto why = undrained()) {
    if (world_.clock.now() >= deadline) throw Violation{"after three hours " + *why};
    step(false);
    run_until(world_.clock.now() + Millis(1'000));
  }
  check_outbox(true);
  ledger_.check_all_confirmed();
}

}  // namespace storeward::sim
