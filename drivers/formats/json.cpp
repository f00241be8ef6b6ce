// The decoder of JSON. A record is each document of the source (one behind the other, with or
// without blanks between them), and of a document that is an array each element. With
// `options.records`: each element of the array at that path, or the object there; the document's
// scalars, and those of the objects on the path, go into a child `document` of each record
// (DocumentContext), wherever in the document they stand: so such a document is held whole, up to
// max_document_bytes. A document without the path's first member is itself the record. Without a
// path memory holds one record.
//
// Faults. What is not readable between two cuts is a fault of its own, and the next element goes
// on. Where brackets or quotes do not close, no cut behind is sure: one fault, then end; what
// stands behind is not read. UTF-8 only (RFC 8259).
#include <algorithm>
#include <optional>

#include "agent/core/utf8.h"
#include "drivers/formats/decoders.h"
#include "drivers/formats/document_context.h"
#include "drivers/formats/event_hash.h"
#include "drivers/formats/json_cutter.h"
#include "drivers/formats/json_document.h"
#include "drivers/formats/json_element.h"
#include "drivers/formats/source_window.h"

namespace storeward {
namespace {

constexpr std::size_t max_document_bytes = 64u << 20;

class JsonDecoder final : public Decoder {
 public:
  explicit JsonDecoder(const FormatOptions& options)
      : path_(options.records), max_bytes_(options.max_record_bytes) {
    if (options.event_hash) event_hash_.emplace();
  }

  void feed(std::string_view bytes, bool last) override {
    window_.append(bytes, needed_from());
    last_ = last;
  }
  Decoded next(Record& record) override;
  RecordPlace place() const override { return place_; }
  std::string_view raw() const override {
    return long_ ? std::string_view(head_)
                 : window_.between(place_.offset, place_.offset + place_.bytes);
  }
  const std::string& fault() const override { return fault_; }
  Loss loss() const override {
    if (done_ || (!path_.empty() && !document_)) return Loss::source;  // no array at the path, say
    return long_ ? Loss::more : Loss::raw;
  }

 private:
  using Outcome = std::optional<Decoded>;

  // A document whose array at the path is being given out.
  struct Document {
    std::uint64_t begin = 0, end = 0;  // of the array
    JsonCutter elements;
    DocumentContext context;
  };

  std::size_t max_value_bytes() const {
    return path_.empty() ? max_bytes_ : std::max(max_bytes_, max_document_bytes);
  }
  bool begin_source();
  bool refuse(std::string_view reason);
  std::uint64_t needed_from() const;
  void keep_head();

  Outcome take(JsonCut cut, Record& record);
  Outcome take_value(Record& record);
  Outcome open_document(Record& record);
  Outcome next_element(Record& record);
  Decoded read(Record& record, std::uint64_t begin, std::uint64_t end, std::uint64_t line);
  Decoded fault_between(std::uint64_t begin, std::uint64_t end, std::uint64_t line,
                        std::string_view reason);
  Decoded fault_in(std::uint64_t line, std::string_view reason) {
    fault_ = "line " + std::to_string(line) + ": " + std::string(reason);
    return Decoded::fault;
  }
  Decoded too_long(std::uint64_t begin, std::uint64_t end, std::uint64_t line, std::size_t most);
  Decoded unreadable(std::uint64_t line, std::string_view text, const JsonFault& fault);
  void set_place(std::uint64_t begin, std::uint64_t end, std::uint64_t line) {
    place_ = {.offset = begin, .bytes = end - begin, .line = line, .number = place_.number + 1};
  }

  const std::string path_;
  const std::size_t max_bytes_;
  SourceWindow window_;
  JsonCutter cutter_;
  JsonElement element_;
  std::optional<Document> document_;
  std::optional<EventHash> event_hash_;  // where events are to have one
  bool begun_ = false, last_ = false, done_ = false;

