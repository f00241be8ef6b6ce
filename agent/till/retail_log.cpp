#include "agent/till/retail_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>

#include "agent/base/ascii.h"
#include "agent/core/code_point.h"
#include "agent/core/utf8.h"
#include "agent/till/csv_reader.h"

namespace storeward::till {
namespace {

// Takes an unsigned number of 1..max_digits digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t max_digits) {
  int number = 0;
  const std::string_view head = text.substr(0, max_digits);
  const auto [rest, error] = std::from_chars(head.data(), head.data() + head.size(), number);
  if (error != std::errc{} || head.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - head.data()));
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

struct LocalTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

  bool is_real() const {
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    return date.ok() && hour < 24 && minute < 60 && second < 60;
  }
};

// Three numbers with the separator between them.
bool take_three(std::string_view& text, std::string_view separator, std::array<int*, 3> into) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    if (i != 0 && !take(text, separator)) return false;
    const auto number = take_number(text, 4);
    if (!number) return false;
    *into[i] = *number;
  }
  return true;
}

std::optional<LocalTime> parse_local_time(std::string_view text) {
  LocalTime time;
  const bool day_read = text.find('/') != std::string_view::npos
                            ? take_three(text, "/", {&time.month, &time.day, &time.year})
                            : take_three(text, "-", {&time.year, &time.month, &time.day});
  if (!day_read || !take(text, " T")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute) return std::nullopt;
  time.hour = *hour;
  time.minute = *minute;
  if (take(text, ":")) {
    const auto second = take_number(text, 2);
    if (!second) return std::nullopt;
    time.second = *second;
  }
  if (!text.empty() || !time.is_real()) return std::nullopt;
  return time;
}

// Exports that passed through a number column write customer 17850 as "17850.0".
std::string customer_number(std::string_view field) {
  std::string number(trimmed(field));
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return number;
}

}  // namespace

std::string as_utf8(std::string bytes) {
  if (is_utf8(bytes)) return bytes;
  std::string text;
  for (const char c : bytes) append_utf8(text, static_cast<std::uint8_t>(c));
  return text;
}

Result<WallTime> parse_log_time(std::string_view text, const TimeZone& zone) {
  const auto local = parse_local_time(text);
  if (!local) {
    return fail("\"" + std::string(text.substr(0, 40)) +
                "\" is not a time like 2010-12-01 08:26:00 or 12/1/2010 8:26");
  }
  return zone.to_instant(local->year, static_cast<unsigned>(local->month),
                         static_cast<unsigned>(local->day), local->hour, local->minute,
                         local->second);
}

// Where each column stands.
struct RetailLog::Columns {
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
  std::size_t invoice, stock_code, description, quantity, date, unit_price, customer;
  std::size_t needed = 0;  // a record has at least so many fields

  static Result<Columns> from_header(const std::vector<std::string>& header) {
    Columns columns{};
    const auto place = [&](std::string_view name) {
      const auto found = std::find_if(header.begin(), header.end(), [&](const std::string& field) {
        return trimmed(field) == name;
      });
      return found == header.end() ? absent : static_cast<std::size_t>(found - header.begin());
    };
    const std::array<std::pair<std::string_view, std::size_t*>, 6> required{
        {{"InvoiceNo", &columns.invoice},
         {"StockCode", &columns.stock_code},
         {"Description", &columns.description},
         {"Quantity", &columns.quantity},
         {"InvoiceDate", &columns.date},
         {"UnitPrice", &columns.unit_price}}};
    for (const auto& [name, column] : required) {
      *column = place(name);
      if (*column == absent) return fail("the header has no column " + std::string(name));
      columns.needed = std::max(columns.needed, *column + 1);
    }
    columns.customer = place("CustomerID");
    return columns;
  }
};

Result<void> RetailLog::read(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return fail(file.string() + ": is a directory; name the files in it");
  }
  std::ifstream input(file, std::ios::binary);
  if (!input) return fail(file.string() + ": cannot be opened");
  return read(input, file.string());
}

Result<void> RetailLog::read(std::istream& input, std::string_view name) {
  CsvReader csv(input);
  const auto at_line = [&](const Error& error) {
    return fail(std::string(name) + ":" + std::to_string(csv.line()) + ": " + error.message);
  };
  std::vector<std::string> fields;
  auto more = csv.next(fields);
  if (!more) return at_line(more.error());
  if (!*more) return fail(std::string(name) + ": is empty; the first line must name the columns");
  auto columns = Columns::from_header(fields);
  if (!columns) return at_line(columns.error());
  while (true) {
    more = csv.next(fields);
    if (!more) return at_line(more.error());
    if (!*more) return {};
    auto added = add(*columns, fields);
    if (!added) return at_line(added.error());
  }
}

Result<void> RetailLog::add(const Columns& columns, std::vector<std::string>& fields) {
  if (fields.size() < columns.needed) {
    return fail("has " + std::to_string(fields.size()) + " fields, the header asks for " +
                std::to_string(columns.needed));
  }
  const std::string number = as_utf8(std::string(trimmed(fields[columns.invoice])));
  if (number.empty()) return fail("InvoiceNo is empty");
  auto time = parse_log_time(trimmed(fields[columns.date]), zone_);
  if (!time) return fail("InvoiceDate " + time.error().message);
  auto quantity = parse_decimal(trimmed(fields[columns.quantity]));
  if (!quantity) return fail("Quantity " + quantity.error().message);
  auto price = parse_decimal(trimmed(fields[columns.unit_price]));
  if (!price) return fail("UnitPrice " + price.error().message);

  const auto [entry, is_new] = index_.try_emplace(number, invoices_.size());
  if (is_new) invoices_.push_back({number, *time, {}, {}});
  Invoice& invoice = invoices_[entry->second];
  if (invoice.customer.empty() && columns.customer < fields.size()) {
    invoice.customer = as_utf8(customer_number(fields[columns.customer]));
  }
  invoice.rows.push_back({as_utf8(std::string(trimmed(fields[columns.stock_code]))),
                          as_utf8(std::string(trimmed(fields[columns.description]))), *quantity,
                          *price});
  ++rows_;
  return {};
}

std::vector<Invoice> RetailLog::take_in_order() {
  index_.clear();
  std::vector<Invoice> invoices = std::move(invoices_);
  std::stable_sort(invoices.begin(), invoices.end(),
                   [](const Invoice& a, const Invoice& b) { return a.time < b.time; });
  return invoices;
}

}  // namespace storeward::till
