// The decoder of XML (POSLog of any version, EPCIS 1.2, SAP IDocs …): each element of the name
// `options.records` is a record, wherever it stands; an empty name: the root element. Streaming:
// what is kept is the element at hand. Elements by local name, attributes as "@Name"; namespaces
// and their declarations are left out.
//
// What stands outside the records and before them goes into a child `document` of each record: the
// attributes of the elements around it, and the texts of short elements beside those
// (DocumentContext).
//
// Faults. A record that is not well-formed, too long, too deep or too rich is a fault of its own;
// the next record is looked for behind it. A tag outside the records that opens or closes nothing
// is one too. Refused as a whole, before anything is done with it (one fault, then end; what stands
// behind is not read): document types and other declarations, UTF-16 and unknown character sets,
// what is no XML. Encodings: those of xml_charset.h by the XML declaration, UTF-8 without one.
#include <algorithm>
#include <optional>

#include "agent/base/ascii.h"
#include "agent/core/utf8.h"
#include "drivers/formats/decoders.h"
#include "drivers/formats/source_window.h"
#include "drivers/formats/xml_charset.h"
#include "drivers/formats/xml_element.h"
#include "drivers/formats/xml_path.h"
#include "drivers/formats/xml_scanner.h"

namespace storeward {
namespace {

class XmlDecoder final : public Decoder {
 public:
  explicit XmlDecoder(const FormatOptions& options)
      : records_(options.records),
        root_(options.root),
        max_bytes_(options.max_record_bytes),
        scanner_(options.max_record_bytes) {}

  void feed(std::string_view bytes, bool last) override {
    window_.append(bytes, needed_from());
    last_ = last;
  }
  Decoded next(Record& record) override;
  RecordPlace place() const override { return place_; }
  std::string_view raw() const override {
    return head_.empty() ? window_.between(place_.offset, place_.offset + place_.bytes)
                         : std::string_view(head_);
  }
  const std::string& fault() const override { return fault_; }
  Loss loss() const override {
    if (done_ || (path_.depth() == 0 && !had_records_)) return Loss::source;
    return of_record_ && head_.empty() ? Loss::raw : Loss::more;
  }

 private:
  // A record that is open; `broken`: it is a fault already, and only its end is looked for.
  struct Open {
    std::uint64_t begin = 0, line = 0;
    std::size_t depth = 0;  // of the path around it
    std::string name;
    bool broken = false, too_long = false;
    std::string head;  // its first max_bytes_, where it is too long
    // Of the first element within that has the name of a record: where to go on if this one has
    // lost its end.
    std::uint64_t nested_begin = 0, nested_line = 0;
  };
  using Outcome = std::optional<Decoded>;

  bool begin_source();
  bool refuse(std::size_t from, std::string_view reason);
  std::uint64_t needed_from() const;
  std::uint64_t token_begin() const;
  std::string_view to_scan() const;
  bool is_record(std::string_view name) const {
    return records_.empty() ? path_.depth() == 0 : local_name(name) == records_;
  }

  Outcome take(XmlToken token, Record& record);
  Outcome take_open(bool empty, Record& record);
  Outcome open_outside(bool empty);
  Outcome take_close(Record& record);
  Outcome close_outside();
  Outcome take_text();
  Outcome take_declaration();
  Outcome take_wrong(std::string_view reason);
  Outcome break_record(std::string_view reason);
  Decoded end_record(Record& record);
  Decoded end_broken(std::uint64_t end);
  Decoded at_end();

  Decoded fault_of_token(std::string_view reason);
  Decoded give_up(std::string_view reason);
  void set_place(std::uint64_t begin, std::uint64_t end, std::uint64_t line);
  void set_fault(std::uint64_t line, std::string_view reason) {
    fault_ = "line " + std::to_string(line) + ": " + std::string(reason);
  }

  const std::string records_;  // local name; empty: the root element
  const std::string root_;     // local name, of a document that may have none; empty: any
  const std::size_t max_bytes_;
  TextEncoding encoding_ = TextEncoding::named("utf-8").value();
  SourceWindow window_;
  XmlScanner scanner_;
  XmlPath path_;
  XmlElement element_;
  std::optional<Open> open_;
  bool begun_ = false, last_ = false, done_ = false;
  // Of the document at hand: did it have records, and elements that were more than short texts?
  bool had_records_ = false, had_more_ = false;

