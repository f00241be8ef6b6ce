// What the programs of the bench print of their latencies: percentiles in microseconds, and a
// distribution to plot, as members of a JSON object.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace bench {

inline std::uint32_t percentile(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

inline void print_latency(std::vector<std::uint32_t>& latency_us) {
  std::ranges::sort(latency_us);
  std::printf(R"("p50_us":%u,"p99_us":%u,"p999_us":%u,"max_us":%u,"distribution":[)",
              percentile(latency_us, 0.50), percentile(latency_us, 0.99),
              percentile(latency_us, 0.999), percentile(latency_us, 1));
  const char* comma = "";
  for (double rest = 1; rest > 0.00009; rest *= 0.8) {
    std::printf("%s[%.5f,%u]", comma, 1 - rest, percentile(latency_us, 1 - rest));
    comma = ",";
  }
  std::printf("]");
}

}  // namespace bench
