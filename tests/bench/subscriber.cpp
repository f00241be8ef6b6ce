// The hub's place at the broker, without a hub: a QoS 1 subscriber that counts events, and may
// confirm them to the agent as a hub would whose disk costs nothing. Events are counted by the
// user properties `first` and `last` of a message; one without counts as one event.
// Prints JSON after --count events or on SIGTERM: rate from the first event to the last, payload
// bytes, how long the sales were on their way (--ages), events over time.
#include <zstd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <asio.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "latency.h"
#include "mqtt_bytes.h"
#include "sale_text.h"

namespace {

struct Options {
  std::uint16_t port = 0;
  std::string filter = "#";
  std::uint64_t count = 0;
  bool ages = false, confirm = false;
};

class Subscriber {
 public:
  Subscriber(asio::io_context& io, const Options& options)
      : io_(io), socket_(io), tick_(io), options_(options) {
    socket_.connect({asio::ip::address_v4::loopback(), options.port});
    socket_.set_option(asio::ip::tcp::no_delay(true));
    send(bench::mqtt::connect("bench-subscriber", 65535));
    send(bench::mqtt::subscribe(options.filter));
    read();
    tick();
  }

  void print() {
    const double seconds = std::chrono::duration<double>(newest_ - oldest_).count();
    std::printf(
        R"({"events":%llu,"messages":%llu,"payload_bytes":%llu,"seconds":%.3f,"rate":%.0f,)",
        static_cast<unsigned long long>(events_), static_cast<unsigned long long>(messages_),
        static_cast<unsigned long long>(bytes_), seconds,
        seconds > 0 ? static_cast<double>(events_) / seconds : 0);
    bench::print_latency(ages_us_);
    curve_.emplace_back(seconds, events_);
    std::printf(R"(,"curve":[)");
    for (std::size_t i = 0; i < curve_.size(); ++i) {
      std::printf("%s[%.2f,%llu]", i == 0 ? "" : ",", curve_[i].first,
                  static_cast<unsigned long long>(curve_[i].second));
    }
    std::printf("]}\n");
  }

 private:
  struct Stream {
    std::uint64_t last = 0;
    std::string epoch;
    bool unconfirmed = false;
  };

  void read() {
    socket_.async_read_some(asio::buffer(chunk_), [this](asio::error_code error, std::size_t size) {
      if (error) return io_.stop();
      in_.append(chunk_.data(), size);
      std::size_t done = 0;
      while (const auto packet = bench::mqtt::next_packet(std::string_view(in_).substr(done))) {
        done += packet->size;
        if (packet->type == bench::mqtt::publish) take(bench::mqtt::read_publish(*packet));
      }
      in_.erase(0, done);
      send(std::exchange(out_, {}));
      if (options_.count > 0 && events_ >= options_.count) return io_.stop();
      read();
    });
  }

  void take(const bench::mqtt::Published& message) {
    if (message.packet_id != 0) bench::mqtt::put_puback(out_, message.packet_id);
    const std::size_t up = message.topic.find("/up/");
    if (message.last == 0 && up == std::string_view::npos &&
        message.topic.starts_with("storeward/")) {
      return;  // heads, state: no events
    }
    Stream& stream = streams_[std::string(message.topic)];
    if (message.last > 0 && message.last <= stream.last) return;  // a repeat
    newest_ = bench::SteadyClock::now();
    if (events_ == 0) oldest_ = newest_;
    events_ += message.last > 0 ? message.last - std::max(message.first, stream.last + 1) + 1 : 1;
    stream.last = message.last;
    stream.epoch = message.epoch;
    stream.unconfirmed = true;
    ++messages_;
    bytes_ += message.payload.size();
    if (options_.ages) note_ages(message.payload);
  }

  void note_ages(std::string_view payload) {
    if (payload.starts_with("\x28\xb5\x2f\xfd")) {
      plain_.resize(8u << 20);
      const std::size_t size =
          ZSTD_decompress(plain_.data(), plain_.size(), payload.data(), payload.size());
      if (ZSTD_isError(size) != 0) return;
      payload = std::string_view(plain_).substr(0, size);
    }
    bench::each_age(payload, [this](std::uint64_t age_us) {
      ages_us_.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(age_us, UINT32_MAX)));
    });
  }

  // CONTRACT section 5, {root}/ack: only what a simple backlog of one epoch needs.
  void confirm() {
    for (auto& [topic, stream] : streams_) {
      const std::size_t up = topic.find("/up/");
      if (!stream.unconfirmed || up == std::string::npos || stream.epoch.empty()) continue;
      stream.unconfirmed = false;
      const std::string ack = R"({"serial":)" + std::to_string(++serial_) + R"(,"epochs":{")" +
                              stream.epoch + R"(":{"confirmed":{")" + topic.substr(up + 4) +
                              R"(":)" + std::to_string(stream.last) + "}}}}";
      packet_id_ = static_cast<std::uint16_t>(packet_id_ % 65535 + 1);
      bench::mqtt::put_publish(out_, topic.substr(0, up) + "/ack", ack, packet_id_, 0, 0, true);
    }
    send(std::exchange(out_, {}));
  }

  void tick() {
    tick_.expires_after(std::chrono::milliseconds(10));
    tick_.async_wait([this](asio::error_code) {
      if (options_.confirm) confirm();
      if (++ticks_ % 5 == 0 && events_ > 0) {
        curve_.emplace_back(
            std::chrono::duration<double>(bench::SteadyClock::now() - oldest_).count(), events_);
      }
      tick();
    });
  }

  void send(const std::string& bytes) {
    asio::error_code error;
    if (!bytes.empty()) asio::write(socket_, asio::buffer(bytes), error);
    if (error) io_.stop();
  }

  asio::io_context& io_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer tick_;
  Options options_;
  std::map<std::string, Stream> streams_;
  std::uint64_t events_ = 0, messages_ = 0, bytes_ = 0, serial_ = 0, ticks_ = 0;
  std::uint16_t packet_id_ = 0;
  bench::SteadyClock::time_point oldest_{}, newest_{};
  std::vector<std::uint32_t> ages_us_;
  std::vector<std::pair<double, std::uint64_t>> curve_;
  std::string in_, out_, plain_;
  std::array<char, 1 << 17> chunk_{};
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Counts the events that a broker passes on.");
  app.add_option("--port", options.port, "of the broker")->required();
  app.add_option("--filter", options.filter, "of topics");
  app.add_option("--count", options.count, "events after which it ends");
  app.add_flag("--ages", options.ages, "how long each sale was on its way");
  app.add_flag("--confirm", options.confirm, "publish acks as a hub does");
  CLI11_PARSE(app, argc, argv);
  asio::io_context io(1);
  asio::signal_set signals(io, SIGTERM);
  signals.async_wait([&io](asio::error_code, int) { io.stop(); });
  Subscriber subscriber(io, options);
  io.run();
  subscriber.print();
}
