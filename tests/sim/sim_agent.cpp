#include "tests/sim/sim_agent.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace storeward::sim {
namespace {

const std::string root = "storeward/v1/acme/store-0042/main";

AdmissionOptions admission_options() {
  static const TimeZone berlin = TimeZone::named("Europe/Berlin").value();
  AdmissionOptions options;
  options.tenant = "acme";
  options.site = "store-0042";
  options.agent = "main";
  options.time_zone = &berlin;
  return options;
}

bool is_disk_fault(store::StoreFailure failure) {
  return failure == store::StoreFailure::io || failure == store::StoreFailure::full;
}

}  // namespace

std::unique_ptr<SimAgent> SimAgent::start(World& world, SimBroker& broker, Ledger& ledger,
                                          PlantedBugs& bugs, const store::OutboxOptions& options,
                                          const ForwarderOptions& forwarding) {
  const bool faulty = world.vfs.fault_planned();
  const auto refused = [&](const store::StoreError& error) {
    world.history.note("the store does not open: " + error.message);
    if (!faulty || !is_disk_fault(error.kind)) {
      throw Violation{"the store does not open: " + error.message};
    }
    return nullptr;
  };
  auto outbox = store::Outbox::open(options, world.clock);
  if (!outbox) return refused(outbox.error());
  auto reader = store::OutboxReader::open(options);
  if (!reader) return refused(reader.error());
  std::unique_ptr<SimAgent> agent(new SimAgent(world, broker, ledger, bugs, std::move(*outbox),
                                               std::move(*reader), forwarding));
  ledger.epoch_is(agent->status().epoch);
  broker.begin_agent(agent->link_events());
  agent->plan(Millis(1), [self = agent.get()] {
    self->pump();
    self->maintain();
  });
  return agent;
}

HubLinkEvents SimAgent::link_events() {
  return {.on_up =
              [this](const LinkLimits& limits) {
                forwarder_.on_link_up(world_.clock.now(), limits);
                pump();
              },
          .on_down =
              [this](LinkFailure failure, const std::string& detail) {
                forwarder_.on_link_down(world_.clock.now(), failure, detail);
                pump();
              },
          .on_broker_ack =
              [this](PublishId id, std::uint8_t reason_code) {
                forwarder_.on_broker_ack(world_.clock.now(), id, reason_code);
                pump();
              },
          .on_message =
              [this](const IncomingMessage& message) {
                if (message.topic == root + "/ack") {
                  forwarder_.on_ack(world_.clock.now(),
                                    bugs_.undoubted(message.payload, outbox_.status().streams));
                } else if (const auto command = parse_command(message.payload)) {
                  forwarder_.on_replay(*command);
                }
                pump();
              }};
}

SimAgent::SimAgent(World& world, SimBroker& broker, Ledger& ledger, PlantedBugs& bugs,
                   store::Outbox outbox, store::OutboxReader reader,
                   const ForwarderOptions& forwarding)
    : world_(world),
      broker_(broker),
      ledger_(ledger),
      bugs_(bugs),
      outbox_(std::move(outbox)),
      reader_(std::move(reader)),
      forwarder_(bugs.configured(forwarding), 1, outbox_.status().streams, outbox_.status().epoch,
                 world.clock.now()) {
  forwarder_.on_levels_waiting(outbox_.status().levels_waiting != 0);
}

SimAgent::~SimAgent() {
  broker_.end_agent();
}

void SimAgent::plan(Millis delay, std::function<void()> what) {
  world_.timeline.after(delay, [this, life = std::weak_ptr<int>(life_), what = std::move(what)] {
    if (!life.expired() && !failed_ && !world_.vfs.down()) what();
  });
}

bool SimAgent::submit(const std::string& body, const Submitter& from,
                      std::vector<SourceCursor> cursors, Answer answer) {
  auto items = admit(body, Framing::batch, from, admission_options());
  if (!items) throw Violation{"a good batch was refused: " + items.error().reason};
  bugs_.spoil(*items, world_.random);
  if (const auto outcomes = bugs_.answer_now(*items, outbox_.status())) {
    answer(outbox_.status().epoch, *outcomes);
    answer = [](const Epoch&, const std::vector<ItemOutcome>&) {};
  }
  waiting_.push_back({{std::move(*items), std::move(cursors)}, std::move(answer)});
  plan_commit(world_.some_millis(0, 5));
  return true;
}

