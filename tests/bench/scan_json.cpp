// How fast the bytes of sales can be looked at: copied, scanned by simdjson's first stage, parsed
// whole by simdjson, and admitted as the agent does it.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstring>
#include <string>

#include "agent/core/admission.h"
#include "sale_text.h"

namespace {

std::string sales(int count, int lines) {
  bench::Ids ids(false);
  std::string body = "[";
  for (int i = 0; i < count; ++i) {
    if (i > 0) body.push_back(',');
    bench::append_sale(body, ids.next(), lines);
  }
  return body + "]";
}

constexpr int batch = 100;

void measured(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
  state.SetItemsProcessed(batch * state.iterations());
}

void copy(benchmark::State& state) {
  const std::string body = sales(batch, static_cast<int>(state.range(0)));
  std::string to(body.size(), '\0');
  for (auto _ : state) {
    std::memcpy(to.data(), body.data(), body.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  measured(state, body.size());
}
BENCHMARK(copy)->Arg(1)->Arg(20);

// simdjson's first stage: every structural character is found, nothing is read.
void scan(benchmark::State& state) {
  const simdjson::padded_string body(sales(batch, static_cast<int>(state.range(0))));
  simdjson::ondemand::parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(parser.iterate(body).error());
  measured(state, body.size());
}
BENCHMARK(scan)->Arg(1)->Arg(20);

void parse(benchmark::State& state) {
  const simdjson::padded_string body(sales(batch, static_cast<int>(state.range(0))));
  simdjson::dom::parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse(body).error());
  measured(state, body.size());
}
BENCHMARK(parse)->Arg(1)->Arg(20);

void admit(benchmark::State& state) {
  const std::string body = sales(batch, static_cast<int>(state.range(0)));
  storeward::AdmissionOptions options;
  options.tenant = "acme";
  options.site = "store-0042";
  options.agent = "main";
  options.max_event_bytes = 1 << 20;
  for (auto _ : state) {
    auto admitted =
        storeward::admit(body, storeward::Framing::batch, {"till-1", {}, {}, {}}, options);
    if (!admitted || !std::holds_alternative<storeward::Event>(admitted->front())) {
      state.SkipWithError("not admitted");
      break;
    }
    benchmark::DoNotOptimize(admitted->size());
  }
  measured(state, body.size());
}
BENCHMARK(admit)->Arg(1)->Arg(20);

}  // namespace

BENCHMARK_MAIN();
