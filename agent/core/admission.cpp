#include "agent/core/admission.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "agent/base/sha256.h"
#include "agent/core/delivery_items.h"
#include "agent/core/event_facts.h"
#include "agent/core/event_layout.h"
#include "agent/core/event_rules.h"
#include "agent/core/json_canonical.h"
#include "agent/core/json_text.h"
#include "agent/core/json_tree.h"
#include "agent/core/masking.h"
#include "agent/core/quality_flags.h"
#include "agent/core/receipt_sums.h"
#include "agent/core/utf8.h"
#include "agent/core/value_rules.h"

namespace storeward {
namespace {

constexpr std::size_t longest_id = 256;      // characters
constexpr std::size_t longest_reason = 400;  // bytes

// What the agent adds when it publishes; a source may not bring it.
constexpr std::array<std::string_view, 5> own_attributes = {"stream", "epoch", "sequence",
                                                            "recordedtime", "partitionkey"};

std::string bounded_reason(std::string_view reason) {
  return std::string(utf8_prefix(mask_text(reason), longest_reason));
}

std::uint64_t key_of(const EventIdentity& identity, std::string_view revision) {
  std::string key;
  key.reserve(identity.source.size() + identity.id.size() + revision.size() + 2);
  key.append(identity.source).append(1, '\x1f').append(identity.id).append(1, '\x1f');
  key.append(revision);
  return leading_u64(sha256(key));
}

EventDigests digests_of(const EventIdentity& identity, std::string_view canonical) {
  return {key_of(identity, identity.revision), leading_u64(sha256(canonical))};
}

// The key of its first revision stands for all of them.
void name_event(const EventIdentity& identity, EventDigests digests, Event& event) {
  if (!event.receipt && !event.voids) return;
  const std::uint64_t named = identity.revision == "1" ? digests.key : key_of(identity, "1");
  if (event.voids) event.voids->event = named;
  if (!event.receipt) return;
  event.receipt->event = named;
  std::from_chars(identity.revision.data(), identity.revision.data() + identity.revision.size(),
                  event.receipt->revision);
}

// Kept whole, as all that could not become an event: after the answer nobody else has it.
Rejected unreadable(std::string_view text, std::string_view reason) {
  Rejected rejected;
  rejected.reason = bounded_reason(reason);
  rejected.masked = mask_unreadable(text, std::string::npos);
  rejected.digests.content = leading_u64(sha256(rejected.masked.empty() ? text : rejected.masked));
  rejected.digests.key = rejected.digests.content;
  return rejected;
}

// Why this is not the shape of a CloudEvent; nothing if it is.
std::optional<std::string> not_a_cloud_event(const JsonTree& tree) {
  const JsonNode& root = tree.root();
  if (root.kind != JsonKind::object) return "not a CloudEvent: must be a JSON object";
  for (const std::string_view name : {"specversion", "id", "source", "type"}) {
    if (tree.text(root, name).empty()) {
      return std::string(name) + ": missing or not text (not a CloudEvent)";
    }
  }
  if (tree.text(root, "specversion") != "1.0") return "specversion: must be \"1.0\"";
  if (utf8_characters(tree.text(root, "id")) > longest_id) return "id: longer than 256 characters";
  return std::nullopt;
}

// Why a readable event is not valid; nothing if it is.
std::optional<std::string> invalid(const JsonTree& tree) {
  const JsonNode& root = tree.root();
  for (const std::string_view name : own_attributes) {
    if (tree.member(root, name) != nullptr) {
      return std::string(name) + ": is set by the agent, leave it out";
    }
  }
  const std::string_view type = tree.text(root, "type");
  const Shape* shape = shape_of_data(type);
  if (shape == nullptr) return "type: unknown: " + std::string(type);
  if (auto wrong = misfit(tree, root, envelope_shape, nullptr)) return wrong;
  const Place data{.member = "data"};
  return misfit(tree, *tree.member(root, "data"), *shape, &data);
}

// The canonical form of an event as submitted, without traceparent and with its revision.
struct Canonical {
  struct Member {
    std::string_view name;
    std::size_t at, end;  // in `text`, with its name
  };
  std::string text;
  std::vector<Member> attributes;             // as handed in, but data
  std::vector<Member> data;                   // the members of data
  std::size_t source_at = 0, source_end = 0;  // the value of `source`, with its quotes
  std::size_t data_at = 0, data_end = 0;      // the value of `data`; stands before `source`
};

void append_member(const JsonTree& tree, const JsonNode& member, std::string& text,
                   std::vector<Canonical::Member>& members) {
  const std::size_t at = text.size();
  json_text::append_string(text, member.name);
  text.push_back(':');
  append_canonical(tree, member, text);
  members.push_back({member.name, at, text.size()});
  text.push_back(',');
}

void write_data(const JsonTree& tree, const JsonNode& data, Canonical& out) {
  out.text.append(R"("data":)");
  out.data_at = out.text.size();
  if (data.kind != JsonKind::object || data.count == 0) {
    append_canonical(tree, data, out.text);
  } else {
    out.text.push_back('{');
    for (const JsonNode& member : tree.children(data)) {
      append_member(tree, member, out.text, out.data);
    }
    out.text.back() = '}';
  }
  out.data_end = out.text.size();
  out.text.push_back(',');
}

void write_canonical(const JsonTree& tree, Canonical& out) {
  constexpr std::string_view default_revision = R"("revision":"1",)";
  bool revision_due = tree.member(tree.root(), "revision") == nullptr;
  out.text.assign("{");
  out.attributes.clear();
  out.data.clear();
  for (const JsonNode& member : tree.children(tree.root())) {
    if (member.name == "traceparent") continue;
    // `source`, `specversion` and `type` stand behind it, so there is always a next member.
    if (revision_due && canonical_less("revision", member.name)) {
      out.text.append(default_revision);
      revision_due = false;
    }
    if (member.name == "data") {
      write_data(tree, member, out);
      continue;
    }
    append_member(tree, member, out.text, out.attributes);
    if (member.name == "source") {
      constexpr std::string_view name = R"("source":)";
      out.source_at = out.attributes.back().at + name.size();
      out.source_end = out.attributes.back().end;
    }
  }
  out.text.back() = '}';
}

// What a retry must have in common with the first: all of the canonical form but where the event
// was read (data.origin) and what the submitter knows as mere circumstances.
std::string_view content_of(const Canonical& canonical,
                            const std::vector<std::string>& circumstances, std::string& buffer) {
  const auto is_origin = [](const Canonical::Member& member) { return member.name == "origin"; };
  if (canonical.data.empty() ||
      (circumstances.empty() && std::ranges::none_of(canonical.data, is_origin))) {
    return canonical.text;
  }
  const auto left_out = [&](std::string_view name) {
    return std::ranges::find(circumstances, name) != circumstances.end();
  };
  buffer.clear();
  const auto append = [&](const Canonical::Member& member) {
    buffer.append(canonical.text, member.at, member.end - member.at).push_back(',');
  };
  for (const Canonical::Member& member : canonical.attributes) {
    if (member.name != "time" || !left_out("time")) append(member);
  }
  for (const Canonical::Member& member : canonical.data) {
    if (!is_origin(member) && !left_out(member.name)) append(member);
  }
  return buffer;
}

// What the agent has to remark on a valid event.
std::vector<std::string_view> remarks_on(const JsonTree& tree, const JsonNode& data,
                                         std::string_view type, const AdmissionOptions& options) {
  std::vector<std::string_view> flags;
  if (!totals_agree(tree, data, type)) flags.push_back(quality_flags::totals_mismatch);
  if (!tenders_agree(tree, data, type)) flags.push_back(quality_flags::tenders_mismatch);
  if (!taxes_agree(tree, data, type)) flags.push_back(quality_flags::taxes_mismatch);
  if (!line_numbers_differ(tree, data, type)) flags.push_back(quality_flags::line_number_twice);
  if (options.clock_wrong && *options.clock_wrong) flags.push_back(quality_flags::clock_unsynced);
  return flags;
}

// event.bytes, and where `data` stands in it.
void publish(const JsonTree& tree, const Canonical& canonical, std::string_view source,
             const AdmissionOptions& options, Event& event) {
  const JsonNode& root = tree.root();
  const JsonNode& data = *tree.member(root, "data");
  const std::string_view text(canonical.text);
  std::string& bytes = event.bytes;
  bytes.reserve(event_layout::unstamped.size() + text.size() + 256);
  bytes.append(event_layout::unstamped).append(R"("stream":")").append(name_of(event.stream));
  bytes.append(R"(","partitionkey":)");
  json_text::append_string(bytes, partition_key(tree, data, event.stream, options.site));
  if (const JsonNode* traceparent = tree.member(root, "traceparent")) {
    bytes.append(R"(,"traceparent":)");
    json_text::append_string(bytes, traceparent->text);
  }
  bytes.append(",").append(text.substr(1, canonical.data_at - 1));
  event.data_at = static_cast<std::uint32_t>(bytes.size());
  const auto flags = remarks_on(tree, data, tree.text(root, "type"), options);
  if (flags.empty()) {
    bytes.append(text.substr(canonical.data_at, canonical.data_end - canonical.data_at));
  } else {
    append_flagged(tree, data, flags, bytes);
  }
  event.data_end = static_cast<std::uint32_t>(bytes.size());
  bytes.append(text.substr(canonical.data_end, canonical.source_at - canonical.data_end));
  bytes.append("\"/").append(options.tenant).append("/").append(options.site).append("/");
  bytes.append(options.agent).append("/").append(source).append("\"");
  bytes.append(text.substr(canonical.source_end));
}

bool may_speak_for(const Submitter& submitter, std::string_view source) {
  return source == submitter.name ||
         std::ranges::find(submitter.sources, source) != submitter.sources.end();
}

// Takes the items of one delivery one by one. Lives as long as its thread, for its buffers.
class Admitter {
 public:
  using Outcome = Result<AdmittedItem, Refusal>;