void SimAgent::plan_commit(Millis delay) {
  if (std::exchange(commit_planned_, true)) return;
  plan(delay, [this] {
    commit_planned_ = false;
    commit();
  });
}

void SimAgent::commit() {
  store::Batch batch = std::exchange(upkeep_, {});
  auto waiting = std::exchange(waiting_, {});
  for (auto& [stream, save] : cursors_) batch.cursors.push_back(save);
  for (Waiting& delivery : waiting) batch.deliveries.push_back(std::move(delivery.delivery));
  if (!save_source_cursors_first(batch)) return;
  auto report = outbox_.commit(batch);
  if (!report) {
    world_.history.note("commit: " + report.error().message);
    batch.deliveries.clear();
    batch.cursors.clear();
    upkeep_ = std::move(batch);  // the forwarder's wishes stand; the tills will come again
    if (!upkeep_.withheld.empty() || !upkeep_.rejected.empty() || upkeep_.take_levels) {
      plan_commit(Millis(1'000));
    }
    return handle(report.error());
  }
  cursors_.clear();
  check_outbox();
  // The answer is its own step: the power may go between the commit and it.
  plan(Millis(0), [this, waiting = std::move(waiting), report = std::move(*report),
                   epoch = outbox_.status().epoch]() mutable {
    committed(std::move(waiting), std::move(report), epoch);
  });
  plan(world_.some_millis(1, 20), [this] { maintain(); });
}

// The planted bug: where a source stands is noted on its own, ahead of what was read from it.
bool SimAgent::save_source_cursors_first(store::Batch& batch) {
  if (!bugs_.is(Plant::cursor_apart)) return true;
  store::Batch ahead;
  for (Delivery& delivery : batch.deliveries) {
    ahead.deliveries.push_back({{}, std::exchange(delivery.cursors, {})});
  }
  if (outbox_.commit(ahead)) return true;
  failed_ = true;
  return false;
}

void SimAgent::committed(std::vector<Waiting> waiting, store::CommitReport report,
                         const Epoch& epoch) {
  if (report.outcomes.size() != waiting.size())
    throw Violation{"outcomes do not fit the deliveries"};
  for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i].answer(epoch, report.outcomes[i]);
  for (const store::CommittedStream& grown : report.streams) {
    forwarder_.on_committed(grown.stream, grown.head);
    for (const Message& message : grown.messages) forwarder_.on_committed_message(message);
  }
  forwarder_.on_levels_waiting(report.levels_waiting);
  pump();
}

void SimAgent::maintain() {
  constexpr int steps_at_once = 4;
  for (int step = 0; step < steps_at_once; ++step) {
    const auto done = outbox_.maintain();
    if (!done) {
      world_.history.note("maintain: " + done.error().message);
      return handle(done.error());
    }
    if (done->pruned) forwarder_.on_committed(done->pruned->stream, done->pruned->head);
    if (!done->more) break;
  }
  check_outbox();
  pump();
}

// After everything that changes it: growth always, the whole of it now and then. What a fork that
// waits for room has moved so far is looked at when it is through, or at the next start.
void SimAgent::check_outbox() {
  if (world_.vfs.down() || fork_waits_) return;
  world_.vfs.pause_faults(true);
  ledger_.check_growth(reader_, waiting_.empty());
  constexpr double share = 0.02;
  if (waiting_.empty() && world_.checks.chance(share)) ledger_.check_outbox(reader_);
  world_.vfs.pause_faults(false);
}

void SimAgent::handle(const store::StoreError& error) {
  if (error.kind == store::StoreFailure::full) return;
  if (error.kind != store::StoreFailure::io) {
    throw Violation{"a disk fault became another failure: " + error.message};
  }
  failed_ = true;
}

void SimAgent::pump() {
  Actions actions = forwarder_.step(world_.clock.now());
  apply(actions);
  if (!actions.wake_at || wake_ == actions.wake_at) return;
  wake_ = actions.wake_at;
  const Millis delay = std::max(Millis(1), *wake_ - world_.clock.now());
  plan(delay, [this, due = *wake_] {
    if (wake_ != due) return;
    wake_.reset();
    pump();
  });
}

void SimAgent::apply(Actions& actions) {
  for (const AlertChange& alert : actions.alerts) {
    world_.history.note("alert " + std::string(alert.raised ? "raised: " : "cleared: ") +
                        alert.detail);
  }
  if (actions.disconnect) broker_.disconnect();
  if (actions.connect) broker_.connect(actions.broker_index);
  // Before anything goes that may pass them by.
  for (const Withhold& gone : actions.withheld) ledger_.excepted(gone.stream, gone.sequence);
  for (const HubRejected& gone : actions.rejected) ledger_.excepted(gone.stream, gone.sequence);
  for (const ReadRequest& request : actions.reads) read(request);
  for (const Publish& out : actions.publishes) publish(out);
  if (actions.publish_heads) {
    broker_.publish(
        0, {.topic = root + "/heads",
            .payload = std::make_shared<const std::string>(to_json(*actions.publish_heads)),
            .retained = true});
  }
  if (actions.hash_query) query_hash(*actions.hash_query, actions.hash_at);
  save_cursors(actions.cursor_saves);
  const bool urgent = !actions.withheld.empty() || !actions.rejected.empty() || actions.take_levels;
  std::ranges::move(actions.withheld, std::back_inserter(upkeep_.withheld));
  std::ranges::move(actions.rejected, std::back_inserter(upkeep_.rejected));
  upkeep_.take_levels |= actions.take_levels;
  if (urgent) plan_commit(Millis(1));
  if (actions.fork) fork(actions.fork->reason);
}

void SimAgent::publish(const Publish& out) {
  const Message& message = out.message;
  if (bugs_.saves_when_sent()) {
    save_cursors({{message.stream, message.range.last, message.range.last}});
  }
  broker_.publish(out.id, {.topic = root + "/up/" + std::string(name_of(message.stream.stream)),
                           .payload = message.payload,
                           .epoch = message.stream.epoch,
                           .first = std::to_string(message.range.first),
                           .last = std::to_string(message.range.last)});
}

void SimAgent::save_cursors(const std::vector<CursorSave>& saves) {
  for (const CursorSave& save : saves) {
    ledger_.check_cursor(save.stream, save.confirmed);
    CursorSave& last = cursors_.try_emplace(save.stream, save).first->second;
    last.confirmed = std::max(last.confirmed, save.confirmed);
    last.published = std::max(last.published, save.published);
  }
  if (saves.empty()) return;
  plan(Millis(1'000), [this] {
    if (!cursors_.empty()) plan_commit(Millis(0));
  });
}

void SimAgent::read(const ReadRequest& request) {
  plan(world_.some_millis(0, 3), [this, request] {
    const auto message = reader_.read(request);
    if (!message) {
      world_.history.note("read: " + message.error().message);
      return plan(Millis(1'000), [this, request] { read(request); });
    }
    forwarder_.on_read(request, *message);
    pump();
  });
}

void SimAgent::query_hash(const StreamKey& stream, Sequence at) {
  plan(Millis(1), [this, stream, at] {
    const auto hash = reader_.hash_at(stream, at);
    if (!hash) return plan(Millis(1'000), [this, stream, at] { query_hash(stream, at); });
    forwarder_.on_hash(stream, at, *hash);
    pump();
  });
}

void SimAgent::fork(const std::string& reason) {
  plan(Millis(1), [this, reason] {
    world_.history.note("fork: " + reason);
    const auto status = outbox_.fork_epoch(reason, [] {});
    if (!status) {
      if (status.error().kind == store::StoreFailure::full) {
        fork_waits_ = true;
        plan(Millis(1'000), [this, reason] { fork(reason); });
      }
      return handle(status.error());
    }
    fork_waits_ = false;
    cursors_.clear();
    broker_.numbers_changed();
    ledger_.epoch_is(status->epoch);
    check_outbox();
    // Behind what the store has told before: a commit just made speaks of the old numbering.
    plan(Millis(0), [this, status = *status] {
      forwarder_.on_epoch(status.epoch, status.streams);
      pump();
    });
  });
}

}  // namespace storeward::sim