  RecordPlace place_;
  std::string fault_;
  bool of_record_ = false;  // the fault is, not a tag's outside of all records
  std::string head_;        // of a record too long to be held whole
};

std::uint64_t XmlDecoder::needed_from() const {
  if (!begun_) return 0;
  const std::uint64_t position = scanner_.position();
  if (open_ && !open_->too_long) return open_->begin;
  if (!open_ && path_.may_be_short(position)) return path_.begin();
  return scanner_.within_token() ? token_begin() : position;
}

// Long comments and the like are not held.
std::uint64_t XmlDecoder::token_begin() const {
  constexpr std::uint64_t short_token = 4096;
  const std::uint64_t begin = scanner_.begin(), position = scanner_.position();
  return scanner_.tag() || position - begin <= short_token ? begin : position;
}

// Never past the byte that makes an open record too long, so that slices do not matter.
std::string_view XmlDecoder::to_scan() const {
  const std::string_view rest = window_.from(scanner_.position());
  if (!open_ || open_->too_long) return rest;
  return rest.substr(0, open_->begin + max_bytes_ - scanner_.position());
}

Decoded XmlDecoder::next(Record& record) {
  record.clear();
  head_.clear();
  if (!done_ && !begun_ && !begin_source()) return done_ ? Decoded::fault : Decoded::need_more;
  while (!done_) {
    const bool all = to_scan().size() == window_.from(scanner_.position()).size();
    const XmlToken token = scanner_.next(to_scan());
    if (token != XmlToken::need_more) {
      if (const Outcome outcome = take(token, record)) return *outcome;
    } else if (!all) {
      const auto outcome =
          break_record("longer than a record may be (" + std::to_string(max_bytes_) + " bytes)");
      if (outcome) return *outcome;
      open_->too_long = true;
      open_->head = window_.between(open_->begin, scanner_.position());
    } else {
      return last_ ? at_end() : Decoded::need_more;
    }
  }
  return Decoded::end;
}

// The first bytes tell UTF-16 and UTF-32. False: nothing to scan yet, or refused.
bool XmlDecoder::begin_source() {
  const std::string_view head = window_.from(0);
  if (head.size() < 4 && !last_) return false;
  const bool wide = head.starts_with("\xFE\xFF") || head.starts_with("\xFF\xFE") ||
                    head.substr(0, 4).find('\0') != std::string_view::npos;
  const std::size_t mark = head.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  // Only so far in, so that slices do not matter.
  const std::size_t first = head.substr(0, refused_bytes).find_first_not_of(white_space, mark);
  if (wide) return refuse(0, "UTF-16 or UTF-32; have it written as UTF-8");
  if (first == std::string_view::npos && head.size() < refused_bytes && !last_) return false;
  if (first != std::string_view::npos && head[first] != '<') {
    return refuse(first, "text outside of any element: this is no XML");
  }
  begun_ = true;
  if (head.starts_with(byte_order_mark)) scanner_.rewind(byte_order_mark.size(), 1);
  return true;
}

bool XmlDecoder::refuse(std::size_t from, std::string_view reason) {
  const std::string_view head = window_.from(0);
  if (head.size() - from < refused_bytes && !last_) return false;
  done_ = begun_ = true;
  const auto line = 1 + static_cast<std::uint64_t>(std::ranges::count(head.substr(0, from), '\n'));
  set_place(from, std::min<std::uint64_t>(head.size(), from + refused_bytes), line);
  set_fault(line, std::string(reason) + "; nothing behind it is read");
  return false;
}

XmlDecoder::Outcome XmlDecoder::take(XmlToken token, Record& record) {
  switch (token) {
    case XmlToken::text:
      return take_text();
    case XmlToken::cdata:
      if (open_ || path_.depth() > 0) return std::nullopt;
      return give_up("CDATA outside of any element");
    case XmlToken::declaration:
      return take_declaration();
    case XmlToken::open:
    case XmlToken::empty:
      return take_open(token == XmlToken::empty, record);
    case XmlToken::close:
      return take_close(record);
    case XmlToken::wrong:
      return take_wrong(scanner_.reason());
    case XmlToken::refused:
      return give_up(scanner_.reason());
    case XmlToken::aside:
    case XmlToken::need_more:
      break;
  }
  return std::nullopt;
}

XmlDecoder::Outcome XmlDecoder::take_open(bool empty, Record& record) {
  const std::string_view name = scanner_.name();
  if (open_) {
    const bool another = !records_.empty() && is_record(name);
    if (open_->broken) {
      if (another) return end_broken(scanner_.begin());
      return std::nullopt;
    }
    if (another && open_->nested_begin == 0) {
      open_->nested_begin = scanner_.begin();
      open_->nested_line = scanner_.begin_line();
    }
    if (path_.full()) return break_record("nested deeper than 64 elements");
    if (!empty) path_.push(name);
    return std::nullopt;
  }
  if (path_.full()) return give_up("nested deeper than 64 elements");
  if (!is_record(name)) return open_outside(empty);
  path_.child_opens();
  open_ = Open{.begin = scanner_.begin(),
               .line = scanner_.begin_line(),
               .depth = path_.depth(),
               .name = std::string(name)};
  had_records_ = true;
  if (empty) return end_record(record);
  path_.push(name);
  return std::nullopt;
}

// The root, or an element around or beside the records.
XmlDecoder::Outcome XmlDecoder::open_outside(bool empty) {
  if (path_.depth() == 0) had_records_ = had_more_ = false;
  if (path_.depth() >= 2) had_more_ = true;
  std::string tag(window_.between(scanner_.begin(), scanner_.position()));
  if (!empty) tag.insert(tag.size() - 1, "/");
  if (const auto read = element_.read(tag, encoding_); !read) {
    return fault_of_token(read.error().reason);
  }
  path_.open_outside(scanner_.name(), scanner_.begin(), element_);
  return empty ? close_outside() : std::nullopt;
}

XmlDecoder::Outcome XmlDecoder::take_close(Record& record) {
  const std::string_view name = scanner_.name();
  if (!open_) return close_outside();
  if (!open_->broken) {
    if (path_.innermost() == name) {
      path_.pop();
      if (path_.depth() == open_->depth) return end_record(record);
      return std::nullopt;
    }
    if (const Outcome cut = break_record("a closing tag that closes another element")) return cut;
  }
  if (local_name(name) == local_name(open_->name)) return end_broken(scanner_.position());
  path_.cut(open_->depth);
  if (path_.has(name)) return end_broken(scanner_.begin());
  return std::nullopt;
}

XmlDecoder::Outcome XmlDecoder::close_outside() {
  const std::string_view name = scanner_.name();
  if (!path_.has(name)) return fault_of_token("a closing tag for an element that is not open");
  bool lost = false;
  while (path_.innermost() != name) {
    path_.pop();
    lost = true;
  }
  const bool short_text =
      path_.may_be_short(scanner_.position()) &&
      element_.read(window_.between(path_.begin(), scanner_.position()), encoding_).has_value();
  path_.close_outside(short_text, element_);
  if (lost) return fault_of_token("an element that was opened before this one is never closed");
  if (path_.depth() > 0 || had_records_) return std::nullopt;
  const bool may_have_none = root_.empty() || local_name(name) == root_;
  if (may_have_none && !had_more_) return std::nullopt;
  return fault_of_token("the document ends without a <" + records_ + ">: nothing of it is taken");
}

XmlDecoder::Outcome XmlDecoder::take_text() {
  if (open_ || path_.depth() > 0) return std::nullopt;
  const std::string_view text = window_.between(scanner_.begin(), scanner_.position());
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return std::nullopt;
  // Its first byte only: how much of the text has come does not matter.
  const std::uint64_t begin = scanner_.begin() + first;
  const auto lines =
      static_cast<std::uint64_t>(std::count(text.begin(), text.begin() + first, '\n'));
  done_ = true;
  set_place(begin, begin + 1, scanner_.begin_line() + lines);
  set_fault(place_.line, "text outside of any element: this is no XML; nothing behind it is read");
  return Decoded::fault;
}

XmlDecoder::Outcome XmlDecoder::take_declaration() {
  if (open_ || path_.depth() > 0) return take_wrong("an XML declaration within an element");
  const std::string_view name = scanner_.encoding().empty() ? "utf-8" : scanner_.encoding();
  const std::optional<TextEncoding> encoding = xml_charset(name);
  if (!encoding) {
    return give_up("a character set that is not read; have it written as one of " +
                   std::string(xml_charset_names));
  }
  encoding_ = *encoding;
  return std::nullopt;
}

XmlDecoder::Outcome XmlDecoder::take_wrong(std::string_view reason) {
  if (open_) return break_record(reason);
  if (path_.depth() == 0) return give_up(reason);
  return fault_of_token(reason);
}

XmlDecoder::Outcome XmlDecoder::break_record(std::string_view reason) {
  if (open_->broken) return std::nullopt;
  open_->broken = true;
  set_fault(scanner_.line(), reason);
  if (open_->nested_begin > 0) return end_broken(open_->nested_begin);
  return std::nullopt;
}

Decoded XmlDecoder::end_record(Record& record) {
  const Open ended = std::move(*open_);
  open_.reset();
  set_place(ended.begin, scanner_.position(), ended.line);
  of_record_ = true;
  const std::string_view bytes = window_.between(ended.begin, scanner_.position());
  if (const auto read = element_.read(bytes, encoding_); !read) {
    const std::string_view before = bytes.substr(0, read.error().at);
    set_fault(ended.line + static_cast<std::uint64_t>(std::ranges::count(before, '\n')),
              read.error().reason);
    return Decoded::fault;
  }
  if (element_.put_into(record) && path_.context().put_into(record)) return Decoded::record;
  record.clear();
  set_fault(ended.line, "more than " + std::to_string(Record::max_nodes) +
                            " elements and attributes in one record");
  return Decoded::fault;
}

// The broken record reaches to `end`; from there the scan goes on.
Decoded XmlDecoder::end_broken(std::uint64_t end) {
  const Open ended = std::move(*open_);
  open_.reset();
  path_.cut(ended.depth);
  set_place(ended.begin, end, ended.line);
  of_record_ = true;
  if (end == ended.nested_begin) {
    scanner_.rewind(end, ended.nested_line);
  } else if (end < scanner_.position()) {
    scanner_.rewind(end, scanner_.begin_line());
  }
  head_ = ended.head.substr(0, static_cast<std::size_t>(place_.bytes));
  return Decoded::fault;
}

Decoded XmlDecoder::at_end() {
  if (open_) {
    const Outcome cut = break_record("the source ends within this record");
    if (cut) return *cut;
    done_ = true;
    return end_broken(window_.end());
  }
  done_ = true;
  if (scanner_.within_token()) return fault_of_token("the source ends within a tag or comment");
  if (path_.depth() == 0) return Decoded::end;
  set_place(window_.end(), window_.end(), scanner_.line());
  set_fault(scanner_.line(), "the source ends before its first element is closed: it is cut short");
  return Decoded::fault;
}

Decoded XmlDecoder::fault_of_token(std::string_view reason) {
  set_place(token_begin(), scanner_.position(), scanner_.begin_line());
  set_fault(scanner_.line(), reason);
  return Decoded::fault;
}

Decoded XmlDecoder::give_up(std::string_view reason) {
  done_ = true;
  if (open_) {
    set_place(open_->begin, scanner_.position(), open_->line);
    head_ = open_->head;
    open_.reset();
  } else {
    set_place(token_begin(), scanner_.position(), scanner_.begin_line());
  }
  set_fault(scanner_.line(), std::string(reason) + "; nothing behind it is read");
  return Decoded::fault;
}

void XmlDecoder::set_place(std::uint64_t begin, std::uint64_t end, std::uint64_t line) {
  of_record_ = false;
  place_ = {.offset = begin, .bytes = end - begin, .line = line, .number = place_.number + 1};
}

}  // namespace

MadeDecoder make_xml(const FormatOptions& options) {
  if (const std::string key = key_of_rows(options); !key.empty()) {
    return fail(key + ": is not for kind \"xml\"");
  }
  if (options.max_record_bytes < 64) return fail("format.max_record_bytes: at least 64");
  return MadeDecoder(std::make_unique<XmlDecoder>(options));
}

}  // namespace storeward
