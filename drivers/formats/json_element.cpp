#include "drivers/formats/json_element.h"

#include <simdjson.h>

#include <algorithm>
#include <vector>

#include "agent/base/ascii.h"
#include "agent/core/json_fault.h"
#include "agent/core/mapping/decimal.h"

namespace storeward {
namespace {

namespace ondemand = simdjson::ondemand;

bool digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(end);
  return end > 0;
}

// RFC 8259 §6.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('0')) {
    text.remove_prefix(1);
  } else if (!digits(text)) {
    return false;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!digits(text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!digits(text)) return false;
  }
  return text.empty();
}

}  // namespace

struct JsonElement::Reader {
  enum class Outcome : std::uint8_t { read, unreadable, not_utf8, too_deep, too_many, twice };

  ondemand::parser parser;
  std::string padded;
  std::vector<std::string_view> names;  // of the objects that are open

  // In brackets, so that a scalar is read as any other value is.
  Outcome read(Record& record, std::string_view text) {
    names.clear();
    padded.assign("[").append(text).append("]");
    padded.resize(text.size() + 2 + simdjson::SIMDJSON_PADDING, ' ');
    ondemand::document document;
    const auto error = parser.iterate(padded.data(), text.size() + 2, padded.size()).get(document);
    if (error) return error == simdjson::UTF8_ERROR ? Outcome::not_utf8 : Outcome::unreadable;
    ondemand::array around;
    if (document.get_array().get(around)) return Outcome::unreadable;
    std::size_t values = 0;
    for (auto item : around) {
      ondemand::value value;
      if (item.get(value) || ++values > 1) return Outcome::unreadable;
      const Outcome outcome = put_root(record, value);
      if (outcome != Outcome::read) return outcome;
    }
    const bool all = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return values == 1 && all ? Outcome::read : Outcome::unreadable;
  }

  Outcome put_root(Record& record, ondemand::value value) {
    ondemand::json_type type;
    if (value.type().get(type)) return Outcome::unreadable;
    if (type == ondemand::json_type::object) return put_object(record, Record::root, value, 1);
    if (type == ondemand::json_type::array) return put_array(record, Record::root, "", value, 1);
    return put_scalar(record, Record::root, value, type);
  }

  Outcome put_object(Record& record, Record::Node into, ondemand::value value, std::size_t depth) {
    if (depth > max_json_depth) return Outcome::too_deep;
    ondemand::object object;
    if (value.get_object().get(object)) return Outcome::unreadable;
    const std::size_t first_name = names.size();
    for (auto field : object) {
      std::string_view name;
      ondemand::value member;
      if (field.unescaped_key().get(name) || field.value().get(member)) return Outcome::unreadable;
      names.push_back(name);
      ondemand::json_type type;
      if (member.type().get(type)) return Outcome::unreadable;
      const Outcome outcome = type == ondemand::json_type::array
                                  ? put_array(record, into, name, member, depth + 1)
                                  : put(record, into, name, member, type, depth);
      if (outcome != Outcome::read) return outcome;
    }
    const auto first = names.begin() + static_cast<std::ptrdiff_t>(first_name);
    std::sort(first, names.end());
    const bool twice = std::adjacent_find(first, names.end()) != names.end();
    names.resize(first_name);
    return twice ? Outcome::twice : Outcome::read;
  }

  Outcome put_array(Record& record, Record::Node into, std::string_view name, ondemand::value value,
                    std::size_t depth) {
    if (depth > max_json_depth) return Outcome::too_deep;
    ondemand::array array;
    if (value.get_array().get(array)) return Outcome::unreadable;
    for (auto item : array) {
      ondemand::value element;
      ondemand::json_type type;
      if (item.get(element) || element.type().get(type)) return Outcome::unreadable;
      const Outcome outcome = put(record, into, name, element, type, depth);
      if (outcome != Outcome::read) return outcome;
    }
    return Outcome::read;
  }

  // One child of `into`.
  Outcome put(Record& record, Record::Node into, std::string_view name, ondemand::value value,
              ondemand::json_type type, std::size_t depth) {
    if (type == ondemand::json_type::null) {
      return token(value) == "null" ? Outcome::read : Outcome::unreadable;
    }
    const Record::Node node = record.add(into, name);
    if (node == Record::none) return Outcome::too_many;
    if (type == ondemand::json_type::object) return put_object(record, node, value, depth + 1);
    if (type == ondemand::json_type::array) return put_array(record, node, name, value, depth + 1);
    return put_scalar(record, node, value, type);
  }

  static std::string_view token(ondemand::value value) {
    return trimmed(value.raw_json_token(), white_space);
  }

  static Outcome put_scalar(Record& record, Record::Node node, ondemand::value value,
                            ondemand::json_type type) {
    std::string_view text;
    if (type == ondemand::json_type::string) {
      if (value.get_string().get(text)) return Outcome::unreadable;
    } else {
      text = token(value);
      const bool valid = type == ondemand::json_type::number    ? is_number(text)
                         : type == ondemand::json_type::boolean ? text == "true" || text == "false"
                                                                : text == "null";
      if (!valid) return Outcome::unreadable;
      if (type == ondemand::json_type::null) text = {};
    }
    record.set_text(node, text);
    if (type == ondemand::json_type::number && Decimal::is_to_be_rounded(text)) {
      record.mark_to_be_rounded();
    }
    return Outcome::read;
  }
};

JsonElement::JsonElement() : reader_(std::make_unique<Reader>()) {}
JsonElement::~JsonElement() = default;

Result<void, JsonFault> JsonElement::read_into(Record& record, std::string_view text) {
  const Reader::Outcome outcome = reader_->read(record, text);
  if (outcome == Reader::Outcome::read) return {};
  record.clear();
  switch (outcome) {
    case Reader::Outcome::too_deep:
      return Unexpected{JsonFault{"nested deeper than the limit of 64", std::nullopt}};
    case Reader::Outcome::too_many:
      return Unexpected{
          JsonFault{"more than " + std::to_string(Record::max_nodes) + " values in one record",
                    std::nullopt}};
    case Reader::Outcome::twice:
      return Unexpected{JsonFault{"a member name that stands twice in one object", std::nullopt}};
    default:
      return Unexpected{explain_unreadable(text, outcome == Reader::Outcome::not_utf8)};
  }
}

}  // namespace storeward
