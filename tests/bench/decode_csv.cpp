// How fast rows are decoded: bytes of CSV per second on one core, in memory, in the shape of a
// retailer's log, fed in pieces as a file is read. The way of a record as a whole (decode, map,
// mask, validate, store) must keep to 50 MB/s, so this must be many times that.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "drivers/formats/decoder.h"

namespace {

using namespace storeward;

enum class Shape { plain, quoted, western };

// Invoices of 1 to 40 rows, as in the log; every row some 85 bytes.
std::string log_of(Shape shape) {
  constexpr std::size_t size = 32u << 20;
  const std::string quote = shape == Shape::quoted ? "\"" : "";
  const std::string letter = shape == Shape::western ? "\xE9" : "E";
  std::string log =
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
  unsigned random = 1, invoice = 536365, left = 1;
  while (log.size() < size) {
    random = random * 1664525u + 1013904223u;
    if (--left == 0) {
      ++invoice;
      left = 1 + (random >> 16) % 40;
    }
    log += std::to_string(invoice) + ',' + std::to_string(20000 + (random >> 8) % 70000) + ',';
    log += quote + "WHIT" + letter + " HANGING HEART T-LIGHT HOLDER" + quote + ',';
    log +=
        std::to_string((random >> 12) % 48) + ",2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n";
  }
  return log;
}

void decode(benchmark::State& state, Shape shape, bool grouped) {
  constexpr std::size_t piece = 256u << 10;
  const std::string log = log_of(shape);
  FormatOptions options;
  if (shape == Shape::western) options.encoding = "windows-1252";
  if (grouped) options.group_by = {"InvoiceNo"};
  Record record;
  std::size_t records = 0;
  for (auto _ : state) {
    auto decoder = std::move(make_decoder(options)).value();
    std::size_t fed = 0;
    for (Decoded outcome = Decoded::need_more; outcome != Decoded::end;) {
      if (outcome == Decoded::need_more) {
        const std::size_t size = std::min(piece, log.size() - fed);
        decoder->feed(std::string_view(log).substr(fed, size), fed + size == log.size());
        fed += size;
      }
      outcome = decoder->next(record);
      if (outcome == Decoded::fault) state.SkipWithError(decoder->fault().c_str());
      records += outcome == Decoded::record ? 1 : 0;
      benchmark::DoNotOptimize(record.size());
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(log.size()));
  state.counters["records"] =
      benchmark::Counter(static_cast<double>(records), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(decode, rows, Shape::plain, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, rows_quoted, Shape::quoted, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, rows_windows_1252, Shape::western, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, receipts, Shape::plain, true)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
