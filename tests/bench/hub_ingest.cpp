// How many events a second the hub takes in and confirms: receiver and SQLite store, each batch
// committed to disk, without the broker between. Messages of 50 sales, compressed as agents send
// them, from several agents.
//
//   bench-hub-ingest DIRECTORY [MESSAGES_A_BATCH] [EVENTS]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/hub/receiver.h"

using namespace storeward;
using namespace storeward::hub;

namespace {

constexpr std::uint64_t events_a_message = 50, agents = 10;

std::string root_of(std::uint64_t agent) {
  return "storeward/v1/acme/store-" + std::to_string(agent) + "/main";
}

std::string sale(std::uint64_t agent, Sequence sequence) {
  char number[21];
  std::snprintf(number, sizeof number, "%020llu", static_cast<unsigned long long>(sequence));
  const std::string key = "till-1-" + std::string(number + 10);
  return R"({"specversion":"1.0","id":")" + key + R"(","source":"/acme/store-)" +
         std::to_string(agent) +
         R"(/main/till-1","type":"retail.sale.completed.v1","time":"2026-11-20T09:15:02.120Z",)"
         R"("stream":"sales","epoch":"019a0000-0000-7000-8000-000000000001","sequence":")" +
         number +
         R"(","recordedtime":"2026-11-20T09:15:02.130Z","partitionkey":"1","data":{)"
         R"("saleKey":")" +
         key +
         R"(","completedAt":"2026-11-20T09:15:02+00:00","registerId":"1","currency":"GBP",)"
         R"("lines":[{"lineNo":1,"kind":"sale","sku":"85123A","quantity":{"value":"1","unit":"EA"},)"
         R"("extended":{"amountMinor":1523,"currency":"GBP"}}],)"
         R"("totals":{"gross":{"amountMinor":1523,"currency":"GBP"}}}})";
}

Arrival message(std::uint64_t agent, Sequence first) {
  std::string batch = "[";
  for (Sequence n = first; n < first + events_a_message; ++n) {
    batch += (n == first ? "" : ",") + sale(agent, n);
  }
  return {root_of(agent) + "/up/sales", zstd_compress(batch + "]"), first,
          first + events_a_message - 1};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return std::fputs("usage: bench-hub-ingest DIRECTORY [MESSAGES_A_BATCH] [EVENTS]\n", stderr), 2;
  const auto a_batch = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
  const auto events = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 500'000;
  const auto file = std::filesystem::path(argv[1]) / "hub.db";
  auto store = open_store(file.string(), Access::write);
  if (!store || a_batch == 0) return std::fputs("cannot make the store there\n", stderr), 1;
  Receiver receiver(**store, "storeward/v1", false);
  const SystemClock clock;

  std::vector<std::vector<Arrival>> batches(1);
  for (std::uint64_t i = 0; i < events / events_a_message; ++i) {
    if (batches.back().size() == a_batch) batches.emplace_back();
    batches.back().push_back(message(i % agents, i / agents * events_a_message + 1));
  }
  std::uint64_t taken = 0, acks = 0;
  const Instant begin = clock.now();
  for (const auto& batch : batches) {
    const auto findings = receiver.take(batch, clock.now());
    const auto due = receiver.due_acks(clock.now());
    if (!findings || !due) return std::fputs("the store failed\n", stderr), 1;
    taken += findings->events;
    acks += due->size();
  }
  const double seconds = std::chrono::duration<double>(clock.now() - begin).count();
  std::printf("%llu events in %.2f s: %.0f events/s, %llu acks\n",
              static_cast<unsigned long long>(taken), seconds, static_cast<double>(taken) / seconds,
              static_cast<unsigned long long>(acks));
  return taken == events / events_a_message * events_a_message ? 0 : 1;
}
