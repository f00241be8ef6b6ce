// storeward-admit: reads one event per line, prints one JSON verdict per line. The contract tests
// hold it against the published JSON Schemas; a technician may use it to see why an event is
// quarantined.
//   {"verdict":"event","bytes":…} | {"verdict":"quarantined" | "refused","reason":…}
// With a number N as its only argument: admits the first line N times and prints events per second.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "agent/core/admission.h"
#include "agent/core/json_text.h"

namespace {

using namespace storeward;

std::string verdict_on(std::string_view line, const Submitter& submitter,
                       const AdmissionOptions& options) {
  std::string_view verdict = "event";
  std::string reason;
  auto items = admit(line, Framing::single, submitter, options);
  if (!items) {
    verdict = "refused";
    reason = items.error().reason;
  } else if (const auto* rejected = std::get_if<Rejected>(&items->front())) {
    verdict = "quarantined";
    reason = rejected->reason;
  }
  std::string json = R"({"verdict":")" + std::string(verdict) + R"(","reason":)";
  json_text::append_string(json, reason);
  if (verdict == "event") json += R"(,"event":)" + std::get<Event>(items->front()).bytes;
  return json + "}";
}

void measure(std::string_view line, int times, const Submitter& submitter,
             const AdmissionOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  std::size_t bytes = 0;
  for (int i = 0; i < times; ++i) {
    auto items = admit(line, Framing::single, submitter, options);
    bytes += items ? std::get<Event>(items->front()).bytes.size() : 0;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << line.size() << " bytes in, " << bytes / static_cast<std::size_t>(times) << " out, "
            << static_cast<long>(times / took.count()) << " events/s\n";
}

}  // namespace

int main(int argc, char** argv) {
  const auto zone = TimeZone::named("Europe/Berlin");
  if (!zone) {
    std::cerr << zone.error().message << "\n";
    return 2;
  }
  AdmissionOptions options;
  options.tenant = "acme";
  options.site = "store-0042";
  options.agent = "main";
  options.time_zone = &zone.value();
  const Submitter submitter{"till-3", {}};
  std::string line;
  while (std::getline(std::cin, line)) {
    if (argc > 1) {
      measure(line, std::atoi(argv[1]), submitter, options);
      break;
    }
    std::cout << verdict_on(line, submitter, options) << "\n";
  }
  return 0;
}
