// JsonCutter: where the values of a JSON source begin and end: documents one behind the other, and
// in place of a document that is an array its elements. Takes the source in any slices, looks at
// each byte once, and reads nothing but brackets, strings and commas. Pure; owned by one decoder.
//
// Invariants: values and wrongs follow each other, with nothing but blanks, commas and the brackets
// of outer arrays between them. Behind `lost` there is no cut that is sure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

enum class JsonCut : std::uint8_t { need_more, value, wrong, lost };

class JsonCutter {
 public:
  // Deeper is lost; what a record may have is much less.
  static constexpr std::size_t max_brackets = 10'000;

  // Where the first byte it will be given stands.
  explicit JsonCutter(std::uint64_t position = 0, std::uint64_t line = 1)
      : position_(position), line_(line) {}

  // `bytes` begin at position().
  JsonCut next(std::string_view bytes);
  // Nothing comes any more: a value that is whole, or what is not closed; need_more: all is well.
  JsonCut finish();

  std::uint64_t begin() const { return begin_; }  // of the value or wrong
  std::uint64_t begin_line() const { return begin_line_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t line() const { return line_; }
  bool within_value() const { return within_value_; }
  std::string_view reason() const { return reason_; }  // of wrong and lost

 private:
  enum class Expects : std::uint8_t { document, first_element, element, comma };

  bool step_between(char c, JsonCut& cut);
  bool step_within(char c, JsonCut& cut);
  bool close(char c, JsonCut& cut);
  JsonCut value_ends();
  JsonCut says(JsonCut cut, std::string_view reason);

  std::uint64_t position_, line_;
  std::uint64_t begin_ = 0, begin_line_ = 0;
  std::string open_brackets_;  // of the value
  Expects expects_ = Expects::document;
  bool within_value_ = false, in_string_ = false, escaped_ = false, scalar_ = false;
  std::string_view reason_;
};

}  // namespace storeward
