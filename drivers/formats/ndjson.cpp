// The decoder of JSON lines: each line that is not blank is a record, whatever the others hold. A
// line that is no JSON, or too long, is a fault. UTF-8 only.
#include <algorithm>

#include "agent/core/utf8.h"
#include "drivers/formats/decoders.h"
#include "drivers/formats/json_element.h"
#include "drivers/formats/source_window.h"

namespace storeward {
namespace {

constexpr std::string_view blanks = " \t\r";

class NdjsonDecoder final : public Decoder {
 public:
  explicit NdjsonDecoder(std::size_t max_record_bytes) : max_bytes_(max_record_bytes) {}

  void feed(std::string_view bytes, bool last) override {
    window_.append(bytes, head_.empty() ? line_begin_ : searched_);
    last_ = last;
  }
  Decoded next(Record& record) override;
  RecordPlace place() const override { return place_; }
  std::string_view raw() const override {
    return long_ ? std::string_view(head_)
                 : window_.between(place_.offset, place_.offset + place_.bytes);
  }
  const std::string& fault() const override { return fault_; }
  Loss loss() const override { return long_ ? Loss::more : Loss::raw; }

 private:
  // Of the line that ends at `end`, without the blanks around it. False: nothing stands in it.
  bool place_line(std::uint64_t end);
  Decoded read(Record& record);

  const std::size_t max_bytes_;
  SourceWindow window_;
  JsonElement element_;
  std::uint64_t line_begin_ = 0, searched_ = 0, line_ = 1;
  bool last_ = false;

  RecordPlace place_;
  std::string fault_;
  std::string head_;  // of a line too long to be held whole
  bool long_ = false;
};

Decoded NdjsonDecoder::next(Record& record) {
  record.clear();
  if (long_) head_.clear();
  long_ = false;
  for (;;) {
    const std::size_t found = window_.from(searched_).find('\n');
    const bool whole = found != std::string_view::npos;
    const std::uint64_t end = whole ? searched_ + found : window_.end();
    searched_ = whole ? end + 1 : end;
    if (head_.empty() && end - line_begin_ > max_bytes_) {
      head_ = window_.between(line_begin_, line_begin_ + max_bytes_);
    }
    if (!whole && !last_) return Decoded::need_more;
    if (!whole && line_begin_ == end) return Decoded::end;
    const bool something = place_line(end);
    line_begin_ = searched_;
    ++line_;
    if (something) return read(record);
  }
}

bool NdjsonDecoder::place_line(std::uint64_t end) {
  std::uint64_t begin = line_begin_;
  if (head_.empty()) {
    std::string_view text = window_.between(begin, end);
    if (begin == 0 && text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return false;
    const std::size_t last = text.find_last_not_of(blanks);
    begin = end - text.size() + first;
    end = begin + (last - first) + 1;
  }
  place_ = {.offset = begin, .bytes = end - begin, .line = line_, .number = place_.number + 1};
  return true;
}

Decoded NdjsonDecoder::read(Record& record) {
  const std::string where = "line " + std::to_string(place_.line) + ": ";
  if (!head_.empty()) {
    long_ = true;
    fault_ = where + "longer than " + std::to_string(max_bytes_) + " bytes";
    return Decoded::fault;
  }
  const auto readable = element_.read_into(record, raw());
  if (readable) return Decoded::record;
  fault_ = where + readable.error().reason;
  return Decoded::fault;
}

}  // namespace

MadeDecoder make_ndjson(const FormatOptions& options) {
  if (const std::string key = key_of_rows(options); !key.empty()) {
    return fail(key + ": is not for kind \"ndjson\"");
  }
  if (!options.records.empty()) return fail("format.records: each line of ndjson is a record");
  if (options.max_record_bytes < 64) return fail("format.max_record_bytes: at least 64");
  return MadeDecoder(std::make_unique<NdjsonDecoder>(options.max_record_bytes));
}

}  // namespace storeward
