#include "agent/http/session.h"

#include "agent/http/message.h"

namespace storeward::http {
namespace {

// Requests up to this size always find room: only the large ones compete for the shared bytes.
constexpr std::size_t uncounted_bytes = 16 * 1024;

std::string last_answer(int status, std::string_view reason) {
  const HttpResponse response = error_response(status, reason);
  std::string text = "HTTP/1.1 " + std::to_string(status) + ' ';
  text += reason_phrase(status);
  text += "\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: " +
          std::to_string(response.body.size());
  if (status == 503) text += "\r\nRetry-After: 1";
  text += "\r\nConnection: close\r\n\r\n" + response.body;
  return text;
}

}  // namespace

Session::Session(std::shared_ptr<ConnectionStream> stream, std::shared_ptr<ConnectionTable> table,
                 const FramingLimits& limits, Millis handshake_timeout)
    : stream_(std::move(stream)),
      table_(std::move(table)),
      framing_(limits),
      handshake_deadline_(stream_->get_executor()),
      handshake_timeout_(handshake_timeout) {
  place_in_ = table_->unproven.insert(table_->unproven.end(), this);
  place_ = Place::unproven;
}

Session::~Session() {
  leave_place();
  release_buffered();
}

void Session::leave_place() {
  if (place_ == Place::unproven) table_->unproven.erase(place_in_);
  if (place_ == Place::idle) table_->idle.erase(place_in_);
  place_ = Place::nowhere;
}

void Session::release_buffered() {
  table_->unbuffer(buffered_bytes_);
  buffered_bytes_ = 0;
}

void Session::begin_waiting() {
  if (framing_.state() != RequestFraming::State::complete) return;
  framing_.next();
  release_buffered();
  if (!left_over_.empty()) return;
  place_in_ = table_->idle.insert(table_->idle.end(), this);
  place_ = Place::idle;
}

std::size_t Session::take_left_over(asio::mutable_buffer target) {
  const std::size_t length = std::min(left_over_.size(), target.size());
  std::memcpy(target.data(), left_over_.data(), length);
  left_over_.erase(0, length);
  return length;
}

std::size_t Session::admit(const char* bytes, std::size_t length) {
  if (place_ == Place::idle) leave_place();
  std::size_t consumed = 0;
  const RequestFraming::State state = framing_.feed({bytes, length}, consumed);
  if (state == RequestFraming::State::refused) {
    refuse(framing_.status(), framing_.reason());
    return 0;
  }
  if (buffered_bytes_ != 0 || consumed > uncounted_bytes / 2 ||
      framing_.body_announced() > uncounted_bytes) {
    if (!table_->buffer(consumed)) {
      refuse(503, "too many large requests at the same time");
      return 0;
    }
    buffered_bytes_ += consumed;
  }
  if (state == RequestFraming::State::complete) {
    leave_place();
    left_over_.insert(0, bytes + consumed, length - consumed);
  } else if (framing_.take_expects_continue()) {
    send_aside(stream_, "HTTP/1.1 100 Continue\r\n\r\n");
  }
  return consumed;
}

void Session::refuse(int status, std::string_view reason) {
  closed_ = true;
  leave_place();
  asio::error_code ignored;
  stream_->tcp().cancel(ignored);
  send_and_linger(stream_, last_answer(status, reason));
}

void Session::close() {
  closed_ = true;
  leave_place();
  stream_->close();
}

void Session::on_library_close() {
  if (closed_) return;
  if (delivering_) {
    refuse(400, "the request is not valid HTTP");
  } else if (framing_.state() == RequestFraming::State::partial && !peer_gone_) {
    refuse(408, "the request did not arrive in time");
  } else {
    close();
  }
}

}  // namespace storeward::http
