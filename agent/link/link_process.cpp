#include "agent/link/link_process.h"

#include <asio/post.hpp>

#include <utility>

#include "agent/base/log.h"
#include "agent/base/version.h"
#include "agent/link/link_program.h"

namespace storeward {
namespace {

constexpr Millis end_patience{1'000};       // of a child that is of no use any more
constexpr Millis farewell_patience{500};    // for what still waits at the end of the agent
constexpr Millis shutdown_patience{2'500};  // the child says goodbye to the broker meanwhile
constexpr int silence_looks = 9;            // within the limit
// What nobody waits for (heads, state, answers), if the child does not take it.
constexpr std::size_t most_waiting_bytes = 8u << 20;

std::string explain(const ChildExit& exit, const std::string& broker) {
  const std::string program = link_program::name;
  if (exit.signal != 0) return program + " was ended by " + to_text(exit);
  switch (exit.code) {
    case link_program::out_of_memory:
      return (broker.empty() ? "" : broker + ": ") +
             "the broker sent a packet larger than allowed; the connection was closed";
    case link_program::other_version:
      return program + " is of another version than storeward; restart the service";
    case ChildExit::not_started:
      return program + " cannot be executed; install the package again";
    default:
      return program + " ended with " + to_text(exit);
  }
}

}  // namespace

LinkProcess::LinkProcess(asio::io_context& io, LinkProcessOptions options, HubLinkEvents events)
    : io_(io), options_(std::move(options)), events_(std::move(events)), silence_(io) {
  // Now, so that an upgrade of the package while we run does not give us a program that is not
  // ours. What fails is tried again and told at connect().
  (void)program();
}

LinkProcess::~LinkProcess() {
  if (!child_) return;
  if (stream_) {
    stream_->finish(farewell_patience);
    child_->wait(shutdown_patience);
    stream_->close();
  }
}

Result<ChildProgram> LinkProcess::program() {
  if (!file_) {
    auto opened = options_.program.empty() ? ProgramFile::beside_this_one(link_program::name)
                                           : ProgramFile::open(options_.program);
    if (!opened) return Unexpected{opened.error()};
    file_.emplace(std::move(*opened));
  }
  return file_->program();
}

Result<void> LinkProcess::start_child() {
  const auto program_now = program();
  if (!program_now) return Unexpected{program_now.error()};
  auto started =
      ChildProcess::start(io_, *program_now, [this](const ChildExit& exit) { on_exit(exit); });
  if (!started) return Unexpected{started.error()};
  child_ = std::move(*started);
  ending_because_.clear();
  stream_ = FrameStream::start(std::move(child_->stream()),
                               {.on_frame = [this](std::string_view body) { on_frame(body); },
                                .on_end = [this](const std::string& why) { end_child(why); }});
  stream_->send(encode(link_command::Begin{.version = version,
                                           .log_json = log::format() == log::Format::json,
                                           .log_level = log::level(),
                                           .options = options_.mqtt}));
  silent_for_ = Millis{0};
  listen_for_silence();
  return {};
}

void LinkProcess::connect(std::size_t broker_index) {
  ++attempt_;
  pursued_ = true;
  forget_messages();
  if (!child_) {
    if (const auto started = start_child(); !started) return down_later(started.error().message);
  }
  // A child that is ending ends this attempt too: see on_exit().
  if (!stream_) return;
  stream_->send(encode(link_command::Connect{attempt_, static_cast<std::uint32_t>(broker_index)}));
}

void LinkProcess::disconnect() {
  ++attempt_;
  pursued_ = false;
  forget_messages();
  if (stream_) stream_->send(encode(link_command::Disconnect{}));
}

void LinkProcess::set_will(std::string payload) {
  options_.mqtt.will_payload = payload;
  if (stream_) stream_->send(encode(link_command::SetWill{std::move(payload)}));
}

void LinkProcess::publish(PublishId id, OutgoingMessage message) {
  if (!pursued_ || !stream_) return;  // on_down is on its way
  LinkFrame frame = encode(link_command::Publish{id, std::move(message)});
  if (frame.size() > most_frame_bytes) {
    log::debug("hub: {} bytes not sent, too much for one message", frame.size());
    if (id == 0) return;
    return asio::post(io_,
                      [this, id, attempt = attempt_, alive = std::weak_ptr<const bool>(alive_)] {
                        if (!alive.expired())
                          on_report(link_report::BrokerAck{attempt, id, reason_packet_too_large});
                      });
  }
  if (id == 0) {
    if (stream_->waiting_bytes() < most_waiting_bytes) stream_->send(std::move(frame));
    return;
  }
  held_.push_back({id, std::move(frame)});
  send_held();
}

// One is let through whatever its size.
void LinkProcess::send_held() {
  while (stream_ && !held_.empty()) {
    const std::size_t size = held_.front().frame.size();
    if (!in_flight_.empty() && in_flight_bytes_ + size > most_in_flight_bytes) return;
    in_flight_bytes_ += size;
    in_flight_[held_.front().id] = size;
    stream_->send(std::move(held_.front().frame));
    held_.pop_front();
  }
}

void LinkProcess::forget_messages() {
  held_.clear();
  in_flight_.clear();
  in_flight_bytes_ = 0;
}

void LinkProcess::on_frame(std::string_view body) {
  silent_for_ = Millis{0};
  const auto report = decode_report(body);
  if (!report) return end_child(report.error().message);
  std::visit([this](const auto& one) { on_report(one); }, *report);
}

void LinkProcess::on_report(const link_report::Up& up) {
  if (!is_current(up.attempt)) return;
  broker_ = up.limits.broker;
  events_.on_up(up.limits);
}

void LinkProcess::on_report(const link_report::Down& report) {
  if (is_current(report.attempt)) down(report.failure, report.detail);
}

void LinkProcess::on_report(const link_report::BrokerAck& ack) {
  if (!is_current(ack.attempt)) return;
  if (const auto sent = in_flight_.find(ack.id); sent != in_flight_.end()) {
    in_flight_bytes_ -= sent->second;
    in_flight_.erase(sent);
  }
  send_held();
  events_.on_broker_ack(ack.id, ack.reason_code);
}

void LinkProcess::on_report(const link_report::Heard& heard) {
  if (is_current(heard.attempt)) events_.on_message(heard.message);
}

// Whatever it was, the child is of no use any more; on_exit() tells the forwarder.
void LinkProcess::end_child(std::string why) {
  if (!stream_) return;
  ending_because_ = std::move(why);
  stream_->close();
  stream_.reset();
  child_->terminate(end_patience);
}

void LinkProcess::on_exit(const ChildExit& exit) {
  silence_.cancel();
  if (stream_) stream_->close();
  stream_.reset();
  child_.reset();
  const bool by_memory = exit.signal == 0 && exit.code == link_program::out_of_memory;
  const std::string detail = ending_because_.empty()
                                 ? explain(exit, broker_)
                                 : std::string(link_program::name) + ": " + ending_because_;
  // Only what the broker did counts as a lost connection: of that the forwarder suspects the
  // events that were in flight, and nothing may be withheld because a process of ours has died.
  down(by_memory ? LinkFailure::lost : LinkFailure::unreachable, detail);
}

// In looks and not by the clock: after a stop of both processes the beats are still to be read.
void LinkProcess::listen_for_silence() {
  const Millis interval = options_.silence_limit / silence_looks;
  silence_.expires_after(interval);
  silence_.async_wait([this, interval, alive = std::weak_ptr<const bool>(alive_)](
                          const asio::error_code& cancelled) {
    if (cancelled || alive.expired() || !stream_) return;
    silent_for_ += interval;
    if (silent_for_ <= options_.silence_limit) return listen_for_silence();
    log::debug("hub: process {} has not answered for {} ms", child_->pid(), silent_for_.count());
    end_child("no sign of life for " + std::to_string(options_.silence_limit.count() / 1000) +
              " s (a name look-up hangs?); it was ended");
  });
}

void LinkProcess::down(LinkFailure failure, const std::string& detail) {
  if (!std::exchange(pursued_, false)) return;
  broker_.clear();
  forget_messages();
  events_.on_down(failure, detail);
}

void LinkProcess::down_later(std::string detail) {
  asio::post(io_, [this, detail = std::move(detail), attempt = attempt_,
                   alive = std::weak_ptr<const bool>(alive_)] {
    if (!alive.expired() && is_current(attempt)) down(LinkFailure::unreachable, detail);
  });
}

}  // namespace storeward
