// Tills: N connections, each hands in one delivery after the other and waits for its answer; over
// HTTP, or by MQTT 3.1.1 with QoS 1. Prints one line of JSON: events answered, rate, latency. Exit
// 1 if any answer was not as it should be; the connection that had it stays away.
//
// With --rate a delivery that could not begin when it was due, because the one before it had no
// answer yet, counts from when it was due.
#include <CLI/CLI.hpp>
#include <array>
#include <asio.hpp>
#include <asio/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "latency.h"
#include "mqtt_bytes.h"
#include "sale_text.h"

namespace {

using bench::SteadyClock;

struct Options {
  std::uint16_t port = 0;
  std::string token, mqtt_topic, accepted_file;
  int connections = 1, batch = 1, lines = 1;
  double seconds = 4, rate = 0, give_up_s = 0;
  std::uint64_t count = 0;
  bool random_ids = false, tls = false;
};

struct Run {
  explicit Run(const Options& chosen) : options(chosen), ids(chosen.random_ids) {}

  bool over() const {
    return options.count > 0 ? begun_events >= options.count : SteadyClock::now() >= end;
  }

  void begin() {
    begun = SteadyClock::now();
    end = begun + std::chrono::microseconds(static_cast<std::int64_t>(options.seconds * 1e6));
  }

  Options options;
  bench::Ids ids;
  SteadyClock::time_point begun, end;
  std::uint64_t begun_events = 0, answered = 0, failed = 0;
  std::vector<std::uint32_t> latency_us;
  std::vector<std::uint64_t> accepted;  // ids, if somebody wants to know
};

std::string body_of(Run& run, std::vector<std::uint64_t>& ids) {
  const Options& options = run.options;
  std::string body;
  if (options.batch > 1) body.push_back('[');
  for (int i = 0; i < options.batch; ++i) {
    if (i > 0) body.push_back(',');
    ids.push_back(run.ids.next());
    bench::append_sale(body, ids.back(), options.lines);
  }
  if (options.batch > 1) body.push_back(']');
  return body;
}

std::string request_of(Run& run, std::vector<std::uint64_t>& ids) {
  const std::string body = body_of(run, ids);
  std::string out;
  if (!run.options.mqtt_topic.empty()) {
    bench::mqtt::put_publish_3_1_1(out, run.options.mqtt_topic, body, 1);
    return out;
  }
  return "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
         run.options.token + "\r\nContent-Type: application/cloudevents" +
         (run.options.batch > 1 ? "-batch+json" : "+json") +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

enum class Answer { incomplete, good, bad };

Answer http_answer(std::string_view in) {
  constexpr std::string_view length = "Content-Length: ";
  const std::size_t head = in.find("\r\n\r\n"), at = in.find(length);
  if (head == std::string::npos || at == std::string::npos) return Answer::incomplete;
  const std::size_t size = std::strtoull(in.data() + at + length.size(), nullptr, 10);
  if (in.size() < head + 4 + size) return Answer::incomplete;
  const bool good = in.starts_with("HTTP/1.1 200") && in.find("quarantined") == std::string::npos &&
                    in.find("conflict") == std::string::npos;
  return good ? Answer::good : Answer::bad;
}

Answer mqtt_answer(std::string_view in) {
  const auto packet = bench::mqtt::next_packet(in);
  if (!packet) return Answer::incomplete;
  const bool refused = packet->body.size() > 2 && (packet->body[2] & 0x80) != 0;
  return packet->type == bench::mqtt::puback && !refused ? Answer::good : Answer::bad;
}

asio::ip::tcp::socket& tcp(asio::ip::tcp::socket& socket) {
  return socket;
}
asio::ip::tcp::socket& tcp(asio::ssl::stream<asio::ip::tcp::socket>& stream) {
  return stream.next_layer();
}

template <typename Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(asio::io_context& io, Stream stream, Run& run, int number)
      : stream_(std::move(stream)), timer_(io), run_(run), number_(number) {}

  void connect() {
    tcp(stream_).connect({asio::ip::address_v4::loopback(), run_.options.port});
    tcp(stream_).set_option(asio::ip::tcp::no_delay(true));
    if constexpr (!std::is_same_v<Stream, asio::ip::tcp::socket>) {
      stream_.handshake(asio::ssl::stream_base::client);
    }
    if (!run_.options.mqtt_topic.empty()) {
      asio::write(stream_, asio::buffer(bench::mqtt::connect_3_1_1("bench-till-" +
                                                                   std::to_string(number_))));
    }
  }

  void begin() {
    if (run_.options.rate > 0) {
      interval_ = std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(
          run_.options.connections * run_.options.batch / run_.options.rate));
      due_ = SteadyClock::now() + interval_ * number_ / run_.options.connections;
      wait();
    } else {
      post(SteadyClock::now());
    }
  }

  void wait_for_welcome() {
    if (!run_.options.mqtt_topic.empty()) stream_.read_some(asio::buffer(chunk_));  // CONNACK
  }

 private:
  void wait() {
    timer_.expires_at(due_);
    timer_.async_wait([self = this->shared_from_this()](asio::error_code) {
      self->post(std::exchange(self->due_, self->due_ + self->interval_));
    });
  }