  RecordPlace place_;
  std::string fault_;
  std::string head_;   // of a value too long to be held whole
  bool long_ = false;  // head_ is raw()
};

std::uint64_t JsonDecoder::needed_from() const {
  if (document_) return document_->elements.position();
  if (!begun_) return 0;
  return cutter_.within_value() && head_.empty() ? cutter_.begin() : cutter_.position();
}

Decoded JsonDecoder::next(Record& record) {
  record.clear();
  if (long_) head_.clear();
  long_ = false;
  if (!done_ && !begun_ && !begin_source()) return done_ ? Decoded::fault : Decoded::need_more;
  while (!done_) {
    if (document_) {
      if (const Outcome outcome = next_element(record)) return *outcome;
      continue;
    }
    JsonCut cut = cutter_.next(window_.from(cutter_.position()));
    if (cut == JsonCut::need_more) {
      keep_head();
      if (!last_) return Decoded::need_more;
      cut = cutter_.finish();
      if (cut == JsonCut::need_more) done_ = true;
    }
    if (const Outcome outcome = take(cut, record)) return *outcome;
  }
  return Decoded::end;
}

// False: nothing to cut yet, or refused.
bool JsonDecoder::begin_source() {
  const std::string_view head = window_.from(0);
  if (head.size() < 4 && !last_) return false;
  const bool wide = head.starts_with("\xFE\xFF") || head.starts_with("\xFF\xFE") ||
                    head.substr(0, 4).find('\0') != std::string_view::npos;
  if (wide) return refuse("UTF-16 or UTF-32; have it written as UTF-8; nothing of it is read");
  const std::size_t mark = head.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  if (head.substr(mark).starts_with('<')) return refuse("XML, not JSON; nothing of it is read");
  begun_ = true;
  if (mark != 0) cutter_ = JsonCutter(mark);
  return true;
}

bool JsonDecoder::refuse(std::string_view reason) {
  const std::size_t there = window_.from(0).size();
  if (there < refused_bytes && !last_) return false;
  done_ = true;
  fault_between(0, std::min(there, refused_bytes), 1, reason);
  return false;
}

// Of a value that is too long already only the head is kept.
void JsonDecoder::keep_head() {
  const bool too_long =
      cutter_.within_value() && cutter_.position() - cutter_.begin() > max_value_bytes();
  if (too_long && head_.empty()) {
    head_ = window_.between(cutter_.begin(), cutter_.begin() + max_bytes_);
  }
}

JsonDecoder::Outcome JsonDecoder::take(JsonCut cut, Record& record) {
  switch (cut) {
    case JsonCut::value:
      return take_value(record);
    case JsonCut::wrong:
      return fault_between(cutter_.begin(), cutter_.position(), cutter_.begin_line(),
                           cutter_.reason());
    case JsonCut::lost:
      done_ = true;
      keep_head();
      long_ = !head_.empty();
      set_place(cutter_.begin(), cutter_.position(), cutter_.begin_line());
      return fault_in(cutter_.line(),
                      std::string(cutter_.reason()) + "; nothing behind it is read");
    case JsonCut::need_more:
      break;
  }
  return std::nullopt;
}

JsonDecoder::Outcome JsonDecoder::take_value(Record& record) {
  const std::uint64_t begin = cutter_.begin(), end = cutter_.position();
  if (end - begin > max_value_bytes()) {
    return too_long(begin, end, cutter_.begin_line(), max_value_bytes());
  }
  if (!path_.empty()) return open_document(record);
  return read(record, begin, end, cutter_.begin_line());
}

JsonDecoder::Outcome JsonDecoder::open_document(Record& record) {
  const std::uint64_t begin = cutter_.begin(), end = cutter_.position();
  const std::uint64_t line = cutter_.begin_line();
  const std::string_view text = window_.between(begin, end);
  const JsonAtPath found = find_at_path(text, path_);
  if (event_hash_) event_hash_->end_document();
  if (found.kind == JsonAtPath::Kind::whole) return read(record, begin, end, line);
  if (found.kind == JsonAtPath::Kind::nothing) {
    return fault_between(begin, end, line, path_ + ": no array is there");
  }
  const std::string around = frame(text, found);
  const auto readable = element_.read_into(record, around);
  if (!readable) {
    set_place(begin, end, line);
    return unreadable(line, around, readable.error());
  }
  const std::string_view before = text.substr(0, found.begin);
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(before, '\n'));
  document_ = Document{.begin = begin + found.begin,
                       .end = begin + found.end,
                       .elements = JsonCutter(begin + found.begin, line + lines),
                       .context = {}};
  scalars_into(document_->context, record, path_);
  if (event_hash_) event_hash_->begin_document(record);
  record.clear();
  return std::nullopt;
}

// Nothing: the document has no more.
JsonDecoder::Outcome JsonDecoder::next_element(Record& record) {
  JsonCutter& elements = document_->elements;
  const JsonCut cut = elements.next(window_.between(elements.position(), document_->end));
  const std::uint64_t begin = elements.begin(), end = elements.position();
  if (cut == JsonCut::value) {
    const Decoded outcome = read(record, begin, end, elements.begin_line());
    if (outcome != Decoded::record || document_->context.put_into(record)) return outcome;
    record.clear();
    return fault_in(place_.line, "too many values in one record");
  }
  if (cut == JsonCut::wrong) {
    return fault_between(begin, end, elements.begin_line(), elements.reason());
  }
  if (cut == JsonCut::lost) {
    set_place(begin, document_->end, elements.begin_line());
    const Decoded outcome = fault_in(elements.line(), elements.reason());
    document_.reset();
    return outcome;
  }
  document_.reset();
  return std::nullopt;
}

Decoded JsonDecoder::read(Record& record, std::uint64_t begin, std::uint64_t end,
                          std::uint64_t line) {
  if (end - begin > max_bytes_) return too_long(begin, end, line, max_bytes_);
  set_place(begin, end, line);
  const std::string_view text = window_.between(begin, end);
  const auto readable = element_.read_into(record, text);
  if (!readable) return unreadable(line, text, readable.error());
  if (event_hash_) event_hash_->add_to(record);
  return Decoded::record;
}

Decoded JsonDecoder::unreadable(std::uint64_t line, std::string_view text, const JsonFault& fault) {
  const std::string_view before = text.substr(0, std::min(fault.at.value_or(0), text.size()));
  line += static_cast<std::uint64_t>(std::ranges::count(before, '\n'));
  return fault_in(line, fault.reason);
}

Decoded JsonDecoder::fault_between(std::uint64_t begin, std::uint64_t end, std::uint64_t line,
                                   std::string_view reason) {
  set_place(begin, end, line);
  return fault_in(line, reason);
}

Decoded JsonDecoder::too_long(std::uint64_t begin, std::uint64_t end, std::uint64_t line,
                              std::size_t most) {
  if (head_.empty()) head_ = window_.between(begin, begin + max_bytes_);
  long_ = true;
  return fault_between(begin, end, line, "longer than " + std::to_string(most) + " bytes");
}

}  // namespace

MadeDecoder make_json(const FormatOptions& options) {
  if (const std::string key = key_of_rows(options); !key.empty()) {
    return fail(key + ": is not for kind \"json\"");
  }
  const std::string& path = options.records;
  if (path.starts_with('/') || path.ends_with('/') || path.find("//") != std::string::npos) {
    return fail("format.records: member names with a / between them, as in epcisBody/eventList");
  }
  if (options.max_record_bytes < 64) return fail("format.max_record_bytes: at least 64");
  return MadeDecoder(std::make_unique<JsonDecoder>(options));
}

}  // namespace storeward
