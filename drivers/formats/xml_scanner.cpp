#include "drivers/formats/xml_scanner.h"

#include <algorithm>
#include <charconv>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

bool starts_name(char c) {
  return is_letter(c) || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}
bool in_name(char c) {
  return starts_name(c) || is_digit(c) || c == '-' || c == '.';
}

// A character of XML 1.0 (production 2).
bool is_character(std::uint32_t code) {
  return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

bool known_reference(std::string_view word) {
  for (const std::string_view name : {"amp", "lt", "gt", "quot", "apos"}) {
    if (word == name) return true;
  }
  if (!word.starts_with('#')) return false;
  const bool hex = word.starts_with("#x");
  word.remove_prefix(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(word.data(), word.data() + word.size(), code, hex ? 16 : 10);
  return error == std::errc{} && end == word.data() + word.size() && is_character(code);
}

// The value of encoding="…" in the text of an XML declaration; empty if there is none.
std::string_view encoding_of(std::string_view declaration) {
  std::size_t at = declaration.find("encoding");
  if (at == std::string_view::npos) return {};
  at = declaration.find_first_of("'\"", at);
  if (at == std::string_view::npos) return {};
  const std::size_t end = declaration.find(declaration[at], at + 1);
  return end == std::string_view::npos ? std::string_view{}
                                       : declaration.substr(at + 1, end - at - 1);
}

constexpr std::size_t max_word_bytes = 1024;

}  // namespace

XmlToken XmlScanner::next(std::string_view bytes) {
  if (!within_token_) {
    begin_ = position_;
    begin_line_ = line_;
    tag_ = false;
  }
  std::size_t at = 0;
  XmlToken token = none;
  while (token == none && at < bytes.size()) {
    within_token_ = true;
    const std::uint64_t tag_end = begin_ + max_tag_bytes_ - position_;
    token = tag_ && at >= tag_end ? wrong("a tag longer than a record may be")
                                  : step(tag_ ? bytes.substr(0, tag_end) : bytes, at);
  }
  line_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.begin() + at, '\n'));
  position_ += at;
  if (token != none) within_token_ = false;
  return token;
}

void XmlScanner::rewind(std::uint64_t position, std::uint64_t line) {
  position_ = position;
  line_ = line;
  state_ = State::text;
  within_token_ = false;
}

XmlToken XmlScanner::wrong(std::string_view reason) {
  reason_ = reason;
  state_ = State::text;
  return XmlToken::wrong;
}

XmlToken XmlScanner::step(std::string_view bytes, std::size_t& at) {
  switch (state_) {
    case State::text:
      return step_text(bytes, at);
    case State::reference:
      return step_reference(bytes[at], at);
    case State::markup:
      return step_markup(bytes[at], at);
    case State::bang:
      return step_bang(bytes[at], at);
    case State::comment:
    case State::cdata:
    case State::instruction:
      return step_aside(bytes, at);
    case State::open_name:
      return step_open_name(bytes[at], at);
    case State::in_tag:
      return step_in_tag(bytes, at);
    case State::attribute:
      return step_attribute(bytes, at);
    case State::close_name:
    case State::behind_close_name:
      return step_close_name(bytes[at], at);
  }
  return none;
}

XmlToken XmlScanner::step_text(std::string_view bytes, std::size_t& at) {
  const std::size_t from = at;
  while (at < bytes.size() && bytes[at] != '<' && bytes[at] != '&') ++at;
  if (at > from) return XmlToken::text;
  word_.clear();
  after_reference_ = State::text;
  state_ = bytes[at++] == '&' ? State::reference : State::markup;
  return none;
}

XmlToken XmlScanner::step_reference(char c, std::size_t& at) {
  constexpr std::size_t longest = 8;  // #x10FFFF
  if (c != ';') {
    if (!(is_letter(c) || is_digit(c) || c == '#') || word_.size() == longest) {
      return wrong("an & that begins none of &amp; &lt; &gt; &quot; &apos; or a number");
    }
    word_.push_back(c);
    ++at;
    return none;
  }
  ++at;
  if (!known_reference(word_)) {
    return wrong(
        "a reference to an entity; only &amp; &lt; &gt; &quot; &apos; and numbers of "
        "characters are taken");
  }
  state_ = after_reference_;
  return state_ == State::text ? XmlToken::text : none;
}

