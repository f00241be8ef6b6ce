// A pipelined MQTT publisher without a library: QoS 1, `events_a_message` events a message, as many
// messages on their way as the broker allows. Belongs to one io_context. Connects again by itself.
#pragma once

#include <algorithm>
#include <array>
#include <asio.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "mqtt_bytes.h"

namespace bench {

class RawPublisher {
 public:
  static constexpr int events_a_message = 50;
  static constexpr std::size_t most_on_their_way = 100;

  // Appends at most `events_a_message` events to `payload` as a JSON array; how many they are.
  using NextMessage = std::function<std::uint64_t(std::string& payload)>;
  using Acked = std::function<void(std::uint64_t events)>;  // so many of the oldest have arrived

  RawPublisher(asio::io_context& io, std::uint16_t port, NextMessage next, Acked acked)
      : socket_(io), again_(io), port_(port), next_(std::move(next)), acked_(std::move(acked)) {
    connect();
  }

  // There may be something to send.
  void pump() {
    if (!connected_ || writing_) return;
    while (on_their_way_.size() < most_on_their_way && out_.size() < (256u << 10)) {
      payload_.clear();
      const std::uint64_t events = next_(payload_);
      if (events == 0) break;
      packet_id_ = static_cast<std::uint16_t>(packet_id_ % 65535 + 1);
      mqtt::put_publish(out_, topic, payload_, packet_id_, sequence_ + 1, sequence_ + events);
      sequence_ += events;
      on_their_way_.push_back(events);
    }
    write();
  }

  static constexpr const char* topic = "storeward/v1/acme/store-0042/raw/up/sales";

 private:
  void connect() {
    socket_.async_connect({asio::ip::address_v4::loopback(), port_},
                          [this](asio::error_code error) {
                            if (error) {
                              socket_.close();
                              again_.expires_after(std::chrono::milliseconds(20));
                              again_.async_wait([this](asio::error_code) { connect(); });
                              return;
                            }
                            socket_.set_option(asio::ip::tcp::no_delay(true));
                            out_ = mqtt::connect("bench-publisher", 65535);
                            write();
                            read();
                          });
  }

  void write() {
    if (out_.empty() || writing_) return;
    writing_ = true;
    sent_.swap(out_);
    out_.clear();
    asio::async_write(socket_, asio::buffer(sent_), [this](asio::error_code error, std::size_t) {
      writing_ = false;
      if (!error) pump();
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(chunk_), [this](asio::error_code error, std::size_t size) {
      if (error) std::exit(1);  // the broker outlives what is measured
      in_.append(chunk_.data(), size);
      std::size_t done = 0;
      std::uint64_t arrived = 0;
      while (const auto packet = mqtt::next_packet(std::string_view(in_).substr(done))) {
        done += packet->size;
        if (packet->type == mqtt::connack) connected_ = true;
        if (packet->type != mqtt::puback || on_their_way_.empty()) continue;
        arrived += on_their_way_.front();
        on_their_way_.pop_front();
      }
      in_.erase(0, done);
      if (arrived > 0) acked_(arrived);
      pump();
      read();
    });
  }

  asio::ip::tcp::socket socket_;
  asio::steady_timer again_;
  std::uint16_t port_;
  NextMessage next_;
  Acked acked_;
  bool connected_ = false, writing_ = false;
  std::uint16_t packet_id_ = 0;
  std::uint64_t sequence_ = 0;
  std::deque<std::uint64_t> on_their_way_;
  std::string out_, sent_, in_, payload_;
  std::array<char, 65536> chunk_{};
};

}  // namespace bench
