#include "drivers/formats/edi/tree.h"

#include <algorithm>
#include <array>

#include "agent/core/utf8.h"
#include "drivers/formats/edi/period.h"

namespace storeward {
namespace {

constexpr std::size_t named = 100;

constexpr auto two_digits = [] {
  std::array<std::array<char, 2>, named> names{};
  for (std::size_t i = 0; i < named; ++i) {
    names[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
  }
  return names;
}();

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

std::string latin_1_as_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return out;
}

// Where, behind a line break within the text, a segment seems to begin: its tag; or empty.
std::string_view swallowed_tag(std::string_view text, const EdiSyntax& syntax) {
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at)) {
    while (at < text.size() && is_edi_blank(text[at])) ++at;
    const std::size_t end = text.find(syntax.element, at);
    if (end == text.npos) return {};
    const std::string_view tag = text.substr(at, end - at);
    if (tag.size() <= 3 && is_edi_tag(tag)) return tag;
  }
  return {};
}

}  // namespace

std::string edi_line(std::uint64_t line) {
  return "line " + std::to_string(line) + ": ";
}

std::optional<std::string> EdiTree::read_charset(std::span<const Segment> segments,
                                                 const EdiCharset& charset) {
  using Kind = EdiCharset::Kind;
  bool ascii = true;
  const Segment* not_utf8 = nullptr;
  for (const Segment& segment : segments) {
    if (!is_ascii(segment.text)) {
      ascii = false;
      if (not_utf8 == nullptr && !is_utf8(segment.text)) not_utf8 = &segment;
    }
    if (segment.text.find('\n') == segment.text.npos) continue;
    const std::string_view tag = swallowed_tag(segment.text, syntax_);
    if (!tag.empty()) {
      return edi_line(segment.line) + "the segment before " + std::string(tag) +
             " has no terminator";
    }
    if (!broken_) record_.warn(edi_line(segment.line) + "a line break stands within a segment");
    broken_ = true;
  }
  if (ascii) return std::nullopt;
  latin_1_ = not_utf8 != nullptr;
  if (latin_1_ && (charset.kind == Kind::utf_8 || charset.kind == Kind::other)) {
    return edi_line(not_utf8->line) + "the text is not UTF-8, and the character set " +
           charset.name + " is " + (charset.kind == Kind::utf_8 ? "UTF-8" : "not read here");
  }
  const bool as_said = latin_1_ ? charset.kind == Kind::latin_1 : charset.kind == Kind::utf_8;
  if (charset.kind != Kind::silent && !as_said) {
    record_.warn("the text is " + std::string(latin_1_ ? "taken as Latin-1" : "UTF-8") +
                 ", the character set is said to be " + charset.name);
  }
  return std::nullopt;
}

std::string_view EdiTree::text_of(std::string_view raw) {
  const bool released = syntax_.release != '\0' && raw.find(syntax_.release) != raw.npos;
  const bool foreign = latin_1_ && !is_ascii(raw);
  const bool broken = broken_ && raw.find_first_of("\r\n") != raw.npos;
  if (!released && !foreign && !broken) return raw;
  std::string text = released ? edi_unreleased(raw, syntax_.release) : std::string(raw);
  if (broken) std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  return record_.keep(foreign ? latin_1_as_utf8(text) : std::move(text));
}

std::string_view EdiTree::name_of(std::size_t number) {
  if (number < named) return {two_digits[number].data(), 2};
  return record_.keep(std::to_string(number));
}

bool EdiTree::add_element(Record::Node segment, std::size_t number, std::string_view element,
                          bool plain) {
  const std::string_view name = name_of(number);
  if (plain) {
    element = edi_without_fill(element);
    return element.empty() || record_.add(segment, name, text_of(element)) != Record::none;
  }
  for (bool again = true; again;) {
    std::string_view rest = edi_take(element, syntax_.repetition, syntax_.release, again);
    if (rest.empty()) continue;
    const Record::Node node = record_.add(segment, name);
    if (node == Record::none) return false;
    bool more = false;
    std::string_view component = text_of(edi_take(rest, syntax_.component, syntax_.release, more));
    record_.set_text(node, component);
    if (!more) continue;
    for (std::size_t i = 1;; ++i) {
      if (!component.empty() && record_.add(node, name_of(i), component) == Record::none) {
        return false;
      }
      if (!more) break;
      component = text_of(edi_take(rest, syntax_.component, syntax_.release, more));
    }
  }
  return true;
}