XmlToken XmlScanner::step_markup(char c, std::size_t& at) {
  run_ = 0;
  name_.clear();
  attributes_ = 0;
  slash_ = false;
  tag_ = starts_name(c) || c == '/';
  if (starts_name(c)) {
    state_ = State::open_name;
    return none;
  }
  if (c != '!' && c != '?' && c != '/') return wrong("a < that opens no tag");
  ++at;
  state_ = c == '!' ? State::bang : c == '?' ? State::instruction : State::close_name;
  return none;
}

XmlToken XmlScanner::step_bang(char c, std::size_t& at) {
  constexpr std::string_view comment = "--", cdata = "[CDATA[";
  word_.push_back(c);
  if (comment.starts_with(word_) || cdata.starts_with(word_)) {
    ++at;
    if (word_ == comment) state_ = State::comment;
    if (word_ == cdata) state_ = State::cdata;
    return none;
  }
  if (!is_letter(word_.front())) return wrong("a <! that opens neither a comment nor CDATA");
  ++at;
  reason_ =
      "a document type (DOCTYPE) or another declaration: sources that bring their own are not "
      "read; have it written without";
  return XmlToken::refused;
}

// Ends with -->, ]]> or ?>.
XmlToken XmlScanner::step_aside(std::string_view bytes, std::size_t& at) {
  const char mark = state_ == State::comment ? '-' : state_ == State::cdata ? ']' : '?';
  const std::size_t needed = state_ == State::instruction ? 1 : 2;
  while (at < bytes.size()) {
    const char c = bytes[at++];
    if (c == '>' && run_ >= needed) return end_of_aside();
    run_ = c == mark ? run_ + 1 : 0;
    if (state_ == State::instruction && word_.size() < max_word_bytes) word_.push_back(c);
  }
  return none;
}

XmlToken XmlScanner::end_of_aside() {
  const State ended = state_;
  state_ = State::text;
  if (ended == State::cdata) return XmlToken::cdata;
  if (ended == State::comment) return XmlToken::aside;
  const bool declares = word_.starts_with("xml") && word_.size() > 3 && is_white_space(word_[3]);
  if (!declares) return XmlToken::aside;
  encoding_ = encoding_of(word_);
  return XmlToken::declaration;
}

XmlToken XmlScanner::step_open_name(char c, std::size_t& at) {
  if (!in_name(c)) {
    state_ = State::in_tag;
    return none;
  }
  if (name_.size() == max_name_bytes) return wrong("a name longer than 512 bytes");
  name_.push_back(c);
  ++at;
  return none;
}

XmlToken XmlScanner::step_in_tag(std::string_view bytes, std::size_t& at) {
  while (at < bytes.size()) {
    const char c = bytes[at];
    if (c == '<') return wrong("a tag without its >");
    ++at;
    if (c == '>') {
      state_ = State::text;
      return slash_ ? XmlToken::empty : XmlToken::open;
    }
    slash_ = c == '/';
    if (c == '=' && ++attributes_ > max_attributes) {
      return wrong("an element with more than 10000 attributes");
    }
    if (c == '"' || c == '\'') {
      quote_ = c;
      state_ = State::attribute;
      return none;
    }
  }
  return none;
}

XmlToken XmlScanner::step_attribute(std::string_view bytes, std::size_t& at) {
  while (at < bytes.size()) {
    const char c = bytes[at];
    if (c == '<') return wrong("a < within an attribute, or a quote that never ends");
    ++at;
    if (c == quote_) {
      state_ = State::in_tag;
      return none;
    }
    if (c == '&') {
      word_.clear();
      after_reference_ = State::attribute;
      state_ = State::reference;
      return none;
    }
  }
  return none;
}

XmlToken XmlScanner::step_close_name(char c, std::size_t& at) {
  if (c == '>' && !name_.empty()) {
    ++at;
    state_ = State::text;
    return XmlToken::close;
  }
  if (is_white_space(c) && !name_.empty()) {
    state_ = State::behind_close_name;
  } else if (state_ == State::close_name && in_name(c) && name_.size() < max_name_bytes) {
    name_.push_back(c);
  } else {
    return wrong("a closing tag that is none");
  }
  ++at;
  return none;
}

}  // namespace storeward
