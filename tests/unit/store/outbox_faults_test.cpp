// Every I/O operation of a life of the outbox meets every fault once; afterwards everything that
// was answered is there, nothing is half, and the outbox goes on. FAULTS F1, F2, F7, F9.
#include <algorithm>
#include <map>
#include <set>

#include "tests/support/crash_vfs.h"
#include "tests/unit/store/outbox_fixture.h"
#include "tests/unit/store/schema_version_1.h"

using namespace storeward;
using namespace storeward::store;
using support::CrashVfs;
using support::DiskFault;

namespace {

constexpr Tuning small = {.run_events = 4,
                          .run_bytes = 2048,
                          .dedup_recent = 8,
                          .dedup_fan_in = 2,
                          .dedup_step_blocks = 1,
                          .prune_runs = 1,
                          .checkpoint_pages = 12,
                          .checkpoint_at_commit_pages = 48};

class Machine {
 public:
  explicit Machine(std::uint64_t seed) : vfs("crash-outbox", seed) {
    options.directory = directory.path();
    options.vfs = vfs.name();
    options.keep = std::chrono::hours(0);
    options.reserve_bytes = 0;
    options.machine_id = "machine-1";
    options.seed = seed;
    options.tuning = &small;
  }

  // Opens, sells, confirms, forks, keeps house; false as soon as something fails. It ends by a
  // kill: closing in good order would tidy up what the next life must find.
  void live() {
    auto outbox = Outbox::open(options, clock);
    fork_wanted = false;  // opening goes on with what was begun
    if (outbox) live(*outbox);
    vfs.kill();
  }

  bool live(Outbox& outbox) {
    if (fork_wanted && !fork(outbox)) return false;
    for (int round = 0; round < 8; ++round) {
      if (!sell(outbox)) return false;
      if (round == 4 && !fork(outbox)) return false;
      note_places();
      if (!confirm_half(outbox)) return false;
      clock.pass(Millis(2'000));
      for (int step = 0; step < 6; ++step) {
        const auto step_done = outbox.maintain();
        if (!step_done) return false;
        if (!step_done->more) break;
      }
    }
    return true;
  }

  // Where a full disk stops it, nothing is taken until it is through.
  bool fork(Outbox& outbox) {
    fork_wanted = !outbox.fork_epoch("a test", [] {}).has_value();
    return !fork_wanted;
  }

  bool sell(Outbox& outbox) {
    Batch batch;
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 3; ++i) {
      const Stream stream = i == 2 ? Stream::stock : Stream::sales;
      ids.push_back(++last_id);
      batch.deliveries.push_back({{make_event(last_id, stream)}, {}});
    }
    const auto report = outbox.commit(batch);
    if (!report) return false;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (report->outcomes[i][0].status == ItemStatus::refused) return false;
      answered.insert(ids[i]);
    }
    return true;
  }

  bool confirm_half(Outbox& outbox) {
    Batch batch;
    for (const StreamState& state : outbox.status().streams) {
      const Sequence half = state.head.last / 2;
      batch.cursors.push_back({state.stream, half, half});
      Sequence& upto = confirmed[state.stream];
      upto = std::max(upto, half);
    }
    return outbox.commit(batch).has_value();
  }

  void end() {
    vfs.clear_faults();
    if (vfs.down()) vfs.restart();
  }

  // Where everything is now; looking costs no operation and meets no fault.
  void note_places() {
    vfs.pause_faults(true);
    {
      auto reader = OutboxReader::open(options);
      REQUIRE(reader);
      look(*reader);
    }
    vfs.pause_faults(false);
  }

  // Numbers have no gap, nothing is there twice, nothing unconfirmed has gone.
  std::set<std::uint64_t> look(OutboxReader& reader) {
    std::set<std::uint64_t> held;
    const auto streams = reader.streams();
    REQUIRE(streams);
    for (const StreamState& state : *streams) {
      REQUIRE(state.head.confirmed <= confirmed[state.stream]);
      REQUIRE(state.head.first <= confirmed[state.stream] + 1);
      const auto events = reader.list(state.stream, state.head.first, 1000);
      REQUIRE(events);
      Sequence expected = state.head.first;
      for (const StoredEvent& event : *events) {
        REQUIRE(event.sequence == expected++);
        const std::uint64_t id = id_in(event.bytes);
        REQUIRE(held.insert(id).second);
        places[id] = {state.stream, event.sequence};
      }
      REQUIRE(expected == state.head.last + 1);
    }
    return held;
  }

  void check() {
    const auto outbox = Outbox::open(options, clock);
    INFO((outbox ? "" : outbox.error().message));
    REQUIRE(outbox);
    auto reader = OutboxReader::open(options);
    REQUIRE(reader);
    const auto held = look(*reader);
    for (const std::uint64_t id : answered) {
      const auto place = places.find(id);
      const bool was_confirmed =
          place != places.end() && place->second.second <= confirmed[place->second.first];
      INFO("event " << id);
      REQUIRE((held.contains(id) || was_confirmed));
    }
    const auto report = reader->verify([](std::uint64_t) {});
    REQUIRE(report);
    for (const VerifyFinding& finding : report->findings)
      FAIL(finding.place << ": " << finding.what);
    vfs.kill();
  }

