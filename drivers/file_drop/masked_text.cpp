#include "drivers/file_drop/masked_text.h"

#include <algorithm>

#include "agent/base/ascii.h"
#include "agent/core/base64_text.h"
#include "agent/core/card_scan.h"
#include "agent/core/field_names.h"
#include "agent/core/masking.h"

namespace storeward::file_drop {
namespace {

constexpr std::size_t piece = 64 * 1024;
constexpr std::size_t longest_line = 1u << 20;  // beyond that it is cut within the line
constexpr std::size_t header_bytes = 4096;
constexpr std::size_t reach = 512;  // no card number is longer, each of its digits escaped

bool may_be_within_number(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return is_letter(c) || is_digit(c) || byte >= 0x80 ||
         std::string_view(" -+%=/_^;?&.\\").find(c) != std::string_view::npos;
}

// Whether card data stands on both sides of `at`: masked in two pieces it is not what it is in one.
bool goes_across(std::string_view text, std::size_t at) {
  const std::size_t line_begin = text.find_last_of('\n', at - std::min<std::size_t>(at, 2)) + 1;
  const std::size_t line_end = text.find_first_of("\r\n", line_begin);
  if (line_end < at && base64_wrap(text, line_begin, line_end) > 0) return true;
  const std::size_t begin = at - std::min(at, reach);
  const std::string_view before = text.substr(begin, at - begin), behind = text.substr(at, reach);
  const std::string_view both = text.substr(begin, before.size() + behind.size());
  return holds_card_data(both) && masked_card_data(both) != mask_text(before) + mask_text(behind);
}

}  // namespace

std::string_view MaskedText::add(std::string_view bytes, bool last) {
  masked_.clear();
  if (failed()) return masked_;
  waiting_.append(bytes);
  if (bytes.find('\0') != std::string_view::npos) not_text_ = true;
  if (first_ && (last || waiting_.size() >= header_bytes)) {
    first_ = false;
    look_for_secret_columns(waiting_);
  }
  if (failed() || (waiting_.size() < piece && !last)) return masked_;
  const std::size_t end = certain(last);
  masked_ = mask_text(std::string_view(waiting_).substr(0, end));
  waiting_.erase(0, end);
  return masked_;
}

std::size_t MaskedText::certain(bool last) const {
  if (last) return waiting_.size();
  if (waiting_.size() < reach) return 0;
  const std::size_t known = waiting_.size() - reach;  // what comes behind it is here
  for (std::size_t at = waiting_.find_last_of("\r\n", known); at != std::string::npos && at > 0;
       at = waiting_.find_last_of("\r\n", at - 1)) {
    if (!goes_across(waiting_, at + 1)) return at + 1;
  }
  if (waiting_.size() < longest_line) return 0;
  for (std::size_t end = known; end > longest_line / 2; --end) {
    if (!may_be_within_number(waiting_[end - 1]) && !goes_across(waiting_, end)) return end;
  }
  return waiting_.size() / 2;
}

// The values of such a column look like nothing: no text search finds them.
void MaskedText::look_for_secret_columns(std::string_view text) {
  text = text.substr(0, std::min(header_bytes, text.size()));
  for (int line = 0; line < 20 && !text.empty(); ++line) {
    std::string_view row = text.substr(0, text.find_first_of("\r\n"));
    text.remove_prefix(std::min(row.size() + 1, text.size()));
    while (!row.empty()) {
      std::string_view cell = row.substr(0, row.find_first_of(",;\t|"));
      row.remove_prefix(std::min(cell.size() + 1, row.size()));
      if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
        cell = cell.substr(1, cell.size() - 2);
      }
      if (meaning_of(cell) == FieldMeaning::secret) secret_column_ = true;
    }
  }
}

}  // namespace storeward::file_drop
