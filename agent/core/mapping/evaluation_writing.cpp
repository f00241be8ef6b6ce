// Evaluation: values as they stand in the event.
#include <algorithm>

#include "agent/core/gs1.h"
#include "agent/core/json_text.h"
#include "agent/core/mapping/evaluation.h"
#include "agent/core/quality_flags.h"
#include "agent/core/quote.h"

namespace storeward::mapping {
namespace {

bool is_numeric(As as) {
  return as == As::integer || as == As::decimal || as == As::money || as == As::price ||
         as == As::quantity;
}

}  // namespace

bool Evaluation::write(const Expression& expression, std::string& out) {
  // What is shaped is one text, whichever part it comes from.
  if (chooses(expression.origin) && !expression.shaping) return write_chosen(expression, out);
  switch (expression.origin) {
    case Origin::nothing:
      return false;
    case Origin::object:
      return write_object(expression, out);
    case Origin::array:
      return write_array(expression, out);
    case Origin::list:
      return write_list(expression, out);
    default:
      return is_numeric(expression.as) ? write_number(expression, out)
                                       : write_text(expression, out);
  }
}

// As the part says that it is.
bool Evaluation::write_chosen(const Expression& expression, std::string& out) {
  if (expression.origin == Origin::first) {
    return std::ranges::any_of(expression.parts,
                               [&](const Expression& part) { return write(part, out); });
  }
  const Expression* const part = chosen(expression);
  return part != nullptr && write(*part, out);
}

bool Evaluation::write_object(const Expression& expression, std::string& out) {
  const std::size_t begin = out.size();
  const Place* const outside = place_;
  Place inside{.above = outside};
  place_ = &inside;
  out += '{';
  bool any = false;
  for (std::size_t i = 0; i < expression.parts.size(); ++i) {
    const std::size_t before = out.size();
    if (any) out += ',';
    json_text::append_string(out, expression.names[i]);
    out += ':';
    inside.member = expression.names[i];
    if (write(expression.parts[i], out)) {
      any = true;
    } else {
      out.resize(before);
    }
  }
  place_ = outside;
  out += '}';
  if (!any) out.resize(begin);
  return any;
}

bool Evaluation::write_array(const Expression& expression, std::string& out) {
  const std::size_t begin = out.size();
  out += '[';
  bool any = false;
  for (const Expression& part : expression.parts) {
    const std::size_t before = out.size();
    if (any) out += ',';
    if (write(part, out)) {
      any = true;
    } else {
      out.resize(before);
    }
  }
  out += ']';
  if (expression.parts.empty()) return true;  // `[]`: a list that has nothing in it
  if (!any) out.resize(begin);
  return any;
}

bool Evaluation::write_list(const Expression& expression, std::string& out) {
  const std::size_t begin = out.size();
  const Place* const outside = place_;
  Place inside{.above = outside};
  place_ = &inside;
  const Record::Node here_before = here_, told_before = told_;
  const std::uint64_t index_before = index_;
  index_ = 0;
  out += '[';
  bool any = false;
  for (const Record::Node node : nodes(expression)) {
    const std::size_t before = out.size();
    if (any) out += ',';
    here_ = told_ = node;
    inside.item = index_++;
    if (write(expression.parts.front(), out)) {
      any = true;
    } else {
      out.resize(before);
    }
  }
  place_ = outside;
  here_ = here_before;
  told_ = told_before;
  index_ = index_before;
  out += ']';
  if (!any) out.resize(begin);
  return any;
}

bool Evaluation::write_text(const Expression& expression, std::string& out) {
  const auto found = text(expression);
  if (!found) return false;
  switch (expression.as) {
    case As::date:
    case As::time:
      return write_time(expression, *found, out);
    case As::gtin:
      return write_gtin(*found, out);
    case As::gs1_elements:
      return write_gs1_elements(*found, out);
    case As::boolean:
      return write_boolean(*found, out);
    default:
      json_text::append_string(out, *found);
      return true;
  }
}

std::optional<std::string_view> Evaluation::key_text(const Expression& expression) {
  const auto found = text(expression);
  const bool is_time = expression.as == As::time;
  if (!found || (!is_time && expression.as != As::date)) return found;
  const auto read = reading(expression, *found);
  const auto zone = read ? zone_of(expression) : std::nullopt;
  if (!zone) return std::nullopt;
  return keep(is_time ? time_in_zone(*read, zone->zone) : date_in_zone(*read, zone->zone));
}

bool Evaluation::write_boolean(std::string_view text, std::string& out) {
  for (const std::string_view yes : {"true", "1", "Y", "y", "yes", "J", "j"}) {
    if (text == yes) return out += "true", true;
  }
  for (const std::string_view no : {"false", "0", "N", "n", "no"}) {
    if (text == no) return out += "false", true;
  }
  return wrong(in_quotes(text) + " is neither yes nor no"), false;
}

// Padded to 14 by some tills; a number that is none is left out with a remark: the line counts all
// the same.
bool Evaluation::write_gtin(std::string_view text, std::string& out) {
  std::string digits(text);
  std::erase_if(digits, [](char c) { return c == ' ' || c == '-'; });
  const bool numeric = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!numeric || digits.size() > 14) {
    warn(in_quotes(text) + " is no GTIN and was left out");
    return false;
  }
  std::size_t zeros = digits.find_first_not_of('0');
  if (zeros == std::string::npos) return false;
  const std::size_t significant = digits.size() - zeros;
  const std::size_t width = significant <= 8 ? 8 : significant <= 12 ? 12 : significant;
  if (digits.size() > width) digits.erase(0, digits.size() - width);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  if (gs1::gtin_14(digits).empty()) flag(quality_flags::gtin_check_digit);
  out += '"' + digits + '"';
  return true;
}