  void post(SteadyClock::time_point begun) {
    if (run_.over()) return;
    run_.begun_events += static_cast<std::uint64_t>(run_.options.batch);
    ids_.clear();
    out_ = request_of(run_, ids_);
    begun_ = begun;
    asio::async_write(stream_, asio::buffer(out_),
                      [self = this->shared_from_this()](asio::error_code error, std::size_t) {
                        if (error) return self->failed(error.message());
                        self->in_.clear();
                        self->read();
                      });
  }

  void read() {
    stream_.async_read_some(asio::buffer(chunk_), [self = this->shared_from_this()](
                                                      asio::error_code error, std::size_t size) {
      if (error) return self->failed(error.message());
      self->in_.append(self->chunk_.data(), size);
      const Answer answer =
          self->run_.options.mqtt_topic.empty() ? http_answer(self->in_) : mqtt_answer(self->in_);
      if (answer == Answer::incomplete) return self->read();
      if (answer == Answer::bad) return self->failed(self->in_);
      self->answered();
    });
  }

  void answered() {
    const SteadyClock::time_point now = SteadyClock::now();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - begun_);
    run_.latency_us.push_back(static_cast<std::uint32_t>(took.count()));
    run_.answered += static_cast<std::uint64_t>(run_.options.batch);
    if (!run_.options.accepted_file.empty()) {
      run_.accepted.insert(run_.accepted.end(), ids_.begin(), ids_.end());
    }
    if (interval_.count() == 0) return post(now);
    wait();
  }

  void failed(const std::string& why) {
    if (run_.failed++ > 0) return;
    const std::chrono::duration<double> since = SteadyClock::now() - run_.begun;
    const std::chrono::duration<double> asked = SteadyClock::now() - begun_;
    std::fprintf(stderr,
                 "connection %d, %.3f s after the first request, %.3f s after its own: %.600s\n",
                 number_, since.count(), asked.count(), why.c_str());
  }

  Stream stream_;
  asio::steady_timer timer_;
  Run& run_;
  int number_;
  SteadyClock::time_point begun_, due_;
  SteadyClock::duration interval_{};
  std::vector<std::uint64_t> ids_;  // of the delivery on its way
  std::string out_, in_;
  std::array<char, 65536> chunk_{};
};

bool write_accepted(const Run& run) {
  std::FILE* file = std::fopen(run.options.accepted_file.c_str(), "w");
  if (file == nullptr) return false;
  for (const std::uint64_t id : run.accepted) {
    std::fprintf(file, "%s\n", bench::id_text(id).c_str());
  }
  return std::fclose(file) == 0;
}

// The clock runs from when all are connected, which they become at the same time.
template <typename Stream, typename... Tls>
void start_all(asio::io_context& io, Run& run, Tls&... tls) {
  std::vector<std::shared_ptr<Connection<Stream>>> all;
  for (int i = 0; i < run.options.connections; ++i) {
    all.push_back(std::make_shared<Connection<Stream>>(io, Stream(io, tls...), run, i));
    all.back()->connect();
  }
  for (const auto& connection : all) connection->wait_for_welcome();
  run.begin();
  for (const auto& connection : all) connection->begin();
}

void play(Run& run) {
  asio::io_context io(1);
  asio::ssl::context tls(
      asio::ssl::context::tls_client);  // loopback: the certificate is not looked at
  if (run.options.tls) {
    start_all<asio::ssl::stream<asio::ip::tcp::socket>>(io, run, tls);
  } else {
    start_all<asio::ip::tcp::socket>(io, run);
  }
  if (run.options.give_up_s > 0) {
    io.run_for(std::chrono::microseconds(static_cast<std::int64_t>(run.options.give_up_s * 1e6)));
  } else {
    io.run();
  }
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - run.begun).count();
  std::printf(R"({"events":%llu,"failed":%llu,"seconds":%.3f,"rate":%.0f,)",
              static_cast<unsigned long long>(run.answered),
              static_cast<unsigned long long>(run.failed), seconds,
              static_cast<double>(run.answered) / seconds);
  bench::print_latency(run.latency_us);
  std::printf("}\n");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Hands in sales and waits for the answers.");
  app.add_option("--port", options.port, "on loopback")->required();
  app.add_option("--token", options.token, "of the client");
  app.add_option("--mqtt", options.mqtt_topic, "publish under this topic (3.1.1) instead of POST");
  app.add_option("--connections", options.connections, "at the same time");
  app.add_option("--seconds", options.seconds, "for which it runs");
  app.add_option("--count", options.count, "events after which it ends, instead of seconds");
  app.add_option("--give-up", options.give_up_s, "seconds after which it ends, answered or not");
  app.add_option("--accepted", options.accepted_file,
                 "gets the ids that were accepted, one a line");
  app.add_option("--batch", options.batch, "events in a delivery");
  app.add_option("--lines", options.lines, "of a sale: 1 (390 bytes) or more (300 bytes each)");
  app.add_option("--rate", options.rate, "events a second over all connections; 0: no bound");
  app.add_flag("--random-ids", options.random_ids, "ids without any order");
  app.add_flag("--tls", options.tls, "over TLS");
  CLI11_PARSE(app, argc, argv);
  Run run(options);
  play(run);
  if (!options.accepted_file.empty() && !write_accepted(run)) {
    return std::perror(options.accepted_file.c_str()), 2;
  }
  return run.failed == 0 ? 0 : 1;
}
