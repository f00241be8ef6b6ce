// A piece of a source as a record or a fault.
#include <utility>

#include "drivers/formats/edi/decoder.h"

namespace storeward {
namespace {

// "846 (0001)"
std::string called(const EdiFacts& facts) {
  return edi_shown(facts.set) + " (" + edi_shown(facts.set_control) + ")";
}

std::string key_of(const EdiFacts& facts) {
  return facts.sender + "/" + facts.control + "/" + facts.group + "/" + facts.set_control;
}

// Whether all could be added.
bool add_facts(const EdiFacts& facts, const EdiSyntax& syntax, EdiTree& tree, Record& record) {
  const Record::Node node = record.add(Record::root, "interchange");
  if (node == Record::none) return false;
  const std::pair<std::string_view, std::string> fields[] = {
      {"sender", facts.sender},   {"receiver", facts.receiver},
      {"control", facts.control}, {"date", facts.date},
      {"group", facts.group},     {"set", facts.set},
      {"version", facts.version}, {"set_control", facts.set_control},
      {"key", key_of(facts)},     {"test", facts.test ? "1" : "0"}};
  for (const auto& [name, text] : fields) {
    if (!tree.add_field(node, name, text)) return false;
  }
  return syntax.decimal == '\0' ||
         tree.add_field(node, "decimal_mark", std::string(1, syntax.decimal));
}

}  // namespace

std::string_view EdiDecoder::text_of(const EdiPiece& piece, std::size_t segment) const {
  const EdiSpan& span = piece.segments[segment];
  if (piece.too_long) return std::string_view(piece.excerpt).substr(span.begin, span.bytes);
  return segments_.kept(piece.begin + span.begin, span.bytes);
}

EdiFacts EdiDecoder::facts_of(const EdiPiece& piece) const {
  const EdiGroupSeen& group = envelopes_.group();
  const std::string_view header = piece.segments.empty() ? std::string_view() : text_of(piece, 0);
  EdiFacts facts = standard_.facts(syntax_, envelopes_.interchange().header, group.header, header);
  if (piece.lone) {
    facts.set = standard_.lone;
    facts.set_control = edi_shown(edi_element(header, syntax_, 1));
  }
  return facts;
}

// Why the piece cannot be a record; empty: it can, as far as its envelopes tell.
std::string EdiDecoder::reason_against(const EdiPiece& piece, const EdiFacts& facts) const {
  const std::string where = edi_line(piece.line);
  if (!piece.fault.empty()) return piece.fault;
  const std::string interchange(standard_.interchange), set(standard_.set);
  const bool in_interchange = !envelopes_.interchange().header.empty();
  if (piece.state == EdiPiece::State::stray) {
    if (!readable_) return where + "this is not " + std::string(standard_.name);
    std::string_view text = piece.segments.empty() ? std::string_view() : text_of(piece, 0);
    bool more = false;
    const std::string_view tag = edi_take(text, syntax_.element, syntax_.release, more);
    if (tag == interchange) return where + interchange + ", the header, cannot be read";
    return where + "segments that belong to no set" +
           (is_edi_tag(tag) ? ", the first is " + std::string(tag) : std::string()) +
           (in_interchange ? "" : "; " + interchange + ", the header, is missing");
  }
  const std::string subject = where + "the set " + called(facts);
  if (piece.state == EdiPiece::State::open) {
    return subject + " ends without " + std::string(standard_.set_end);
  }
  if (piece.too_long) {
    return subject + " is longer than " + std::to_string(max_record_bytes_) + " bytes";
  }
  if (!in_interchange) {
    return subject + " stands in no interchange: " + interchange + ", the header, is missing";
  }
  if (!is_edi_tag("S" + facts.set)) return subject + " says in " + set + " no kind of set";
  if (facts.set_control.empty()) return subject + " has no control number in " + set;
  if (facts.control.empty()) return subject + ": " + interchange + " has no control number";
  if (facts.sender.empty()) return subject + ": " + interchange + " names no sender";
  return {};
}

// The reason why it cannot be built, if there is one.
std::string EdiDecoder::build(const EdiPiece& piece, const EdiFacts& facts, Record& record) const {
  std::vector<EdiTree::Segment> segments;
  segments.reserve(piece.segments.size() + 2);
  const std::string_view interchange = envelopes_.interchange().header;
  segments.push_back({interchange, piece.line});
  if (!envelopes_.group().header.empty()) {
    segments.push_back({envelopes_.group().header, piece.line});
  }
  for (std::size_t i = 0; i < piece.segments.size(); ++i) {
    segments.push_back({text_of(piece, i), piece.segments[i].line});
  }
  EdiTree tree(syntax_, facts.set, standard_.pairs, standard_.periods, record);
  if (auto fault = tree.read_charset(segments, standard_.charset(syntax_, interchange))) {
    return *fault;
  }
  for (const EdiTree::Segment& segment : segments) {
    const bool plain = standard_.plain_header && &segment == &segments.front();
    if (auto fault = tree.add(segment, plain)) return *fault;
  }
  if (!add_facts(facts, syntax_, tree, record)) {
    return edi_line(piece.line) + "more than " + std::to_string(Record::max_nodes) +
           " elements in one set";
  }
  if (facts.test) record.warn("test interchange");
  if (standard_.groups_needed && !piece.lone && envelopes_.group().header.empty()) {
    record.warn("the set stands in no group: " + std::string(standard_.group) + " is missing");
  }
  for (const std::string& warning : piece.warnings) record.warn(warning);
  return {};
}

Decoded EdiDecoder::give(Record& record) {
  EdiPiece& piece = *piece_;
  given_ = true;
  place_ = {.offset = piece.begin,
            .bytes = piece.end - piece.begin,
            .line = piece.line,
            .number = place_.number + 1};
  raw_ = piece.excerpt.empty() ? segments_.kept(piece.begin, place_.bytes)
                               : std::string_view(piece.excerpt);
  const EdiFacts facts = facts_of(piece);
  fault_ = reason_against(piece, facts);
  if (fault_.empty()) fault_ = build(piece, facts, record);
  const bool is_set =
      piece.state == EdiPiece::State::open || piece.state == EdiPiece::State::complete;
  if (is_set && !piece.lone) {
    piece.seen.header = piece.segments.empty() ? std::string_view() : text_of(piece, 0);
    piece.seen.without_end = piece.state == EdiPiece::State::open;
    piece.seen.rejected = !fault_.empty();
    envelopes_.note(std::move(piece.seen));
  }
  if (!fault_.empty()) {
    record.clear();
    return Decoded::fault;
  }
  for (std::string& warning : first_warnings_) record.warn(std::move(warning));
  first_warnings_.clear();
  return Decoded::record;
}

}  // namespace storeward