  // How many elements a batch has that is JSON as a whole, to be taken by take_next(); none for any
  // other: it is to be cut, for one unreadable item must not take the others with it.
  std::optional<std::size_t> open_batch(std::string_view body) { return tree_.open_array(body); }

  Outcome take_next(std::size_t index, const Submitter& submitter,
                    const AdmissionOptions& options) {
    tree_.next_element();
    return take_tree(index, Framing::batch, submitter, options);
  }

  Outcome take(const DeliveryItem& item, std::size_t index, Framing framing,
               const Submitter& submitter, const AdmissionOptions& options) {
    if (auto read = tree_.read(item.text); !read) {
      const JsonFault& fault = read.error();
      const std::string place =
          fault.at ? "byte " + std::to_string(item.offset + *fault.at) + ": " : std::string();
      return not_an_event(framing, unreadable(item.text, place + fault.reason));
    }
    return take_tree(index, framing, submitter, options);
  }

 private:
  Outcome take_tree(std::size_t index, Framing framing, const Submitter& submitter,
                    const AdmissionOptions& options) {
    mask_tree(tree_, submitter.vouched);
    if (auto sorted = tree_.sort_members(); !sorted) {
      return not_an_event(framing, unreadable_tree(sorted.error().reason));
    }
    if (auto wrong = not_a_cloud_event(tree_)) {
      return not_an_event(framing, unreadable_tree(*wrong));
    }
    const std::string_view source = tree_.text(tree_.root(), "source");
    if (!may_speak_for(submitter, source)) {
      return Unexpected{Refusal{
          403,
          bounded_reason("item " + std::to_string(index) + ": source \"" + std::string(source) +
                         "\" is not one that \"" + submitter.name + "\" may hand in for")}};
    }
    return AdmittedItem(judge(submitter, options));
  }

