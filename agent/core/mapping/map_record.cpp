#include "agent/core/mapping/map_record.h"

#include <algorithm>

#include "agent/base/sha256.h"
#include "agent/base/uuid.h"
#include "agent/core/card_number.h"
#include "agent/core/card_scan.h"
#include "agent/core/json_text.h"
#include "agent/core/mapping/evaluation.h"
#include "agent/core/register_key.h"
#include "agent/core/utf8.h"
#include "agent/core/value_rules.h"

namespace storeward::mapping {
namespace {

// One event of one rule at one node.
class EventWriter {
 public:
  EventWriter(const Template& by, const EventRule& rule, const Record& record,
              const RecordPlace& place, const MappingContext& context, Answers& answers,
              Record::Node node, std::uint64_t index)
      : by_(by),
        rule_(rule),
        record_(record),
        place_(place),
        context_(context),
        evaluation_(by, record, context, answers, node, index) {}

  bool wanted() { return !rule_.when || evaluation_.holds(*rule_.when); }
  bool unreadable() const { return !evaluation_.fault().empty(); }

  // The event, or a fault.
  bool write(std::string_view raw_sha256, std::string& out) {
    const auto id = identity();
    if (!id) return false;
    std::string data;
    if (!evaluation_.write(rule_.data, data)) data = "{}";
    for (const Flag& flag : rule_.flags) {
      if (evaluation_.holds(flag.when)) evaluation_.flag(flag.flag);
    }
    out = R"({"specversion":"1.0","id":)";
    json_text::append_string(out, *id);
    append_attribute(out, "source", context_.source);
    append_attribute(out, "type", rule_.type);
    evaluation_.set_place("revision");
    if (const auto text = evaluation_.revision_text(rule_.revision)) {
      append_attribute(out, "revision", *text);
    }
    evaluation_.set_place("subject");
    if (const auto text = evaluation_.text(rule_.subject)) append_attribute(out, "subject", *text);
    evaluation_.set_place("time");
    std::string time;
    if (evaluation_.write(rule_.time, time)) out += R"(,"time":)" + time;
    data.pop_back();
    out += R"(,"data":)" + data;
    if (data.size() > 1) out += ',';
    append_origin(out, raw_sha256);
    append_quality(out);
    out += "}}";
    return evaluation_.fault().empty();
  }

  std::string fault() const {
    return evaluation_.fault().empty() ? "the natural key of \"" + rule_.name + "\" " + bad_key_
                                       : evaluation_.fault();
  }

 private:
  static void append_attribute(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    json_text::append_string(out, value);
  }

  std::optional<std::string> identity() {
    evaluation_.set_place("id");
    auto id = made_id();
    evaluation_.set_place("data");
    return id;
  }

  std::optional<std::string> made_id() {
    if (const auto own = evaluation_.text(rule_.id)) {
      if (has_hidden_digits(*own)) return std::nullopt;
      return std::string(*own);
    }
    std::string name = rule_.type;
    bool any = false, only_number = false;
    for (const Expression& part : rule_.key) {
      const auto text = evaluation_.key_text(part);
      if (text && has_hidden_digits(*text)) return std::nullopt;
      any = any || (text && !is_record_number(part));
      only_number = only_number || text;
      name.append(1, '\x1f').append(text.value_or(""));
    }
    if (!any) {
      if (only_number)
        bad_key_ = "is nothing but the record's number, which each source counts anew";
      return std::nullopt;
    }
    return uuid_from_name(name);
  }

  static bool is_record_number(const Expression& part) {
    return part.origin == Origin::given && part.text == "record";
  }

  bool has_hidden_digits(std::string_view text) {
    if (!context_.kept_masked || text.find(hidden_secret) == std::string_view::npos) return false;
    bad_key_ =
        "has digits that were masked when this was kept, so that two records could become one "
        "event: hand the file in again, then discard this";
    return true;
  }

  void append_origin(std::string& out, std::string_view raw_sha256) const {
    out += R"("origin":{"driver":)";
    json_text::append_string(out, context_.driver);
    if (!context_.file.empty()) append_attribute(out, "file", context_.file);
    out += R"(,"offset":)";
    json_text::append_number(out, place_.offset);
    append_attribute(out, "rawSha256", raw_sha256);
    append_attribute(out, "template", by_.name);
    append_attribute(out, "templateVersion", by_.version);
    if (!by_.extends.empty()) {
      out += R"(,"extends":[)";
      bool any = false;
      append_list(out, by_.extends, any);
      out += ']';
    }
    out += '}';
  }

  static void append_list(std::string& out, const std::vector<std::string>& texts, bool& any) {
    for (const std::string& text : texts) {
      if (any) out += ',';
      json_text::append_string(out, text);
      any = true;
    }
  }

  void append_quality(std::string& out) const {
    const bool warned = !evaluation_.warnings().empty() || !record_.warnings().empty();
    if (evaluation_.flags().empty() && !warned) return;
    out += R"(,"quality":{)";
    bool any = false;
    if (!evaluation_.flags().empty()) {
      out += R"("flags":[)";
      append_list(out, evaluation_.flags(), any);
      out += warned ? "]," : "]";
    }
    if (warned) {
      out += R"("warnings":[)";
      any = false;
      append_list(out, record_.warnings(), any);
      append_list(out, evaluation_.warnings(), any);
      out += ']';
    }
    out += '}';
  }

