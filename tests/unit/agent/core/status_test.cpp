#include "agent/core/status.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

using namespace storeward;
using nlohmann::json;

namespace {

AgentStatus sample() {
  AgentStatus status;
  status.tenant = "acme";
  status.site = "store-0042";
  status.agent = "main";
  status.version = "1.2.3 \"quoted\"";
  status.epoch = "0198c2f0-0000-7000-8000-000000000001";
  status.time_zone = "Europe/Berlin";
  status.uptime_s = 12;
  status.hub = {HubState::offline, WallTime(Millis{1'763'629'300'000}), std::nullopt, "hub:1883",
                "connection refused"};
  status.streams = {{Stream::sales, 4711, 4705, 4700, 11, Millis{412}}};
  status.days = {{"2026-11-20", "1", 120, 3, {{-350, "EUR"}}, "2026-11-20T10:15:02+01:00"}};
  status.open_exceptions = 2;
  status.open_by_driver = {{"pos-files", 2}};
  status.store = {StoreHealth::low, 1048576, 9999};
  status.drivers = {
      {"pos-files", "file_drop", DriverState::failing, "the share is gone", std::nullopt}};
  status.alerts = {{"store_low", WallTime(Millis{0}), "line one\nline two"},
                   {"store_low", WallTime(Millis{0}), "again"}};
  return status;
}

}  // namespace

TEST_CASE("the status says all that the contract names", "[status]") {
  const json status = json::parse(to_json(sample()));
  CHECK(status["version"] == "1.2.3 \"quoted\"");
  CHECK(status["hub"] == json({{"state", "offline"},
                               {"since", "2025-11-20T09:01:40.000Z"},
                               {"last_confirmation", nullptr},
                               {"broker", "hub:1883"},
                               {"detail", "connection refused"}}));
  CHECK(status["timezone"] == "Europe/Berlin");
  CHECK(status["streams"]["sales"] == json({{"last", 4711},
                                            {"published", 4705},
                                            {"confirmed", 4700},
                                            {"waiting", 11},
                                            {"oldest_waiting_s", 0.4}}));
  CHECK(status["days"][0]["gross"][0]["amountMinor"] == -350);
  CHECK(status["days"][0]["businessDate"] == "2026-11-20");
  CHECK(status["exceptions"]["open"] == 2);
  CHECK(status["exceptions"]["by_driver"] == json::parse(R"([{"driver":"pos-files","open":2}])"));
  CHECK(status["store"] == json({{"state", "low"}, {"bytes", 1048576}, {"free_bytes", 9999}}));
  CHECK(status["drivers"][0]["state"] == "failing");
  CHECK(status["alerts"][0]["detail"] == "line one\nline two");
}

TEST_CASE("the day of a register of another site says which", "[status]") {
  AgentStatus status = sample();
  CHECK(!json::parse(to_json(status))["days"][0].contains("siteId"));
  status.days.push_back(status.days.front());
  status.days.back().site_id = "store-B";
  const json days = json::parse(to_json(status))["days"];
  CHECK(days[1]["siteId"] == "store-B");
  CHECK(days[1]["registerId"] == "1");
  const std::string metrics = to_prometheus(status);
  CHECK(metrics.find(R"({business_date="2026-11-20",register="1"} 120)") != std::string::npos);
  CHECK(metrics.find(R"({business_date="2026-11-20",register="1",site="store-B"} 120)") !=
        std::string::npos);
}

TEST_CASE("all streams are always listed", "[status]") {
  const json streams = json::parse(to_json(AgentStatus{}))["streams"];
  CHECK(streams.size() == stream_count);
  for (const Stream stream : all_streams) {
    CHECK(streams[std::string(name_of(stream))]["waiting"] == 0);
    CHECK(streams[std::string(name_of(stream))]["oldest_waiting_s"].is_null());
  }
}

TEST_CASE("a metric is exposed once, with its type before it", "[status]") {
  std::istringstream lines(to_prometheus(sample()));
  std::set<std::string> samples, typed;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      CHECK(typed.insert(line.substr(7, line.rfind(' ') - 7)).second);
    } else if (!line.starts_with('#')) {
      const std::string series = line.substr(0, line.rfind(' '));
      CHECK(samples.insert(series).second);
      CHECK(typed.contains(series.substr(0, series.find('{'))));
    }
  }
  const std::string text = to_prometheus(sample());
  CHECK(text.find("storeward_stream_waiting{stream=\"sales\"} 11\n") != std::string::npos);
  CHECK(text.find("storeward_stream_oldest_waiting_seconds{stream=\"sales\"} 0.412\n") !=
        std::string::npos);
  CHECK(text.find("storeward_hub_state{state=\"offline\"} 1\n") != std::string::npos);
  CHECK(text.find("storeward_hub_state{state=\"online\"} 0\n") != std::string::npos);
  CHECK(text.find(R"(register="1",currency="EUR"} -350)") != std::string::npos);
  CHECK(text.find(R"(version="1.2.3 \"quoted\"")") != std::string::npos);
  CHECK(text.find("storeward_alerts{kind=\"store_low\"} 2\n") != std::string::npos);
}
