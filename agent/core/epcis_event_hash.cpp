#include "agent/core/epcis_event_hash.h"

#include <algorithm>
#include <vector>

#include "agent/base/ascii.h"
#include "agent/base/sha256.h"
#include "agent/core/epcis_values.h"
#include "agent/core/gs1_canonical_uri.h"

namespace storeward::epcis {
namespace {

using Node = Record::Node;

// How a member of the standard is written.
enum class Form : std::uint8_t {
  uri,           // name=value
  word,          // name=value, of a vocabulary
  time,          // name=value in UTC
  offset,        // name=+01:00
  uris,          // nameepc=value…, sorted
  quantities,    // namequantityElement…, sorted
  dispositions,  // nameset=value…unset=value…
  place,         // nameid=value
  typed          // name, then of each type=…, item=…, sorted
};

struct Member {
  std::string_view name;
  Form form;
  Vocabulary vocabulary = Vocabulary::biz_step;
  std::string_view item = {};  // of a typed list
};

// The canonical property order, of all kinds of events.
constexpr Member members[] = {
    {"eventTime", Form::time},
    {"eventTimeZoneOffset", Form::offset},
    {"epcList", Form::uris},
    {"parentID", Form::uri},
    {"inputEPCList", Form::uris},
    {"childEPCs", Form::uris},
    {"quantityList", Form::quantities},
    {"childQuantityList", Form::quantities},
    {"inputQuantityList", Form::quantities},
    {"outputEPCList", Form::uris},
    {"outputQuantityList", Form::quantities},
    {"action", Form::uri},
    {"transformationID", Form::uri},
    {"bizStep", Form::word, Vocabulary::biz_step},
    {"disposition", Form::word, Vocabulary::disposition},
    {"persistentDisposition", Form::dispositions, Vocabulary::disposition},
    {"readPoint", Form::place},
    {"bizLocation", Form::place},
    {"bizTransactionList", Form::typed, Vocabulary::transaction_type, "bizTransaction"},
    {"sourceList", Form::typed, Vocabulary::party_type, "source"},
    {"destinationList", Form::typed, Vocabulary::party_type, "destination"},
};
constexpr std::string_view events[] = {"ObjectEvent", "AggregationEvent", "TransactionEvent",
                                       "TransformationEvent", "AssociationEvent"};
constexpr std::string_view left_out[] = {"type", "@context", "eventID", "recordTime",
                                         "errorDeclaration"};
constexpr std::string_view master_data = "ilmd";
// Which of their namespaces holds has changed from one edition of the context to the next.
constexpr std::string_view gs1_prefixes[] = {"gs1", "cbv", "epcis", "rdfs"};

template <typename Names>
bool among(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

std::string_view prefix_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string sorted_text(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  std::string out;
  for (const std::string& text : texts) out.append(text);
  return out;
}

Result<std::string> named(std::string_view name, Result<std::string> value) {
  if (!value) return fail(std::string(name) + ": " + value.error().message);
  return std::string(name).append("=").append(*value);
}

// One event on its way to its pre-hash text.
class EventText {
 public:
  EventText(const Record& record, Namespaces namespaces)
      : record_(record), namespaces_(std::move(namespaces)) {}

  Result<std::string> of(Node event) const;

 private:
  using Text = Result<std::string>;

  Text member_text(const Member& member, const std::vector<Node>& values) const;
  Text scalar_text(const Member& member, Node value) const;
  Text quantity_text(Node quantity) const;
  Text dispositions_text(Node value) const;
  Text place_text(Node place) const;
  Text typed_text(const Member& member, Node entry) const;
  Text extension_text(Node extension) const;
  Text extensions_text(const std::vector<Node>& extensions) const;

  Text value(Node node) const;
  Text word(Vocabulary vocabulary, Node node) const;
  Result<std::string> extension_name(std::string_view name) const;
  std::string_view text(Node node) const { return trimmed(record_.text(node), white_space); }
  bool is_scalar(Node node) const { return record_.first_child(node) == Record::none; }
  std::vector<Node> children(Node node) const;
  std::optional<std::string> stranger_in(Node object,
                                         std::initializer_list<std::string_view> known) const;

  const Record& record_;
  const Namespaces namespaces_;
};

std::vector<Node> EventText::children(Node node) const {
  std::vector<Node> nodes;
  for (Node child = record_.first_child(node); child != Record::none;
       child = record_.next_sibling(child)) {
    nodes.push_back(child);
  }
  return nodes;
}

// A member that the standard does not have there, or one that stands twice.
std::optional<std::string> EventText::stranger_in(
    Node object, std::initializer_list<std::string_view> known) const {
  std::vector<std::string_view> seen;
  for (const Node child : children(object)) {
    const std::string_view name = record_.name(child);
    if (!among(known, name) || among(seen, name)) return std::string(name);
    seen.push_back(name);
  }
  return std::nullopt;
}

EventText::Text EventText::value(Node node) const {
  const std::string_view own = text(node);
  if (!is_scalar(node) || own.empty()) return fail("no text where the standard has one");
  const std::string_view prefix = prefix_of(own);
  if (!prefix.empty() && (namespaces_.has(prefix) || among(gs1_prefixes, prefix))) {
    return fail("a value with a prefix");
  }
  auto number = trimmed_number(own);
  return number ? gs1::canonical_uri(*number) : std::move(number);
}

EventText::Text EventText::word(Vocabulary vocabulary, Node node) const {
  const std::string_view own = text(node);
  if (!is_scalar(node) || own.empty()) return fail("no text where the standard has one");
  constexpr std::string_view certain = "cbv";
  const std::string_view prefix = prefix_of(own);
  if (prefix != certain && (namespaces_.has(prefix) || among(gs1_prefixes, prefix))) {
    return fail("a value with a prefix");
  }
  auto uri = vocabulary_uri(vocabulary, own);
  return uri ? gs1::canonical_uri(*uri) : std::move(uri);
}

EventText::Text EventText::scalar_text(const Member& member, Node node) const {
  const std::string_view own = text(node);
  if (member.form == Form::word) return named(member.name, word(member.vocabulary, node));
  if (member.form == Form::uri) return named(member.name, value(node));
  if (member.form == Form::time) return named(member.name, utc_milliseconds(own));
  const bool is_offset = own.size() == 6 && (own[0] == '+' || own[0] == '-') && own[3] == ':' &&
                         all_digits(own.substr(1, 2)) && all_digits(own.substr(4));
  if (!is_offset) return fail(std::string(member.name) + ": not of the form +01:00");
  return std::string(member.name).append("=").append(own);
}

EventText::Text EventText::quantity_text(Node quantity) const {
  if (const auto stranger = stranger_in(quantity, {"epcClass", "quantity", "uom"})) {
    return fail(*stranger + ": not in a quantity of the standard");
  }
  if (record_.child(quantity, "epcClass") == Record::none) return fail("a quantity of no class");
  std::string out = "quantityElement";
  for (const std::string_view name : {"epcClass", "quantity", "uom"}) {
    const Node node = record_.child(quantity, name);
    if (node == Record::none) continue;
    auto entry = named(name, value(node));
    if (!entry) return entry;
    out.append(*entry);
  }
  return out;
}

EventText::Text EventText::dispositions_text(Node dispositions) const {
  std::vector<std::string> set, unset;
  for (const Node child : children(dispositions)) {
    const std::string_view name = record_.name(child);
    if (name != "set" && name != "unset") return fail(std::string(name) + ": not known there");
    auto entry = named(name, word(Vocabulary::disposition, child));
    if (!entry) return entry;
    (name == "set" ? set : unset).push_back(std::move(*entry));
  }
  return sorted_text(std::move(set)) + sorted_text(std::move(unset));
}

EventText::Text EventText::place_text(Node place) const {
  if (const auto stranger = stranger_in(place, {"id"})) {
    return fail(*stranger + ": an extension of a place");
  }
  const Node id = record_.child(place, "id");
  if (id == Record::none) return fail("a place without id");
  return named("id", value(id));
}

EventText::Text EventText::typed_text(const Member& member, Node entry) const {
  if (const auto stranger = stranger_in(entry, {"type", member.item})) {
    return fail(*stranger + ": not known there");
  }
  const Node type = record_.child(entry, "type"), item = record_.child(entry, member.item);
  if (item == Record::none) return fail("an entry without its " + std::string(member.item));
  std::string out;
  if (type != Record::none) {
    auto first = named("type", word(member.vocabulary, type));
    if (!first) return first;
    out = std::move(*first);
  } else if (member.vocabulary == Vocabulary::party_type) {
    return fail("an entry without its type");
  }
  auto second = named(member.item, value(item));
  if (!second) return second;
  return out.append(*second);
}

EventText::Text EventText::member_text(const Member& member,
                                       const std::vector<Node>& values) const {
  const bool is_list =
      member.form == Form::uris || member.form == Form::quantities || member.form == Form::typed;
  if (!is_list && values.size() > 1) return fail(std::string(member.name) + ": several values");
  std::vector<std::string> entries;
  for (const Node node : values) {
    if (!is_list && member.form != Form::place && member.form != Form::dispositions) {
      return scalar_text(member, node);
    }
    auto entry = member.form == Form::uris           ? named("epc", value(node))
                 : member.form == Form::quantities   ? quantity_text(node)
                 : member.form == Form::dispositions ? dispositions_text(node)
                 : member.form == Form::place        ? place_text(node)
                                                     : typed_text(member, node);
    if (!entry) return fail(std::string(member.name) + ": " + entry.error().message);
    entries.push_back(std::move(*entry));
  }
  const std::string all = sorted_text(std::move(entries));
  if (all.empty()) return fail(std::string(member.name) + ": empty");
  return std::string(member.name).append(all);
}

// "{namespace}local".
Result<std::string> EventText::extension_name(std::string_view name) const {
  const std::string_view prefix = prefix_of(name);
  constexpr std::string_view cbv_master_data = "cbvmda";
  std::optional<std::string_view> space = namespaces_.name_of(prefix);
  // The standard's context declares it; the name is that of the XML binding.
  if (!space && prefix == cbv_master_data && !namespaces_.has(prefix)) {
    space = "urn:epcglobal:cbv:mda";
  }
  if (prefix.empty() || !space || among(gs1_prefixes, prefix)) {
    return fail(std::string(name) + ": a member whose namespace is not certain");
  }
  return std::string("{").append(*space).append("}").append(name.substr(prefix.size() + 1));
}

EventText::Text EventText::extension_text(Node extension) const {
  auto name = extension_name(record_.name(extension));
  if (!name) return name;
  if (!is_scalar(extension)) {
    auto below = extensions_text(children(extension));
    if (!below) return below;
    return name->append(*below);
  }
  if (text(extension).empty()) return name;
  if (is_other_time(text(extension))) {
    return fail(std::string(record_.name(extension)) + ": a time that is not UTC with 3 decimals");
  }
  return named(*name, value(extension));
}

EventText::Text EventText::extensions_text(const std::vector<Node>& extensions) const {
  std::vector<std::string> entries;
  for (const Node extension : extensions) {
    auto entry = extension_text(extension);
    if (!entry) return entry;
    entries.push_back(std::move(*entry));
  }
  return sorted_text(std::move(entries));
}

EventText::Text EventText::of(Node event) const {
  std::vector<std::vector<Node>> values(std::size(members));
  std::vector<Node> masters, extensions;
  for (const Node child : children(event)) {
    const std::string_view name = record_.name(child);
    const auto* const member = std::ranges::find(members, name, &Member::name);
    if (member != std::end(members)) {
      values[static_cast<std::size_t>(member - members)].push_back(child);
    } else if (name == master_data) {
      masters.push_back(child);
    } else if (!among(left_out, name)) {
      extensions.push_back(child);
    }
  }
  const Node type = record_.child(event, "type");
  if (type == Record::none || !among(events, text(type))) return fail("type: no event of EPCIS");
  std::string out = "eventType=" + std::string(text(type));
  if (values[0].empty() || values[1].empty()) return fail("an event without its time or zone");
  for (std::size_t i = 0; i < std::size(members); ++i) {
    if (values[i].empty()) continue;
    auto entry = member_text(members[i], values[i]);
    if (!entry) return entry;
    out.append(*entry);
  }
  if (!masters.empty()) {
    if (masters.size() > 1 || is_scalar(masters[0])) return fail("ilmd: not one object");
    auto below = extensions_text(children(masters[0]));
    if (!below) return below;
    out.append(master_data).append(*below);
  }
  auto own = extensions_text(extensions);
  if (!own) return own;
  return out.append(*own);
}

}  // namespace

void Namespaces::add_context(const Record& record, Record::Node holder) {
  for (Node context = record.first_child(holder); context != Record::none;
       context = record.next_sibling(context)) {
    if (!record.is_named(context, "@context")) continue;
    for (Node entry = record.first_child(context); entry != Record::none;
         entry = record.next_sibling(entry)) {
      const bool plain = record.first_child(entry) == Record::none;
      names_.insert_or_assign(std::string(record.name(entry)),
                              plain ? std::string(record.text(entry)) : std::string());
    }
  }
}

std::optional<std::string_view> Namespaces::name_of(std::string_view prefix) const {
  const auto found = names_.find(prefix);
  if (found == names_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Result<std::string> pre_hash_text(const Record& record, Record::Node event,
                                  const Namespaces& document) {
  Namespaces namespaces = document;
  namespaces.add_context(record, event);
  return EventText(record, std::move(namespaces)).of(event);
}

Result<std::string> event_hash_id(const Record& record, Record::Node event,
                                  const Namespaces& document) {
  auto text = pre_hash_text(record, event, document);
  if (!text) return text;
  return "ni:///sha-256;" + to_hex(sha256(*text)) + "?ver=CBV2.0";
}

}  // namespace storeward::epcis
