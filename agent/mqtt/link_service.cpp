#include "agent/mqtt/link_service.h"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <memory>
#include <utility>

#include "agent/base/log.h"
#include "agent/base/program_pages.h"
#include "agent/base/version.h"
#include "agent/core/json_text.h"
#include "agent/link/frame_stream.h"
#include "agent/link/link_frames.h"
#include "agent/link/link_program.h"
#include "agent/mqtt/mqtt_hub_link.h"
#include "agent/mqtt/tcp_no_delay.h"

namespace storeward {
namespace {

constexpr std::size_t most_waiting_bytes = 4u << 20;
constexpr Millis hub_thread_limit{5'000};  // it beats each second

class LinkService {
 public:
  explicit LinkService(int descriptor) : beat_(io_) {
    FrameStream::Socket socket(io_, asio::local::stream_protocol(), descriptor);
    stream_ = FrameStream::start(std::move(socket),
                                 {.on_frame = [this](std::string_view body) { on_frame(body); },
                                  .on_end =
                                      [this](const std::string& why) {
                                        end(why.empty() ? 0 : link_program::not_understood);
                                      }});
  }

  int run() {
    io_.run();
    link_.reset();  // says goodbye to the broker
    return exit_code_;
  }

 private:
  void on_frame(std::string_view body) {
    const auto command = decode_command(body);
    const bool begins = command && std::holds_alternative<link_command::Begin>(*command);
    if (!command || begins == (link_ != nullptr)) return end(link_program::not_understood);
    std::visit([this](const auto& one) { obey(one); }, *command);
  }

  void obey(const link_command::Begin& begin) {
    log::start(begin.log_json ? log::Format::json : log::Format::text, begin.log_level,
               json_text::append_string);
    if (begin.version != version) return end(link_program::other_version);
    link_ = std::make_unique<MqttHubLink>(io_, begin.options, events());
    beat();
  }
  void obey(const link_command::SetWill& will) { link_->set_will(will.payload); }
  void obey(const link_command::Connect& connect) {
    attempt_ = connect.attempt;
    link_->connect(connect.broker_index);
  }
  void obey(const link_command::Disconnect&) { link_->disconnect(); }
  void obey(const link_command::Publish& publish) { link_->publish(publish.id, publish.message); }

  HubLinkEvents events() {
    return {.on_up =
                [this](const LinkLimits& limits) {
                  send_small_packets_at_once();
                  tell(link_report::Up{attempt_, limits});
                  release_program_pages();  // an attempt needs much of them
                },
            .on_down =
                [this](LinkFailure failure, const std::string& detail) {
                  tell(link_report::Down{attempt_, failure, detail});
                  release_program_pages();
                },
            .on_broker_ack =
                [this](PublishId id, std::uint8_t reason_code) {
                  tell(link_report::BrokerAck{attempt_, id, reason_code});
                },
            .on_message = [this](const IncomingMessage& message) { pass_on(message); }};
  }

  void tell(const LinkReport& report) { stream_->send(encode(report)); }

  void pass_on(const IncomingMessage& message) {
    LinkFrame frame = encode(link_report::Heard{attempt_, message});
    if (stream_->waiting_bytes() + frame.size() > most_waiting_bytes) {
      return log::debug("hub: {} bytes on {} dropped, too much waits", frame.size(), message.topic);
    }
    stream_->send(std::move(frame));
  }

  void beat() {
    if (link_->heartbeat().age() < hub_thread_limit) tell(link_report::Beat{});
    beat_.expires_after(link_program::beat_interval);
    beat_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) beat();
    });
  }

  void end(int exit_code) {
    exit_code_ = exit_code;
    io_.stop();
  }

  asio::io_context io_{1};
  asio::steady_timer beat_;
  std::shared_ptr<FrameStream> stream_;
  std::unique_ptr<MqttHubLink> link_;
  std::uint64_t attempt_ = 0;
  int exit_code_ = 0;
};

}  // namespace

int serve_link(int descriptor) {
  return LinkService(descriptor).run();
}

}  // namespace storeward
