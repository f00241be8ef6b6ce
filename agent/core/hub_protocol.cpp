#include "agent/core/hub_protocol.h"

#include <nlohmann/json.hpp>

#include "agent/base/json_dump.h"
#include "agent/core/json_nesting.h"
#include "agent/core/masking.h"
#include "agent/core/utf8.h"

namespace storeward {
namespace {

using nlohmann::json;

constexpr std::size_t max_document_bytes = 1u << 20;
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_epochs = 1000;
constexpr std::size_t max_entries = 10'000;

// Where we are in the document, for errors: "epochs.E2.confirmed.sales".
struct ShapeError {
  std::string message;
};

[[noreturn]] void wrong(const std::string& place, std::string_view expected) {
  throw ShapeError{place + ": " + std::string(expected)};
}

const json& object_at(const json& value, const std::string& place) {
  if (!value.is_object()) wrong(place, "is not an object");
  return value;
}

const json& array_at(const json& value, const std::string& place) {
  if (!value.is_array()) wrong(place, "is not an array");
  if (value.size() > max_entries) wrong(place, "has more than 10000 entries");
  return value;
}

Sequence sequence_at(const json& value, const std::string& place, Sequence least) {
  if (!value.is_number_unsigned()) wrong(place, "is not a whole number");
  const auto number = value.get<Sequence>();
  if (number < least || number > max_told_sequence) wrong(place, "is out of range");
  return number;
}

std::string text_at(const json& value, const std::string& place, std::size_t most = 1000) {
  if (!value.is_string()) wrong(place, "is not a text");
  return std::string(utf8_prefix(value.get_ref<const std::string&>(), most));
}

// Somebody's words, which are kept and repeated: masked before they are cut.
std::string words_at(const json& value, const std::string& place) {
  constexpr std::size_t most = 1000;
  const std::string masked = mask_text(text_at(value, place, max_document_bytes));
  return std::string(utf8_prefix(masked, most));
}

Range range_at(const json& value, const std::string& place) {
  if (!value.is_array() || value.size() < 2) wrong(place, "is not a pair of sequences");
  const Range range{sequence_at(value[0], place, 1), sequence_at(value[1], place, 1)};
  if (range.first > range.last) wrong(place, "ends before it begins");
  return range;
}

Sha256 hash_at(const json& value, const std::string& place) {
  Sha256 hash;
  if (!value.is_string() || !from_hex(value.get_ref<const std::string&>(), hash)) {
    wrong(place, "is not a SHA-256 in hex");
  }
  return hash;
}

// Calls visit(stream, value, place) for the members that name a stream we know.
template <typename Visit>
void each_stream(const json& members, const std::string& place, Visit visit) {
  for (const auto& [name, value] : object_at(members, place).items()) {
    if (const auto stream = stream_named(name)) visit(*stream, value, place + "." + name);
  }
}

template <typename Visit>
void if_present(const json& members, const char* name, const std::string& place, Visit visit) {
  const auto found = members.find(name);
  if (found != members.end()) visit(*found, place + "." + name);
}

json parsed(std::string_view text) {
  if (text.size() > max_document_bytes) throw ShapeError{"document is larger than 1 MiB"};
  if (nests_deeper_than(text, max_depth)) throw ShapeError{"document nests deeper than 64 levels"};
  // The reader takes a NUL byte for the end.
  const bool cut = text.find('\0') != text.npos;
  json document = cut ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
  if (document.is_discarded()) throw ShapeError{"document is not JSON"};
  object_at(document, "document");
  return document;
}

// What is said of the document quotes it, and ends in logs, alerts and answers.
template <typename Decode>
auto decoded(Decode decode) -> Result<decltype(decode())> {
  try {
    return decode();
  } catch (const ShapeError& error) {
    return fail(mask_text(error.message));
  } catch (const json::exception& error) {
    return fail(mask_text(error.what()));
  }
}

EpochAck epoch_ack(const json& members, const std::string& place) {
  EpochAck ack;
  if_present(members, "confirmed", place, [&ack](const json& value, const std::string& at) {
    each_stream(value, at, [&ack](Stream stream, const json& sequence, const std::string& where) {
      ack.confirmed[stream] = sequence_at(sequence, where, 0);
    });
  });
  if_present(members, "missing", place, [&ack](const json& value, const std::string& at) {
    each_stream(value, at, [&ack](Stream stream, const json& ranges, const std::string& where) {
      for (const json& range : array_at(ranges, where)) {
        ack.missing[stream].push_back(range_at(range, where));
      }
    });
  });
  if_present(members, "rejected", place, [&ack](const json& value, const std::string& at) {
    for (const json& entry : array_at(value, at)) {
      object_at(entry, at);
      const auto stream = stream_named(entry.value("stream", std::string()));
      if (!stream) continue;
      ack.rejected.push_back({*stream, sequence_at(entry.value("sequence", json()), at, 1),
                              words_at(entry.value("reason", json("")), at + ".reason")});
    }
  });
  if_present(members, "hash", place, [&ack](const json& value, const std::string& at) {
    each_stream(value, at, [&ack](Stream stream, const json& hash, const std::string& where) {
      ack.hash[stream] = hash_at(hash, where);
    });
  });
  return ack;
}

StreamHead stream_head(const json& members, const std::string& place) {
  object_at(members, place);
  StreamHead head;
  const auto number = [&members, &place](const char* name, Sequence least) {
    return sequence_at(members.value(name, json(least)), place + "." + name, least);
  };
  head.first = number("first", 1);
  head.last = number("last", 0);
  head.published = number("published", 0);
  head.confirmed = number("confirmed", 0);
  if_present(members, "hash", place,
             [&head](const json& value, const std::string& at) { head.hash = hash_at(value, at); });
  if_present(members, "absent", place, [&head](const json& value, const std::string& at) {
    for (const json& entry : array_at(value, at)) {
      AbsentRange absent{range_at(entry, at), AbsentReason::withheld};
      const std::string reason = entry.size() > 2 ? text_at(entry[2], at) : "withheld";
      if (reason == "pruned") absent.reason = AbsentReason::pruned;
      if (reason == "salvage") absent.reason = AbsentReason::salvage;
      head.absent.push_back(absent);
    }
  });
  return head;
}

json to_pairs(const std::vector<Range>& ranges) {
  json pairs = json::array();
  for (const Range& range : ranges) pairs.push_back({range.first, range.last});
  return pairs;
}

}  // namespace

Result<HubAck> parse_hub_ack(std::string_view text) {
  return decoded([text] {
    const json document = parsed(text);
    HubAck ack;
    ack.serial = sequence_at(document.value("serial", json()), "serial", 0);
    if_present(document, "epochs", "ack", [&ack](const json& epochs, const std::string& at) {
      if (object_at(epochs, at).size() > max_epochs) wrong(at, "has more than 1000 epochs");
      for (const auto& [epoch, members] : epochs.items()) {
        ack.epochs.emplace(epoch,
                           epoch_ack(object_at(members, at + "." + epoch), at + "." + epoch));
      }
    });
    return ack;
  });
}

std::string to_json(const HubAck& ack) {
  json epochs = json::object();
  for (const auto& [epoch, entry] : ack.epochs) {
    json& members = epochs[epoch] = json::object();
    members["confirmed"] = json::object();
    for (const auto& [stream, sequence] : entry.confirmed) {
      members["confirmed"][std::string(name_of(stream))] = sequence;
    }
    for (const auto& [stream, ranges] : entry.missing) {
      if (!ranges.empty()) members["missing"][std::string(name_of(stream))] = to_pairs(ranges);
    }
    for (const HubRejection& rejection : entry.rejected) {
      members["rejected"].push_back({{"stream", name_of(rejection.stream)},
                                     {"sequence", rejection.sequence},
                                     {"reason", rejection.reason}});
    }
    for (const auto& [stream, hash] : entry.hash) {
      members["hash"][std::string(name_of(stream))] = to_hex(hash);
    }
  }
  return dumped(json{{"serial", ack.serial}, {"epochs", std::move(epochs)}});
}

std::string_view name_of(AbsentReason reason) {
  switch (reason) {
    case AbsentReason::withheld:
      return "withheld";
    case AbsentReason::pruned:
      return "pruned";
    case AbsentReason::salvage:
      return "salvage";
  }
  ASSERT(false);
}

Result<Heads> parse_heads(std::string_view text) {
  return decoded([text] {
    const json document = parsed(text);
    Heads heads;
    heads.current = text_at(document.value("current", json("")), "current");
    if_present(document, "epochs", "heads", [&heads](const json& epochs, const std::string& at) {
      if (object_at(epochs, at).size() > max_epochs) wrong(at, "has more than 1000 epochs");
      for (const auto& [epoch, streams] : epochs.items()) {
        each_stream(
            streams, at + "." + epoch,
            [&heads, &epoch = epoch](Stream stream, const json& value, const std::string& place) {
              heads.streams[{epoch, stream}] = stream_head(value, place);
            });
      }
    });
    return heads;
  });
}

std::string to_json(const Heads& heads) {
  json epochs = json::object();
  if (!heads.current.empty()) epochs[heads.current] = json::object();
  for (const auto& [key, head] : heads.streams) {
    json members = {{"first", head.first},
                    {"last", head.last},
                    {"published", head.published},
                    {"confirmed", head.confirmed},
                    {"hash", to_hex(head.hash)}};
    for (const AbsentRange& absent : head.absent) {
      members["absent"].push_back({absent.range.first, absent.range.last, name_of(absent.reason)});
    }
    epochs[key.epoch][std::string(name_of(key.stream))] = std::move(members);
  }
  return dumped(json{{"current", heads.current}, {"epochs", std::move(epochs)}});
}

Result<ReplayCommand> parse_command(std::string_view text) {
  return decoded([text] {
    const json document = parsed(text);
    const std::string command = text_at(document.value("command", json("")), "command");
    if (command != "replay") wrong("command", "\"" + command + "\" is unknown; known: replay");
    const std::string name = text_at(document.value("stream", json("")), "stream");
    const auto stream = stream_named(name);
    if (!stream) wrong("stream", "\"" + name + "\" is unknown");
    ReplayCommand replay{{text_at(document.value("epoch", json()), "epoch"), *stream},
                         {sequence_at(document.value("from", json()), "from", 1),
                          sequence_at(document.value("to", json()), "to", 1)}};
    if (replay.range.first > replay.range.last) wrong("to", "is before from");
    return replay;
  });
}

std::string to_json(const ReplayCommand& command) {
  return dumped(json{{"command", "replay"},
                     {"epoch", command.stream.epoch},
                     {"stream", name_of(command.stream.stream)},
                     {"from", command.range.first},
                     {"to", command.range.last}});
}

std::string to_json(const ReplayAnswer& answer) {
  json document = {{"ok", answer.ok},
                   {"accepted", to_pairs(answer.accepted)},
                   {"unavailable", to_pairs(answer.unavailable)}};
  if (!answer.reason.empty()) document["reason"] = answer.reason;
  return dumped(document);
}

}  // namespace storeward
