#include "agent/link/link_frames.h"

#include <type_traits>
#include <utility>

namespace storeward {
namespace {

constexpr std::size_t length_bytes = 4;
// A buffer that once held a large frame is given back.
constexpr std::size_t most_kept_bytes = 64u << 10;

template <typename Number>
void put_number(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i)));
  }
}

template <typename Number>
Number number_in(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  }
  return static_cast<Number>(number);
}

// Writes one frame, fields in the order in which they are shown to it.
class Writer {
 public:
  explicit Writer(std::size_t kind) : out_(length_bytes, '\0') {
    out_.push_back(static_cast<char>(kind));
  }

  template <typename Number>
  requires std::is_unsigned_v<Number>
  void field(const Number& number) { put_number(out_, number); }
  void field(const bool& flag) { out_.push_back(flag ? 1 : 0); }
  void field(const LinkFailure& failure) { out_.push_back(static_cast<char>(failure)); }
  void field(const Millis& time) { put_number(out_, static_cast<std::uint64_t>(time.count())); }
  void field(const std::string& text) {
    put_number(out_, static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }
  void field(const std::filesystem::path& path) { field(path.native()); }
  void field(const std::vector<std::string>& texts) {
    put_number(out_, static_cast<std::uint32_t>(texts.size()));
    for (const std::string& text : texts) field(text);
  }
  void last_field(const std::shared_ptr<const std::string>& payload) {
    put_number(out_, static_cast<std::uint32_t>(payload ? payload->size() : 0));
    rest_ = payload;
  }

  LinkFrame frame() {
    LinkFrame made{std::move(out_), std::move(rest_)};
    std::string length;
    put_number(length, static_cast<std::uint32_t>(made.size() - length_bytes));
    made.head.replace(0, length_bytes, length);
    return made;
  }

 private:
  std::string out_;
  std::shared_ptr<const std::string> rest_;
};

// Reads one frame's fields; what does not fit leaves it failed and the rest untouched.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  requires std::is_unsigned_v<Number>
  void field(Number& number) {
    const std::string_view taken = take(sizeof number);
    if (!failed_) number = number_in<Number>(taken);
  }
  void field(bool& flag) { flag = small(1) == 1; }
  void field(LinkFailure& failure) {
    failure = static_cast<LinkFailure>(small(static_cast<std::uint8_t>(LinkFailure::unreachable)));
  }
  void field(Millis& time) {
    std::uint64_t count = 0;
    field(count);
    // What fits a timer; times on this line are seconds.
    if (count > 1'000'000'000) failed_ = true;
    if (!failed_) time = Millis{static_cast<Millis::rep>(count)};
  }
  void field(std::string& text) {
    std::uint32_t size = 0;
    field(size);
    text = take(size);
  }
  void field(std::filesystem::path& path) {
    std::string text;
    field(text);
    path = std::move(text);
  }
  void field(std::vector<std::string>& texts) {
    std::uint32_t count = 0;
    field(count);
    if (count > most_texts) failed_ = true;
    for (std::uint32_t i = 0; i < count && !failed_; ++i) field(texts.emplace_back());
  }
  void last_field(std::shared_ptr<const std::string>& payload) {
    std::string text;
    field(text);
    payload = std::make_shared<const std::string>(std::move(text));
  }

  bool complete() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    if (failed_ || count > bytes_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::uint8_t small(std::uint8_t most) {
    std::uint8_t number = 0;
    field(number);
    if (number > most) failed_ = true;
    return failed_ ? 0 : number;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

// The fields of each kind, once for both directions.

template <typename Bytes, typename Value>
void fields_of_options(Bytes& bytes, Value& options) {
  bytes.field(options.urls);
  bytes.field(options.protocol);
  bytes.field(options.client_id);
  bytes.field(options.username);
  bytes.field(options.password);
  bytes.field(options.ca_file);
  bytes.field(options.cert_file);
  bytes.field(options.key_file);
  bytes.field(options.proxy);
  bytes.field(options.subscriptions);
  bytes.field(options.will_topic);
  bytes.field(options.will_payload);
  bytes.field(options.keep_alive);
  bytes.field(options.connect_timeout);
}

template <typename Bytes, typename Value>
void fields(Bytes& bytes, Value& value) {
  using Kind = std::remove_const_t<Value>;
  if constexpr (std::is_same_v<Kind, link_command::Begin>) {
    bytes.field(value.version);
    bytes.field(value.log_json);
    bytes.field(value.log_level);
    fields_of_options(bytes, value.options);
  } else if constexpr (std::is_same_v<Kind, link_command::SetWill>) {
    bytes.field(value.payload);
  } else if constexpr (std::is_same_v<Kind, link_command::Connect>) {
    bytes.field(value.attempt);
    bytes.field(value.broker_index);
  } else if constexpr (std::is_same_v<Kind, link_command::Publish>) {
    bytes.field(value.id);
    bytes.field(value.message.topic);
    bytes.field(value.message.retained);
    bytes.field(value.message.content_type);
    bytes.field(value.message.epoch);
    bytes.field(value.message.first);
    bytes.field(value.message.last);
    bytes.field(value.message.codec);
    bytes.field(value.message.correlation_data);
    bytes.last_field(value.message.payload);
  } else if constexpr (std::is_same_v<Kind, link_report::Up>) {
    bytes.field(value.attempt);
    bytes.field(value.limits.receive_maximum);
    bytes.field(value.limits.maximum_packet_size);
    bytes.field(value.limits.broker);
  } else if constexpr (std::is_same_v<Kind, link_report::Down>) {
    bytes.field(value.attempt);
    bytes.field(value.failure);
    bytes.field(value.detail);
  } else if constexpr (std::is_same_v<Kind, link_report::BrokerAck>) {
    bytes.field(value.attempt);
    bytes.field(value.id);
    bytes.field(value.reason_code);
  } else if constexpr (std::is_same_v<Kind, link_report::Heard>) {
    bytes.field(value.attempt);
    bytes.field(value.message.topic);
    bytes.field(value.message.payload);
    bytes.field(value.message.response_topic);
    bytes.field(value.message.correlation_data);
  } else {
    static_assert(std::is_empty_v<Kind>);
  }
}

template <typename Frame>
LinkFrame encode_any(const Frame& frame) {
  Writer writer(frame.index());
  std::visit([&writer](const auto& value) { fields(writer, value); }, frame);
  return writer.frame();
}

template <typename Frame, std::size_t kind = 0>
Result<Frame> decode_any(std::size_t wanted, std::string_view bytes) {
  if constexpr (kind < std::variant_size_v<Frame>) {
    if (wanted != kind) return decode_any<Frame, kind + 1>(wanted, bytes);
    std::variant_alternative_t<kind, Frame> value;
    Reader reader(bytes);
    fields(reader, value);
    if (!reader.complete()) return fail("a frame of kind " + std::to_string(kind) + " is broken");
    return Frame(std::in_place_index<kind>, std::move(value));
  } else {
    return fail("a frame has the unknown kind " + std::to_string(wanted));
  }
}

template <typename Frame>
Result<Frame> decode_body(std::string_view body) {
  if (body.empty()) return fail("a frame is empty");
  return decode_any<Frame>(static_cast<std::uint8_t>(body.front()), body.substr(1));
}

}  // namespace

LinkFrame encode(const LinkCommand& command) {
  return encode_any(command);
}

LinkFrame encode(const LinkReport& report) {
  return encode_any(report);
}

Result<LinkCommand> decode_command(std::string_view body) {
  return decode_body<LinkCommand>(body);
}

Result<LinkReport> decode_report(std::string_view body) {
  return decode_body<LinkReport>(body);
}

void LinkFrameReader::add(std::string_view bytes) {
  bytes_.erase(0, std::exchange(given_out_, 0));
  if (bytes_.empty() && bytes_.capacity() > most_kept_bytes) bytes_ = std::string();
  bytes_.append(bytes);
}

Result<std::optional<std::string_view>> LinkFrameReader::next() {
  const std::string_view waiting = std::string_view(bytes_).substr(given_out_);
  if (waiting.size() < length_bytes) return std::optional<std::string_view>();
  const auto length = number_in<std::uint32_t>(waiting);
  if (length > most_frame_bytes) {
    return fail("a frame of " + std::to_string(length) + " bytes is too large");
  }
  if (waiting.size() - length_bytes < length) return std::optional<std::string_view>();
  given_out_ += length_bytes + length;
  return std::optional(waiting.substr(length_bytes, length));
}

}  // namespace storeward