bool EdiTree::add_pairs(Record::Node segment, std::string_view tag) {
  const auto at = std::ranges::find(pairs_, tag, &EdiPairs::tag);
  if (at == pairs_.end()) return true;
  for (std::size_t number = at->first; number < at->last; number += 2) {
    const Record::Node what = record_.child(segment, name_of(number));
    const Record::Node value = record_.child(segment, name_of(number + 1));
    if (what == Record::none || value == Record::none) continue;
    const Record::Node pair = record_.add(segment, "pair");
    if (pair == Record::none || record_.add(pair, name_of(1), record_.text(what)) == Record::none ||
        record_.add(pair, name_of(2), record_.text(value)) == Record::none) {
      return false;
    }
  }
  return true;
}

bool EdiTree::add_period(Record::Node segment, std::string_view tag) {
  if (!periods_ || tag != "DTM") return true;
  const Record::Node said = record_.child(segment, name_of(1));
  if (said == Record::none) return true;
  const Record::Node text = record_.child(said, name_of(2));
  if (text == Record::none) return true;
  const Record::Node form = record_.child(said, name_of(3));
  EdiPeriod period = edi_period(record_.text(text), form == Record::none ? "" : record_.text(form));
  const auto add = [&](std::string_view name, std::string&& text_of_it) {
    return text_of_it.empty() ||
           record_.add(segment, name, record_.keep(std::move(text_of_it))) != Record::none;
  };
  return add("from", std::move(period.from)) && add("to", std::move(period.to));
}

std::optional<std::string> EdiTree::add_level(const Segment& segment, Record::Node& parent) {
  const std::string_view above = edi_element(segment.text, syntax_, 2);
  switch (loops_.parent_of_level(above, parent)) {
    case EdiLoops::Level::placed:
      break;
    case EdiLoops::Level::orphan:
      if (!orphans_) {
        record_.warn(edi_line(segment.line) + "HL02 names a parent that did not come before");
      }
      orphans_ = true;
      break;
    case EdiLoops::Level::too_deep:
      return edi_line(segment.line) + "more than " + std::to_string(EdiLoops::max_levels) +
             " levels of HL";
  }
  return std::nullopt;
}

std::optional<std::string> EdiTree::add(const Segment& segment, bool plain) {
  std::string_view rest = segment.text;
  bool more = false;
  const std::string_view tag = edi_take(rest, syntax_.element, syntax_.release, more);
  // EDIFACT may write repetitions of a segment into its tag; the tag itself is what counts.
  std::string_view tag_rest = tag;
  bool counted = false;
  const std::string_view name = edi_take(tag_rest, syntax_.component, syntax_.release, counted);
  if (!is_edi_tag(name)) return edi_line(segment.line) + "a segment without a tag";
  const bool tree = loops_.is_tree(name);
  Record::Node parent = Record::root;
  if (tree) {
    if (auto fault = add_level(segment, parent)) return fault;
  } else {
    parent = loops_.parent_of(name);
  }
  const Record::Node node = record_.add(parent, name);
  bool fits = node != Record::none;
  for (std::size_t number = 1; fits && more; ++number) {
    const std::string_view element = edi_take(rest, syntax_.element, syntax_.release, more);
    fits = add_element(node, number, element, plain);
  }
  fits = fits && add_pairs(node, name) && add_period(node, name);
  if (!fits) {
    return edi_line(segment.line) + "more than " + std::to_string(Record::max_nodes) +
           " elements in one set";
  }
  if (tree) {
    loops_.added_level(edi_element(segment.text, syntax_, 1), node);
  } else {
    loops_.added(name, node);
  }
  return std::nullopt;
}

bool EdiTree::add_field(Record::Node parent, std::string_view name, std::string text) {
  if (text.empty()) return true;
  if (latin_1_ && !is_ascii(text)) text = latin_1_as_utf8(text);
  return record_.add(parent, name, record_.keep(std::move(text))) != Record::none;
}

}  // namespace storeward
