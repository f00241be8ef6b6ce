#include "drivers/file_drop/masked_text.h"

#include <algorithm>

#include "agent/base/ascii.h"
#include "agent/core/card_scan.h"
#include "agent/core/field_names.h"

namespace storeward::file_drop {
namespace {

constexpr std::size_t piece = 64 * 1024;
constexpr std::size_t longest_line = 1u << 20;  // beyond that it is cut within the line
constexpr std::size_t header_bytes = 4096;

bool may_be_within_number(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return is_letter(c) || is_digit(c) || byte >= 0x80 ||
         std::string_view(" -+%=/_^;?&.\\").find(c) != std::string_view::npos;
}

// Encodings of one byte a character have blanks and dashes of their own between digits.
std::string with_plain_blanks(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0xA0 || byte == 0xAD || byte == 0x96 || byte == 0x97) c = ' ';
  }
  return plain;
}

std::string without_cards(std::string_view text) {
  std::string masked = holds_card_data(text) ? masked_card_data(text) : std::string(text);
  const bool ascii = std::ranges::none_of(masked, [](char c) { return (c & 0x80) != 0; });
  if (!ascii) {
    if (std::string plain = with_plain_blanks(masked); holds_card_data(plain)) {
      masked = masked_card_data(plain);
    }
  }
  if (masked.find("\\u00") != std::string::npos) {  // JSON may write its digits like this
    if (const std::string plain = plain_text_of(masked); holds_card_data(plain)) {
      masked = masked_card_data(plain);
    }
  }
  return masked;
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
  masked_ = without_cards(std::string_view(waiting_).substr(0, end));
  waiting_.erase(0, end);
  return masked_;
}

std::size_t MaskedText::certain(bool last) const {
  if (last) return waiting_.size();
  const std::size_t line_end = waiting_.find_last_of("\r\n");
  if (line_end != std::string::npos) return line_end + 1;
  if (waiting_.size() < longest_line) return 0;
  std::size_t end = waiting_.size();
  while (end > longest_line / 2 && may_be_within_number(waiting_[end - 1])) --end;
  return end > longest_line / 2 ? end : waiting_.size() / 2;
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