  static Outcome not_an_event(Framing framing, Rejected rejected) {
    if (framing == Framing::single) return Unexpected{Refusal{400, std::move(rejected.reason)}};
    return AdmittedItem(std::move(rejected));
  }

  Rejected unreadable_tree(std::string_view reason) {
    canonical_.text.clear();
    append_canonical(tree_, tree_.root(), canonical_.text);
    Rejected rejected;
    rejected.reason = bounded_reason(reason);
    rejected.masked = canonical_.text;
    rejected.digests.content = leading_u64(sha256(canonical_.text));
    rejected.digests.key = rejected.digests.content;
    return rejected;
  }

  // Of a CloudEvent: an event, or why not.
  AdmittedItem judge(const Submitter& submitter, const AdmissionOptions& options) {
    const JsonNode& root = tree_.root();
    write_canonical(tree_, canonical_);
    EventIdentity identity{std::string(tree_.text(root, "source")),
                           std::string(tree_.text(root, "id")),
                           std::string(tree_.text(root, "revision"))};
    if (tree_.member(root, "revision") == nullptr) {
      identity.revision = "1";
    } else if (!is_revision(identity.revision)) {
      identity.revision.clear();  // contradicts no other one of its event
    }
    const EventDigests digests =
        digests_of(identity, content_of(canonical_, submitter.circumstances, content_));
    const auto reject = [&](std::string_view reason) {
      return Rejected{identity, digests, bounded_reason(reason), canonical_.text};
    };
    if (auto wrong = invalid(tree_)) return reject(*wrong);

    const JsonNode& data = *tree_.member(root, "data");
    Event event;
    event.type = tree_.text(root, "type");
    event.stream = *stream_of_type(event.type);
    publish(tree_, canonical_, identity.source, options, event);
    if (event.bytes.size() > options.max_event_bytes) {
      return reject("the event has " + std::to_string(event.bytes.size()) +
                    " bytes as published, above http.max_event_bytes = " +
                    std::to_string(options.max_event_bytes));
    }
    event.day = day_delta(tree_, data, event.type, options);
    event.receipt = receipt_facts(tree_, data, event.type, options);
    event.voids = voided_receipt(tree_, data, event.type, options);
    name_event(identity, digests, event);
    event.close = close_facts(tree_, data, event.type, options);
    event.used = used_number(tree_, data, event.type, identity.source, options);
    if (event.stream == Stream::levels) event.level = level_key(tree_, data);
    event.identity = std::move(identity);
    event.digests = digests;
    return event;
  }

  JsonTree tree_;
  Canonical canonical_;
  std::string content_;
};

}  // namespace

Result<std::vector<AdmittedItem>, Refusal> admit(std::string_view body, Framing framing,
                                                 const Submitter& submitter,
                                                 const AdmissionOptions& options) {
  thread_local Admitter admitter;
  std::vector<AdmittedItem> admitted;
  const auto elements = framing == Framing::batch ? admitter.open_batch(body) : std::nullopt;
  const bool as_a_whole = elements && *elements <= options.max_events;
  std::vector<DeliveryItem> items;
  if (!as_a_whole) {
    auto cut = items_of(body, framing, options.max_events);
    if (!cut) return Unexpected{cut.error()};
    items = std::move(*cut);
  }
  const std::size_t count = as_a_whole ? *elements : items.size();
  admitted.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    auto outcome = as_a_whole ? admitter.take_next(index, submitter, options)
                              : admitter.take(items[index], index, framing, submitter, options);
    if (!outcome) return Unexpected{outcome.error()};
    admitted.push_back(std::move(*outcome));
  }
  return admitted;
}

}  // namespace storeward
