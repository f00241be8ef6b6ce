#include "agent/till/csv_reader.h"

namespace storeward::till {
namespace {

constexpr std::size_t max_field_bytes = 64 * 1024;
constexpr std::size_t max_fields = 256;
constexpr int end = std::char_traits<char>::eof();

void skip_byte_order_mark(std::streambuf& input) {
  if (input.sgetc() != 0xEF) return;
  input.sbumpc();
  if (input.sgetc() == 0xBB) input.sbumpc();
  if (input.sgetc() == 0xBF) input.sbumpc();
}

}  // namespace

CsvReader::CsvReader(std::istream& input) : input_(*input.rdbuf()) {
  skip_byte_order_mark(input_);
}

int CsvReader::read_byte() {
  int byte = input_.sbumpc();
  if (byte == '\r' && input_.sgetc() == '\n') byte = input_.sbumpc();
  if (byte == '\n') ++current_line_;
  return byte;
}

// True when another field follows on the same record.
Result<bool> CsvReader::read_field(std::string& field) {
  field.clear();
  bool quoted = false;
  if (input_.sgetc() == '"') {
    quoted = true;
    input_.sbumpc();
  }
  while (true) {
    const int byte = read_byte();
    if (byte == end) {
      if (quoted) return fail("the quoted field never ends");
      return false;
    }
    if (quoted && byte == '"') {
      if (input_.sgetc() != '"') {
        quoted = false;
        continue;
      }
      input_.sbumpc();
    } else if (!quoted && byte == ',') {
      return true;
    } else if (!quoted && byte == '\n') {
      return false;
    }
    if (field.size() == max_field_bytes) return fail("a field is longer than 64 KiB");
    field.push_back(static_cast<char>(byte));
  }
}

Result<bool> CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  while (input_.sgetc() == '\n' || input_.sgetc() == '\r') read_byte();
  record_line_ = current_line_;
  if (input_.sgetc() == end) return false;
  bool more = true;
  while (more) {
    if (fields.size() == max_fields) return fail("a record has more than 256 fields");
    auto read = read_field(fields.emplace_back());
    if (!read) return fail(read.error().message);
    more = *read;
  }
  return true;
}

}  // namespace storeward::till