  const Template& by_;
  const EventRule& rule_;
  const Record& record_;
  const RecordPlace& place_;
  const MappingContext& context_;
  std::string bad_key_ = "is empty";
  Evaluation evaluation_;
};

// None where part of it is missing or cannot be read: a hole that is told falsely costs a look, and
// a sign-on is no reason for an exception. It is stored as it is, so it must not show a card
// number.
std::optional<UsedNumber> number_of(const Template& by, const MappingContext& context,
                                    Evaluation& evaluation) {
  if (!by.sequence) return std::nullopt;
  constexpr std::size_t longest_name = 256;
  UsedNumber used;
  used.source = context.source;
  const std::string site(evaluation.text(by.sequence->site).value_or(""));
  const std::string register_id(evaluation.text(by.sequence->register_id).value_or(""));
  used.register_id = register_key(site, context.own_site, register_id);
  used.business_date = evaluation.key_text(by.sequence->business_date).value_or("");
  const auto number = evaluation.number(by.sequence->number);
  bool whole = true;
  used.number = number ? number->scaled(0, whole).value_or(0) : 0;
  const bool known = whole && used.number > 0 && used.number <= highest_used_number &&
                     is_date(used.business_date) && !register_id.empty() &&
                     register_id.size() <= longest_name && site.size() <= longest_name;
  if (!known || holds_card_data(register_id) || holds_card_data(site) ||
      holds_card_data(number->to_text())) {
    return std::nullopt;
  }
  return used;
}

// What cannot be read excludes nothing: "not below zero" is true of any text.
const Exclusion* excluded(const std::vector<Exclusion>& exclusions, Evaluation& evaluation) {
  for (const Exclusion& exclusion : exclusions) {
    if (evaluation.surely_holds(exclusion.when)) return &exclusion;
  }
  return nullptr;
}

// The names of what the record has, "id, name, …": they show of what kind it is. Those below a
// member that has all others ({"location": {…}}) with its name.
std::string contents(const Record& record) {
  constexpr std::size_t most_names = 8, longest_name = 40;
  Record::Node parent = Record::root;
  std::string above;
  while (true) {
    const Record::Node only = record.first_child(parent);
    if (only == Record::none || record.next_sibling(only) != Record::none) break;
    if (record.first_child(only) == Record::none || above.size() > longest_name) break;
    above.append(utf8_prefix(record.name(only), longest_name)).append("/");
    parent = only;
  }
  std::vector<std::string_view> names;
  std::string text;
  for (Record::Node node = record.first_child(parent); node != Record::none;
       node = record.next_sibling(node)) {
    const std::string_view name = utf8_prefix(record.name(node), longest_name);
    if (std::ranges::find(names, name) != names.end()) continue;
    if (!text.empty()) text += ", ";
    if (names.size() == most_names) return text.append("…");
    names.push_back(name);
    text.append(above).append(name);
  }
  return text;
}

}  // namespace

// A node that is the only one of its name says nothing that the record does not.
std::string placed(const Record& record, Record::Node at, const std::string& fault) {
  const std::string path = record.path(at);
  return path.find('[') == std::string::npos ? fault : path + ": " + fault;
}

Mapped map_record(const Template& by, const Record& record, const RecordPlace& place,
                  std::string_view raw, const MappingContext& context) {
  Mapped mapped;
  Answers answers(by, record);
  Evaluation conditions(by, record, context, answers, Record::root);
  if (const Exclusion* const found = excluded(by.ignore, conditions)) {
    mapped.ignored = found->reason;
    mapped.number = number_of(by, context, conditions);
    return mapped;
  }
  if (const Exclusion* const found = excluded(by.reject, conditions)) {
    const auto said = conditions.text(found->reason_value);
    mapped.fault = said                     ? std::string(*said)
                   : !found->reason.empty() ? found->reason
                                            : "refused by [[reject]] \"" + found->name + "\"";
    return mapped;
  }
  // What cannot be read does not say that the record counts.
  if (!conditions.fault().empty()) {
    mapped.fault = conditions.fault();
    return mapped;
  }
  const std::string raw_sha256 = to_hex(sha256(raw));
  bool any_wanted = false;
  for (const EventRule& rule : by.events) {
    const std::vector<Record::Node> nodes =
        rule.each ? rule.each->all(record, Record::root, max_events_of_record + 1)
                  : std::vector<Record::Node>{Record::root};
    std::uint64_t index = 0;
    for (const Record::Node node : nodes) {
      EventWriter writer(by, rule, record, place, context, answers, node, ++index);
      if (!writer.wanted()) {
        // What cannot be read does not say that there is nothing to tell.
        if (mapped.fault.empty() && writer.unreadable()) {
          mapped.fault = placed(record, node, writer.fault());
        }
        continue;
      }
      any_wanted = true;
      if (mapped.events.size() == max_events_of_record) {
        mapped.fault = "the record gives more than 10,000 events";
        return mapped;
      }
      std::string event;
      if (writer.write(raw_sha256, event)) {
        mapped.events.push_back(std::move(event));
        mapped.places.push_back(node);
      } else if (mapped.fault.empty()) {
        mapped.fault = placed(record, node, writer.fault());
      }
    }
  }
  if (!any_wanted && mapped.fault.empty()) {
    mapped.fault = "no rule of the template \"" + by.name + "\" fits this record";
    if (const std::string has = contents(record); !has.empty()) mapped.fault += "; it has " + has;
    for (const EventRule& rule : by.events) {
      if (!rule.each || !rule.when || rule.each->all(record, Record::root, 1).empty()) continue;
      if (!conditions.surely_holds(*rule.when)) continue;
      mapped.fault += "; is the `when` of \"" + rule.name +
                      "\" meant to look at the whole record? Beside `each` a path counts from its "
                      "places, one from the record begins with /";
      break;
    }
  }
  if (mapped.fault.empty()) mapped.number = number_of(by, context, conditions);
  return mapped;
}

}  // namespace storeward::mapping
