// A drop directory with all that a driver's thread has around it, but for the thread and the store:
// the test is the thread, and the store keeps in memory what it is handed.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <set>

#include "config/template_file.h"
#include "drivers/file_drop/file_taking.h"
#include "tests/support/io_thread.h"
#include "tests/support/temporary_directory.h"

namespace storeward::file_drop {

inline std::shared_ptr<const FeedPlan> scans_plan(const std::string& format) {
  static const TimeZone london = TimeZone::named("Europe/London").value();
  const auto compiled =
      config::compile_template("[template]\nname = \"scans\"\nversion = \"1\"\n" + format + R"(
[[event]]
type = "retail.scan.observed.v1"
key = [{first = ["/code", "/row/code"]}]
data = {raw = {first = ["/code", "/row/code"]}, at = {const = "2026-11-20T09:15:02Z"}}
)",
                               "scans.toml", "");
  REQUIRE(compiled);
  auto plan = std::make_shared<FeedPlan>();
  plan->mapping = std::shared_ptr<const mapping::Template>(*compiled, &(*compiled)->mapping);
  plan->format = (*compiled)->format;
  plan->submitter = {.name = "scans", .sources = {}};
  plan->context = {.driver = "scans", .source = "scans", .site_zone = &london, .given = {}};
  return plan;
}

// What outlives the process.
class KeptInMemory {
 public:
  std::map<std::string, std::string> cursors;
  std::vector<std::string> events;      // the scanned codes, in the order of the store
  std::vector<std::string> exceptions;  // their reasons
  std::size_t duplicates = 0;

  // A delivery with this in it is never stored; the process ends over it.
  std::string deadly;
  // So many deliveries are refused before one is stored.
  std::size_t refusals = 0;
  // So many are not even taken.
  std::size_t full = 0;

  bool kills(const Delivery& delivery) const {
    if (deadly.empty()) return false;
    return std::ranges::any_of(delivery.items, [this](const AdmittedItem& item) {
      const auto* const event = std::get_if<Event>(&item);
      return event != nullptr && event->bytes.find(deadly) != std::string::npos;
    });
  }

  SubmitResult keep(const Delivery& delivery) {
    std::vector<ItemOutcome> outcomes;
    for (const AdmittedItem& item : delivery.items) {
      outcomes.emplace_back();
      if (const auto* const event = std::get_if<Event>(&item)) {
        const bool known = !seen_.insert(event->identity.id).second;
        duplicates += known ? 1 : 0;
        if (known) outcomes.back().status = ItemStatus::duplicate;
        if (!known) events.push_back(code_of(event->bytes));
      } else {
        exceptions.push_back(std::get<Rejected>(item).reason);
        outcomes.back() = {.status = ItemStatus::quarantined, .exception = exceptions.size()};
      }
    }
    for (const SourceCursor& cursor : delivery.cursors) cursors[cursor.key] = cursor.value;
    return outcomes;
  }

 private:
  static std::string code_of(const std::string& bytes) {
    const std::size_t begin = bytes.find(R"("raw":")") + 7;
    return bytes.substr(begin, bytes.find('"', begin) - begin);
  }

  std::set<std::string> seen_;
};

// A life of the process.
class Life {
 public:
  explicit Life(KeptInMemory& kept)
      : host_{.io = io_.io(),
              .clock = clock_,
              .submit = [this, &kept](Delivery&& delivery,
                                      Submitted done) { return take(kept, delivery, done); },
              .cursors = {.find =
                              [this, &kept](const std::string&, const std::string& key,
                                            SourceCursors::Found found) {
                                asio::post(io_.io(), [&kept, key, found = std::move(found)] {
                                  const auto known = kept.cursors.find(key);
                                  found(known == kept.cursors.end() ? std::optional<std::string>()
                                                                    : std::optional(known->second));
                                });
                                return true;
                              },
                          .list = {}}},
        line(std::make_shared<AgentLine>("scans", host_)) {}
  ~Life() { line->hang_up(); }

 private:
  bool take(KeptInMemory& kept, Delivery& delivery, Submitted& done) {
    if (kept.full > 0) return --kept.full, false;
    asio::post(io_.io(), [this, &kept, delivery = std::move(delivery), done = std::move(done)] {
      if (kept.kills(delivery)) return line->ask_to_end();
      if (kept.refusals > 0 && !delivery.items.empty()) {
        --kept.refusals;
        return done(Unexpected{SubmitFailure{"no space", 1}});
      }
      done(kept.keep(delivery));
    });
    return true;
  }

  SystemClock clock_;
  testing::IoThread io_;
  DriverHost host_;

 public:
  std::shared_ptr<AgentLine> line;
};

class DropFixture {
 public:
  support::TemporaryDirectory folder;
  KeptInMemory kept;
  FileTaking::Options options{.reading = {.plan = scans_plan("[format]\nkind = \"csv\"")}};

  void put(const std::string& name, const std::string& content) const {
    std::ofstream(folder.path() / name) << content;
  }

  DropDirectory directory() const {
    auto opened = DropDirectory::open(folder.path(), false);
    REQUIRE(opened);
    return std::move(*opened);
  }

  // One life of the process takes the file.
  Taken take(const std::string& name) {
    Life life(kept);
    return take(name, *life.line);
  }
  Taken take(const std::string& name, AgentLine& line) {
    const DropDirectory opened = directory();
    const Finished file{name, opened.look(name).identity};
    FileTaking taking(options, line, opened, file);
    const Taken taken = taking.run();
    why = taking.why();
    return taken;
  }

  bool is_there(const std::string& name) const {
    return std::filesystem::exists(folder.path() / name);
  }
  // The text of the only file in done/ or failed/ whose name ends so.
  std::string filed(const std::string& place, const std::string& ending) const {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / place)) {
      if (!entry.path().string().ends_with(ending)) continue;
      std::ifstream file(entry.path());
      found.append(std::istreambuf_iterator<char>(file), {});
    }
    return found;
  }

  std::string why;
};

// "code\n1\n2\n…"
inline std::string scans(int count) {
  std::string text = "code\n";
  for (int number = 1; number <= count; ++number) text += "c" + std::to_string(number) + "\n";
  return text;
}

inline std::vector<std::string> codes(int count) {
  std::vector<std::string> all;
  for (int number = 1; number <= count; ++number) all.push_back("c" + std::to_string(number));
  return all;
}

}  // namespace storeward::file_drop
