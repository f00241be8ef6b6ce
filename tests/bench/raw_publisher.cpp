// The raw publisher alone: so many sales into a broker, from memory.
// usage: bench-raw-publisher MQTT_PORT EVENTS. Prints seconds and rate as JSON.
#include <cstdio>
#include <cstdlib>

#include "raw_publisher.h"
#include "sale_text.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  asio::io_context io(1);
  bench::Ids ids(false);
  const std::uint64_t events = std::strtoull(argv[2], nullptr, 10);
  std::uint64_t made = 0, arrived = 0;
  bench::SteadyClock::time_point begun{};
  std::string message = "[";  // the same again and again: what is measured is the line
  for (int i = 0; i < bench::RawPublisher::events_a_message; ++i) {
    if (i > 0) message.push_back(',');
    bench::append_sale(message, ids.next());
  }
  message.push_back(']');
  bench::RawPublisher publisher(
      io, static_cast<std::uint16_t>(std::atoi(argv[1])),
      [&](std::string& payload) -> std::uint64_t {
        if (made >= events) return 0;
        if (made == 0) begun = bench::SteadyClock::now();
        payload = message;
        made += bench::RawPublisher::events_a_message;
        return bench::RawPublisher::events_a_message;
      },
      [&](std::uint64_t more) {
        arrived += more;
        if (arrived >= events) io.stop();
      });
  io.run();
  const double seconds = std::chrono::duration<double>(bench::SteadyClock::now() - begun).count();
  std::printf(R"({"events":%llu,"seconds":%.3f,"rate":%.0f})"
              "\n",
              static_cast<unsigned long long>(arrived), seconds,
              static_cast<double>(arrived) / seconds);
}