std::optional<Evaluation::Zone> Evaluation::zone_of(const Expression& expression) {
  if (expression.zone_name) {
    if (const auto name = text(*expression.zone_name)) {
      auto zone = TimeZone::named(*name);
      if (!zone) return wrong(zone.error().message);
      return Zone{*zone, false};
    }
  }
  if (expression.zone) return Zone{*expression.zone, false};
  if (by_.defaults.zone) return Zone{*by_.defaults.zone, false};
  return Zone{*context_.site_zone, true};
}

std::optional<TimeReading> Evaluation::reading(const Expression& expression,
                                               std::string_view text) {
  const auto& formats =
      expression.time_formats.empty() ? by_.defaults.time_formats : expression.time_formats;
  for (const std::string& format : formats) {
    if (auto read = read_time(text, format)) return read;
  }
  if (formats.empty()) {
    if (auto read = read_time(text, {})) return read;
  }
  std::string due = formats.empty() ? "2026-11-20T09:15:02+01:00" : formats.front();
  for (std::size_t i = 1; i < formats.size(); ++i) due += " or " + formats[i];
  return wrong(in_quotes(text) + " is no date or time of the form " + due);
}

std::optional<std::string_view> Evaluation::revision_text(const Expression& expression) {
  const auto found = text(expression);
  if (!found || expression.as != As::time) return found;
  const auto read = reading(expression, *found);
  const auto zone = read ? zone_of(expression) : std::nullopt;
  if (!zone) return std::nullopt;
  return keep(moment_digits(*read, zone->zone));
}

bool Evaluation::write_time(const Expression& expression, std::string_view text, std::string& out) {
  const auto read = reading(expression, text);
  if (!read) return false;
  const auto zone = zone_of(expression);
  if (!zone) return false;
  if (expression.as == As::date) {
    out += '"' + date_in_zone(*read, zone->zone) + '"';
    return true;
  }
  TimeRemarks remarks;
  out += '"' + time_text(*read, zone->zone, remarks) + '"';
  if (remarks.zone_assumed && zone->is_sites) flag(quality_flags::zone_assumed);
  if (remarks.twice) flag(quality_flags::local_time_twice);
  if (remarks.never) flag(quality_flags::local_time_skipped);
  if (!read->has_time) flag(quality_flags::time_of_day_unknown);
  return true;
}

}  // namespace storeward::mapping
