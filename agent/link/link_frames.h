// What the agent and its line to the broker (the program storeward-link) say to each other: the
// agent's commands, the line's reports, and the frames that carry them. Pure.
//
// A frame is its length (4 bytes, little endian, without themselves), a kind (1 byte) and the
// fields in order; numbers are little endian, texts have their length in 4 bytes before them. There
// is one way to write a frame. Neither side trusts the other's bytes: whatever is not exactly a
// frame is an error, and a length above most_frame_bytes is one before any of it is kept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/base/result.h"
#include "agent/core/hub_link.h"
#include "agent/link/mqtt_options.h"

namespace storeward {

// A message from the broker may have 4 MiB (agent/mqtt), one of ours a little over 256 KiB.
constexpr std::size_t most_frame_bytes = 5u << 20;
constexpr std::size_t most_texts = 64;  // brokers, subscriptions

namespace link_command {

struct Begin {          // the first, and only the first
  std::string version;  // both programs are of one package
  bool log_json = false;
  std::string log_level;
  MqttOptions options;
};
struct SetWill {
  std::string payload;
};
struct Connect {
  std::uint64_t attempt = 0;  // what is reported of it bears the same number
  std::uint32_t broker_index = 0;
};
struct Disconnect {};
struct Publish {
  PublishId id = 0;
  OutgoingMessage message;
};

}  // namespace link_command

using LinkCommand = std::variant<link_command::Begin, link_command::SetWill, link_command::Connect,
                                 link_command::Disconnect, link_command::Publish>;

namespace link_report {

struct Up {
  std::uint64_t attempt = 0;
  LinkLimits limits;
};
struct Down {
  std::uint64_t attempt = 0;
  LinkFailure failure = LinkFailure::lost;
  std::string detail;
};
struct BrokerAck {
  std::uint64_t attempt = 0;
  PublishId id = 0;
  std::uint8_t reason_code = 0;
};
struct Heard {
  std::uint64_t attempt = 0;
  IncomingMessage message;
};
struct Beat {};  // the thread that calls Paho makes progress

}  // namespace link_report

using LinkReport = std::variant<link_report::Up, link_report::Down, link_report::BrokerAck,
                                link_report::Heard, link_report::Beat>;

// As it goes out. The payload of a publish is shared with whoever keeps it, not copied.
struct LinkFrame {
  std::string head;
  std::shared_ptr<const std::string> rest;  // may be null
  std::size_t size() const { return head.size() + (rest ? rest->size() : 0); }
};

LinkFrame encode(const LinkCommand& command);
LinkFrame encode(const LinkReport& report);

// Of a frame's body: kind and fields, without the length.
Result<LinkCommand> decode_command(std::string_view body);
Result<LinkReport> decode_report(std::string_view body);

// Bytes in, bodies of frames out.
class LinkFrameReader {
 public:
  void add(std::string_view bytes);
  // The next body, valid until the next add(); nothing: more bytes are needed. After an error there
  // is no way to go on.
  Result<std::optional<std::string_view>> next();

 private:
  std::string bytes_;
  std::size_t given_out_ = 0;  // of bytes_
};

}  // namespace storeward