  static std::uint64_t id_in(const std::string& bytes) {
    return std::stoull(bytes.substr(bytes.find(R"("id":")") + 6));
  }

  const TemporaryDirectory directory;
  HandClock clock;
  CrashVfs vfs;
  OutboxOptions options;
  std::uint64_t last_id = 0;
  bool fork_wanted = false;
  std::set<std::uint64_t> answered;
  std::map<StreamKey, Sequence> confirmed;
  std::map<std::uint64_t, std::pair<StreamKey, Sequence>> places;
};

// Every n until a whole life has fewer operations. (Some errors are harmless: a life may go on.)
void at_every_operation(DiskFault fault) {
  bool met = true;
  for (std::uint64_t n = 1; met; ++n) {
    INFO("fault at operation " << n);
    REQUIRE(n < 20'000);
    Machine machine(n);
    machine.vfs.fail_at(n, fault);
    machine.live();
    met = machine.vfs.operations() >= n;
    machine.end();
    if (n % 2 == 0) {
      machine.check();
      machine.end();
    }
    // The next life goes on selling, and its answers must outlive a power cut.
    {
      auto outbox = Outbox::open(machine.options, machine.clock);
      REQUIRE(outbox);
      REQUIRE(machine.sell(*outbox));
      machine.vfs.power_cut();
    }
    machine.end();
    machine.check();
  }
}

}  // namespace

TEST_CASE("a power cut at any operation loses nothing answered", "[store][faults][F1]") {
  at_every_operation(DiskFault::power_cut);
}

TEST_CASE("a kill at any operation loses nothing answered", "[store][faults][F1]") {
  at_every_operation(DiskFault::kill);
}

TEST_CASE("a disk error at any operation loses nothing answered", "[store][faults][F9]") {
  at_every_operation(DiskFault::io_error);
}

TEST_CASE("a disk that fills up at any operation loses nothing answered", "[store][faults][F7]") {
  at_every_operation(DiskFault::full);
}

TEST_CASE("F49: a migration cut at any operation is done by the next start",
          "[store][faults][F1][F49]") {
  for (const DiskFault fault : {DiskFault::power_cut, DiskFault::kill, DiskFault::io_error}) {
    bool met = true;
    for (std::uint64_t n = 1; met; ++n) {
      INFO("fault at operation " << n);
      REQUIRE(n < 2'000);
      Machine machine(n);
      machine.live();
      machine.end();
      make_version_1(machine.directory.path() / "outbox.db", machine.vfs.name());
      const std::uint64_t made = machine.vfs.operations();
      machine.vfs.fail_at(n, fault);
      machine.live();
      met = machine.vfs.operations() - made >= n;
      machine.end();
      machine.check();
      machine.end();
    }
  }
}

TEST_CASE("a fork that a full disk stops at any operation goes on when there is room",
          "[store][faults][F7][F13]") {
  bool met = true;
  for (std::uint64_t n = 1; met; ++n) {
    INFO("the disk is full from operation " << n);
    REQUIRE(n < 5'000);
    Machine machine(n);
    {
      auto outbox = Outbox::open(machine.options, machine.clock);
      REQUIRE(outbox);
      for (int round = 0; round < 6; ++round) REQUIRE(machine.sell(*outbox));
      const std::uint64_t before = machine.vfs.operations();
      machine.vfs.fail_at(n, DiskFault::full);
      const bool through = outbox->fork_epoch("a test", [] {}).has_value();
      met = machine.vfs.operations() - before >= n;
      if (!through) machine.sell(*outbox);  // refused, or before anything was planned
      machine.vfs.clear_faults();
      machine.clock.pass(Millis(2'000));
      {
        auto reader = OutboxReader::open(machine.options);
        REQUIRE(reader);
        const auto report = reader->verify([](std::uint64_t) {});
        REQUIRE(report);
        for (const VerifyFinding& finding : report->findings) {
          FAIL(finding.place << ": " << finding.what);  // what has moved is not missing
        }
      }
      if (!through) REQUIRE(outbox->fork_epoch("a test", [] {}));
      REQUIRE(machine.sell(*outbox));
      machine.note_places();
      machine.vfs.kill();
    }
    machine.end();
    machine.check();
    // What was sold first has the lower number: P3.
    Sequence last = 0;
    for (const auto& [id, place] : machine.places) {
      if (place.first.stream != Stream::sales) continue;
      REQUIRE(place.second > last);
      last = place.second;
    }
  }
}

TEST_CASE("an outbox that met a full disk takes again as soon as there is room",
          "[store][faults][F7]") {
  bool met = true;
  for (std::uint64_t n = 1; met; ++n) {
    INFO("the disk is full from operation " << n);
    REQUIRE(n < 20'000);
    Machine machine(n);
    auto outbox = Outbox::open(machine.options, machine.clock);
    REQUIRE(outbox);
    const std::uint64_t opened = machine.vfs.operations();
    machine.vfs.fail_at(n, DiskFault::full);
    machine.live(*outbox);
    if (n % 2 == 0) {  // and once with a little room, so that some writes succeed
      machine.vfs.set_capacity(machine.vfs.used_bytes() + n * 97 % 40'000);
      machine.live(*outbox);
    }
    met = machine.vfs.operations() - opened >= n;
    machine.sell(*outbox);  // most meet the full disk once more
    (void)outbox->maintain();
    machine.vfs.clear_faults();
    machine.clock.pass(Millis(2'000));
    REQUIRE(outbox->status().state == StoreState::ok);
    if (machine.fork_wanted) REQUIRE(machine.fork(*outbox));
    REQUIRE(machine.sell(*outbox));
  }
}
