// The hub's subscriber when peers are measured: hears every sale, acknowledges it, notes its id.
//
//   bench-peer-ear PORT HEARD_FILE
//
// Messages are single sales or batches of them, plain or zstd. The broker keeps its session, so
// that nothing is missed while it is not there. Each id goes to HEARD_FILE as it comes, one a line
// of fixed width, after the moment of its arrival (CLOCK_MONOTONIC, in ms). Says "listening" once
// it is subscribed. Ends when its connection does.
#include <array>
#include <asio.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/core/hub_protocol.h"
#include "tests/bench/mqtt_bytes.h"
#include "tests/bench/sale_text.h"

namespace {

namespace mqtt = bench::mqtt;

std::string connect_to_kept_session() {
  std::string body, out;
  mqtt::put_text(body, "MQTT");
  body += {5, 0, 0, 0};                               // version, no clean start, no keep-alive
  body += {8, 0x11, '\xff', '\xff', '\xff', '\xff'};  // Session Expiry: never
  body += {0x21, '\xff', '\xff'};                     // Receive Maximum: all there are
  mqtt::put_text(body, "ear");
  mqtt::put_packet(out, 0x10, body);
  return out;
}

class Ear {
 public:
  Ear(std::uint16_t port, std::FILE* heard) : heard_(heard) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(asio::ip::tcp::no_delay(true));
  }

  void listen() {
    out_ = connect_to_kept_session() + mqtt::subscribe("#");
    for (;;) {
      asio::write(socket_, asio::buffer(out_));
      out_.clear();
      if (!read_some()) return;
      std::fflush(heard_);
    }
  }

 private:
  bool read_some() {
    asio::error_code error;
    const std::size_t size = socket_.read_some(asio::buffer(chunk_), error);
    if (error) return false;
    in_.append(chunk_.data(), size);
    const std::uint64_t now_ms = bench::now_us() / 1000;
    std::size_t done = 0;
    while (const auto packet = mqtt::next_packet(std::string_view(in_).substr(done))) {
      done += packet->size;
      if (packet->type == mqtt::suback) std::puts("listening"), std::fflush(stdout);
      if (packet->type != mqtt::publish) continue;
      const mqtt::Published got = mqtt::read_publish(*packet);
      note_all(got.payload, now_ms);
      if (got.packet_id != 0) mqtt::put_puback(out_, got.packet_id);
    }
    in_.erase(0, done);
    return true;
  }

  void note_all(std::string_view payload, std::uint64_t now_ms) {
    if (!storeward::is_zstd(payload)) return note_each(payload, now_ms);
    const auto whole = storeward::zstd_decompress(payload);
    if (whole) note_each(*whole, now_ms);
  }

  void note_each(std::string_view sales, std::uint64_t now_ms) {
    for (std::size_t at = sales.find(bench::id_mark); at != std::string_view::npos;
         at = sales.find(bench::id_mark, at)) {
      at += bench::id_mark.size();
      const std::string_view id = sales.substr(at, bench::id_width);
      std::fprintf(heard_, "%012llu %.*s\n", static_cast<unsigned long long>(now_ms),
                   static_cast<int>(id.size()), id.data());
    }
  }

  asio::io_context io_;
  asio::ip::tcp::socket socket_{io_};
  std::FILE* heard_;
  std::string in_, out_;
  std::array<char, 262144> chunk_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: bench-peer-ear PORT HEARD_FILE\n", stderr), 2;
  std::FILE* heard = std::fopen(argv[2], "a");
  if (heard == nullptr) return std::perror(argv[2]), 2;
  Ear ear(static_cast<std::uint16_t>(std::atoi(argv[1])), heard);
  ear.listen();
}
