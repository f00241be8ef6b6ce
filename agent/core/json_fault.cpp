#include "agent/core/json_fault.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agent/core/utf8.h"

namespace storeward {
namespace {

// Follows the text as simdjson has read it and stops at the first thing it refuses.
class FaultFinder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit FaultFinder(const std::size_t& position) : position_(position) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t value, const string_t& written) override {
    const bool whole = written.find_first_of(".eE") == string_t::npos;
    if (!whole && std::isfinite(value)) return true;
    return stop(whole ? "an integer beyond 64 bit" : "a number too large to be represented",
                written.size());
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return deeper(); }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return --depth_, true; }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    fault_.at = position == 0 ? 0 : position - 1;
    fault_.reason = error.id == 406 ? "a number too large to be represented" : "not JSON";
    if (error.id == 406) fault_.at = last_byte() - std::min(last_byte(), token.size());
    return false;
  }

  const JsonFault& fault() const { return fault_; }

 private:
  std::size_t last_byte() const { return position_ == 0 ? 0 : position_ - 1; }
  bool stop(const char* reason, std::size_t token_size = 0) {
    fault_ = {reason, last_byte() - std::min(last_byte(), token_size)};
    return false;
  }
  bool deeper() {
    if (++depth_ < max_json_depth) return true;
    return stop("nested deeper than the limit of 64");
  }

  const std::size_t& position_;
  std::size_t depth_ = 0;
  JsonFault fault_{"not JSON", std::nullopt};
};

// An input iterator that counts what has been read.
class CountingCursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingCursor(const char* at, std::size_t* count) : at_(at), count_(count) {}
  reference operator*() const { return *at_; }
  CountingCursor& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  bool operator==(const CountingCursor& other) const { return at_ == other.at_; }
  bool operator!=(const CountingCursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  std::size_t* count_;
};

}  // namespace

JsonFault explain_unreadable(std::string_view text, bool not_utf8) {
  if (text.starts_with(byte_order_mark)) return {"a byte order mark before the JSON text", 0};
  std::size_t position = 0;
  FaultFinder finder(position);
  nlohmann::json::sax_parse(CountingCursor(text.data(), &position),
                            CountingCursor(text.data() + text.size(), &position), &finder);
  JsonFault fault = finder.fault();
  if (not_utf8) fault.reason = "not UTF-8";
  return fault;
}

}  // namespace storeward
