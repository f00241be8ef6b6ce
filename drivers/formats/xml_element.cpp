#include "drivers/formats/xml_element.h"

#include <algorithm>
#include <pugixml.hpp>
#include <vector>

#include "agent/base/ascii.h"
#include "drivers/formats/xml_charset.h"

namespace storeward {
namespace {

constexpr unsigned parse_options =
    pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_wconv_attribute;

bool holds_text(const pugi::xml_node& node) {
  return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

bool declares_namespace(std::string_view name) {
  return name == "xmlns" || name.starts_with("xmlns:");
}

const char* explain(pugi::xml_parse_status status) {
  switch (status) {
    case pugi::status_bad_attribute:
      return "an attribute that is not name=\"value\"";
    case pugi::status_bad_start_element:
    case pugi::status_bad_end_element:
      return "a tag that is not well-formed";
    case pugi::status_end_element_mismatch:
      return "a closing tag that closes another element";
    case pugi::status_bad_cdata:
    case pugi::status_bad_comment:
    case pugi::status_bad_pi:
      return "a comment, CDATA section or instruction that never ends";
    case pugi::status_out_of_memory:
      return "not enough memory to read it";
    default:
      return "not well-formed XML";
  }
}

}  // namespace

std::string_view local_name(std::string_view qualified) {
  const std::size_t colon = qualified.rfind(':');
  return colon + 1 >= qualified.size() && colon != std::string_view::npos
             ? qualified
             : qualified.substr(colon + 1);  // npos + 1 is 0
}

struct XmlElement::Parsed {
  std::string utf8;  // the library reads in place: names and texts are views into it
  pugi::xml_document document;
  std::vector<std::string_view> names;
  std::string twice;  // where a name stands twice

  pugi::xml_node element() const { return document.document_element(); }

  static std::string text_of(const pugi::xml_node& node) {
    std::string all;
    for (const pugi::xml_node& child : node.children()) {
      if (holds_text(child)) all.append(child.value());
    }
    return std::string(trimmed(all, white_space));
  }

  // The name with an @ before it, without a copy: the character before an attribute's local name
  // in the buffer is a blank or a colon, and read already.
  std::string_view marked_name(const pugi::xml_attribute& attribute) {
    const std::string_view local = local_name(attribute.name());
    const std::ptrdiff_t at = local.data() - utf8.data();
    ASSERT(at > 0 && static_cast<std::size_t>(at) + local.size() <= utf8.size());
    char* const mark = utf8.data() + at - 1;
    *mark = '@';
    return {mark, local.size() + 1};
  }

  bool has_attribute_twice(const pugi::xml_node& node) {
    names.clear();
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      names.emplace_back(attribute.name());
    }
    if (names.size() < 2) return false;
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
  }

  // Nothing if the elements below `node` are as they may be.
  const char* fault_below(const pugi::xml_node& node, std::size_t depth) {
    if (depth > max_xml_depth) return "nested deeper than 64 elements";
    if (has_attribute_twice(node)) return "an attribute that stands twice in one element";
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      if (const char* fault = fault_below(child, depth + 1)) return fault;
    }
    return nullptr;
  }

  static std::string_view bounded(Record& record, std::string_view name, std::string_view text) {
    if (text.size() <= max_xml_text_bytes) return text;
    record.warn(std::string(name) + ": a text of " + std::to_string(text.size()) +
                " bytes is left out (more than " + std::to_string(max_xml_text_bytes) + ")");
    return {};
  }

  // One piece, as nearly always, is a view; several are put together.
  static std::string_view kept_text(Record& record, const pugi::xml_node& node) {
    pugi::xml_node only;
    for (const pugi::xml_node& child : node.children()) {
      if (!holds_text(child)) continue;
      if (only) return record.keep(text_of(node));
      only = child;
    }
    return trimmed(only.value(), white_space);
  }

  // `name` is taken before the attributes are: marking the first of them may end the name's zero.
  bool put(Record& record, Record::Node into, std::string_view name, const pugi::xml_node& node) {
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      if (declares_namespace(attribute.name())) continue;
      const std::string_view marked = marked_name(attribute);
      const std::string_view value = bounded(record, marked, attribute.value());
      if (record.add(into, marked, value) == Record::none) return false;
    }
    record.set_text(into, bounded(record, name, kept_text(record, node)));
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      const std::string_view child_name = local_name(child.name());
      const Record::Node below = record.add(into, child_name);
      if (below == Record::none || !put(record, below, child_name, child)) return false;
    }
    return true;
  }
};

XmlElement::XmlElement() : parsed_(std::make_unique<Parsed>()) {}
XmlElement::~XmlElement() = default;

Result<void, XmlUnreadable> XmlElement::read(std::string_view bytes, TextEncoding& encoding) {
  parsed_->document.reset();
  parsed_->utf8.clear();
  encoding.decode(bytes, true, parsed_->utf8);
  if (!is_xml_text(parsed_->utf8)) {
    return Unexpected{XmlUnreadable{
        "a character that is not " + std::string(encoding.name()) + ", or a control character", 0}};
  }
  const pugi::xml_parse_result result = parsed_->document.load_buffer_inplace(
      parsed_->utf8.data(), parsed_->utf8.size(), parse_options, pugi::encoding_utf8);
  if (result.status != pugi::status_ok) {
    const auto at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0));
    return Unexpected{XmlUnreadable{explain(result.status), std::min(at, bytes.size())}};
  }
  if (const char* fault = parsed_->fault_below(parsed_->element(), 1)) {
    return Unexpected{XmlUnreadable{fault, 0}};
  }
  return {};
}

std::string_view XmlElement::name() const {
  return local_name(parsed_->element().name());
}

std::string XmlElement::text() const {
  return Parsed::text_of(parsed_->element());
}

void XmlElement::attributes_into(DocumentContext& context) const {
  for (const pugi::xml_attribute& attribute : parsed_->element().attributes()) {
    if (declares_namespace(attribute.name())) continue;
    context.add("@" + std::string(local_name(attribute.name())), attribute.value());
  }
}

bool XmlElement::put_into(Record& record) {
  return parsed_->put(record, Record::root, name(), parsed_->element());
}

}  // namespace storeward
