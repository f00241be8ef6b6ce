#include "agent/link/link_frames.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {

std::string bytes_of(const LinkFrame& frame) {
  return frame.head + (frame.rest ? *frame.rest : "");
}

std::string body_of(const LinkFrame& frame) {
  return bytes_of(frame).substr(4);
}

template <typename Kind>
Kind through(const LinkCommand& command) {
  const auto read = decode_command(body_of(encode(command)));
  REQUIRE(read);
  REQUIRE(std::holds_alternative<Kind>(*read));
  return std::get<Kind>(*read);
}

template <typename Kind>
Kind through(const LinkReport& report) {
  const auto read = decode_report(body_of(encode(report)));
  REQUIRE(read);
  REQUIRE(std::holds_alternative<Kind>(*read));
  return std::get<Kind>(*read);
}

link_command::Begin begin() {
  return {.version = "1.2.3",
          .log_json = true,
          .log_level = "debug",
          .options = {.urls = {"mqtts://one", "mqtt://two:1"},
                      .protocol = "3.1.1",
                      .client_id = "client",
                      .username = "user",
                      .password = "secret",
                      .ca_file = "/ca",
                      .cert_file = "/cert",
                      .key_file = "/key",
                      .proxy = "http://proxy:1",
                      .subscriptions = {"a", "b/#"},
                      .will_topic = "state",
                      .will_payload = "{}",
                      .keep_alive = Millis{1'234},
                      .connect_timeout = Millis{5'678}}};
}

link_command::Publish publish() {
  return {77,
          {.topic = "up/sales",
           .payload = std::make_shared<const std::string>("[{}]"),
           .retained = true,
           .content_type = "type",
           .epoch = "epoch",
           .first = "1",
           .last = "2",
           .codec = "zstd",
           .correlation_data = std::string("\0\1", 2)}};
}

}  // namespace

TEST_CASE("what the agent tells its line arrives as it was said", "[link]") {
  const auto options = through<link_command::Begin>(begin()).options;
  CHECK(options.urls == begin().options.urls);
  CHECK(options.protocol == "3.1.1");
  CHECK(options.client_id == "client");
  CHECK(options.username == "user");
  CHECK(options.password == "secret");
  CHECK(options.ca_file == "/ca");
  CHECK(options.cert_file == "/cert");
  CHECK(options.key_file == "/key");
  CHECK(options.proxy == "http://proxy:1");
  CHECK(options.subscriptions == begin().options.subscriptions);
  CHECK(options.will_topic == "state");
  CHECK(options.will_payload == "{}");
  CHECK(options.keep_alive == Millis{1'234});
  CHECK(options.connect_timeout == Millis{5'678});
  CHECK(through<link_command::Begin>(begin()).version == "1.2.3");
  CHECK(through<link_command::Begin>(begin()).log_json);
  CHECK(through<link_command::Begin>(begin()).log_level == "debug");
  CHECK(through<link_command::SetWill>(link_command::SetWill{"will"}).payload == "will");
  const auto connect = through<link_command::Connect>(link_command::Connect{1ull << 60, 3});
  CHECK(connect.attempt == 1ull << 60);
  CHECK(connect.broker_index == 3);
  through<link_command::Disconnect>(link_command::Disconnect{});
  const auto sent = through<link_command::Publish>(publish());
  CHECK(sent.id == 77);
  CHECK(sent.message.topic == "up/sales");
  CHECK(*sent.message.payload == "[{}]");
  CHECK(sent.message.retained);
  CHECK(sent.message.content_type == "type");
  CHECK(sent.message.epoch == "epoch");
  CHECK(sent.message.first == "1");
  CHECK(sent.message.last == "2");
  CHECK(sent.message.codec == "zstd");
  CHECK(sent.message.correlation_data == std::string("\0\1", 2));
}

TEST_CASE("what the line reports arrives as it was said", "[link]") {
  const auto up = through<link_report::Up>(link_report::Up{9, {20, 1u << 20, "host:1"}});
  CHECK(up.attempt == 9);
  CHECK(up.limits.receive_maximum == 20);
  CHECK(up.limits.maximum_packet_size == 1u << 20);
  CHECK(up.limits.broker == "host:1");
  const auto down =
      through<link_report::Down>(link_report::Down{9, LinkFailure::unreachable, "why"});
  CHECK(down.failure == LinkFailure::unreachable);
  CHECK(down.detail == "why");
  const auto ack = through<link_report::BrokerAck>(link_report::BrokerAck{9, 77, 0x97});
  CHECK(ack.id == 77);
  CHECK(ack.reason_code == 0x97);
  const auto heard = through<link_report::Heard>(link_report::Heard{9, {"t", "p", "r", "c"}});
  CHECK(heard.message.topic == "t");
  CHECK(heard.message.payload == "p");
  CHECK(heard.message.response_topic == "r");
  CHECK(heard.message.correlation_data == "c");
  through<link_report::Beat>(link_report::Beat{});
}

TEST_CASE("a frame that lacks a byte or has one more is refused", "[link]") {
  const std::string whole =
      GENERATE(body_of(encode(LinkCommand(begin()))), body_of(encode(LinkCommand(publish()))),
               body_of(encode(LinkCommand(link_command::Connect{1, 2}))));
  REQUIRE(decode_command(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(decode_command(whole.substr(0, size)));
  }
  CHECK_FALSE(decode_command(whole + '\0'));
}

TEST_CASE("a frame with a value that nothing means is refused", "[link]") {
  std::string down = body_of(encode(LinkReport(link_report::Down{})));
  down[9] = static_cast<char>(LinkFailure::unreachable) + 1;
  CHECK_FALSE(decode_report(down));
  CHECK_FALSE(decode_report("\x05"));
  CHECK_FALSE(decode_report(""));
  link_command::Begin crowded = begin();
  crowded.options.urls.assign(most_texts + 1, "mqtt://a");
  CHECK_FALSE(decode_command(body_of(encode(LinkCommand(crowded)))));
}

TEST_CASE("frames come out whole, in whatever pieces they go in", "[link]") {
  const std::string first = bytes_of(encode(LinkCommand(publish())));
  const std::string second = bytes_of(encode(LinkCommand(link_command::Disconnect{})));
  const std::string all = first + second + first;
  const std::size_t piece = GENERATE(1u, 2u, 3u, 7u, 50u, 1000u);
  LinkFrameReader reader;
  std::vector<std::string> bodies;
  for (std::size_t at = 0; at < all.size(); at += piece) {
    reader.add(std::string_view(all).substr(at, piece));
    for (auto body = reader.next(); body.value(); body = reader.next()) {
      bodies.emplace_back(**body);
    }
  }
  CHECK(bodies == std::vector<std::string>{first.substr(4), second.substr(4), first.substr(4)});
}

TEST_CASE("a frame that would be too large is refused before any of it is kept", "[link]") {
  LinkFrameReader reader;
  reader.add(std::string("\x01\x00\x50\x00", 4));  // 5 MiB and one byte
  CHECK_FALSE(reader.next());
  LinkFrameReader just;
  just.add(std::string("\x00\x00\x50\x00", 4));
  CHECK(just.next());
}
