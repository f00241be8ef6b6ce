// Load: N connections, each posts one delivery after the other and waits for its answer.
// usage: bench-load PORT TOKEN CONNECTIONS SECONDS EVENTS_PER_POST [FIRST_ID]
// Prints one line of JSON: events answered, rate, latency in microseconds. Exit 1 if any answer was
// not 200 with all items stored.
#include <algorithm>
#include <array>
#include <asio.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

struct Run {
  std::string token;
  int events_per_post = 1;
  std::uint64_t next_id = 0;
  SteadyClock::time_point end;
  std::uint64_t answered = 0, failed = 0;
  std::vector<std::uint32_t> latency_us;
};

// About 390 bytes, as a small sale is.
void append_event(std::string& body, std::uint64_t id) {
  char text[600];
  const int size = std::snprintf(
      text, sizeof text,
      R"({"specversion":"1.0","id":"t1-%010llu","source":"till-1","type":"retail.sale.completed.v1",)"
      R"("time":"2026-11-20T09:15:02.120Z","data":{"saleKey":"t1-%010llu","completedAt":"2026-11-20T09:15:02Z",)"
      R"("currency":"EUR","registerId":"1","lines":[{"lineNo":1,"kind":"sale","sku":"85123A","quantity":)"
      R"({"value":"1","unit":"EA"},"extended":{"amountMinor":255,"currency":"EUR"}}],)"
      R"("totals":{"gross":{"amountMinor":255,"currency":"EUR"}}}})",
      static_cast<unsigned long long>(id), static_cast<unsigned long long>(id));
  body.append(text, static_cast<std::size_t>(size));
}

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, Run& run) : socket_(io), run_(run) {}

  void start(std::uint16_t port) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(asio::ip::tcp::no_delay(true));
    post();
  }

 private:
  void post() {
    if (SteadyClock::now() >= run_.end) return;
    std::string body;
    if (run_.events_per_post > 1) body.push_back('[');
    for (int i = 0; i < run_.events_per_post; ++i) {
      if (i > 0) body.push_back(',');
      append_event(body, run_.next_id++);
    }
    if (run_.events_per_post > 1) body.push_back(']');
    out_ = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + run_.token +
           "\r\nContent-Type: application/cloudevents" +
           (run_.events_per_post > 1 ? "-batch+json" : "+json") +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    begun_ = SteadyClock::now();
    auto self = shared_from_this();
    asio::async_write(socket_, asio::buffer(out_), [self](asio::error_code error, std::size_t) {
      if (error) return self->failed();
      self->in_.clear();
      self->read();
    });
  }

  void read() {
    auto self = shared_from_this();
    socket_.async_read_some(asio::buffer(chunk_), [self](asio::error_code error, std::size_t size) {
      if (error) return self->failed();
      self->in_.append(self->chunk_.data(), size);
      if (!self->complete()) return self->read();
      self->answered();
    });
  }

  bool complete() const {
    const std::size_t head = in_.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const std::size_t at = in_.find("Content-Length: ");
    if (at == std::string::npos || at > head) return false;
    return in_.size() >= head + 4 + std::strtoull(in_.c_str() + at + 16, nullptr, 10);
  }

  void answered() {
    const bool fine = in_.starts_with("HTTP/1.1 200") &&
                      in_.find("quarantined") == std::string::npos &&
                      in_.find("conflict") == std::string::npos;
    if (!fine) {
      if (run_.failed++ == 0) std::fprintf(stderr, "%.600s\n", in_.c_str());
      return;
    }
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begun_);
    run_.latency_us.push_back(static_cast<std::uint32_t>(took.count()));
    run_.answered += static_cast<std::uint64_t>(run_.events_per_post);
    post();
  }

  void failed() { ++run_.failed; }

  asio::ip::tcp::socket socket_;
  Run& run_;
  std::string out_, in_;
  std::array<char, 65536> chunk_{};
  SteadyClock::time_point begun_;
};

std::uint32_t percentile(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fputs("usage: bench-load PORT TOKEN CONNECTIONS SECONDS EVENTS_PER_POST [FIRST_ID]\n",
               stderr);
    return 2;
  }
  asio::io_context io(1);
  Run run;
  run.token = argv[2];
  run.events_per_post = std::atoi(argv[5]);
  if (argc > 6) run.next_id = std::strtoull(argv[6], nullptr, 10);
  const auto begun = SteadyClock::now();
  run.end = begun + std::chrono::milliseconds(static_cast<int>(std::atof(argv[4]) * 1000));
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    std::make_shared<Connection>(io, run)->start(static_cast<std::uint16_t>(std::atoi(argv[1])));
  }
  io.run();
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
  std::ranges::sort(run.latency_us);
  std::printf(R"({"events":%llu,"failed":%llu,"rate":%.0f,"p50_us":%u,"p99_us":%u,"p999_us":%u})"
              "\n",
              static_cast<unsigned long long>(run.answered),
              static_cast<unsigned long long>(run.failed),
              static_cast<double>(run.answered) / seconds, percentile(run.latency_us, 0.50),
              percentile(run.latency_us, 0.99), percentile(run.latency_us, 0.999));
  return run.failed == 0 ? 0 : 1;
}
