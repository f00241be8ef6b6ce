// CsvDraft: when it was.
#include <algorithm>

#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

struct When {
  DraftColumn* full = nullptr;  // day and time of day
  DraftColumn* day = nullptr;
  DraftColumn* clock = nullptr;
};

When when_of(CsvDraft& draft) {
  When when;
  const auto look = [&when](DraftColumn& column) {
    const ValueShape& shape = column.shape;
    DraftColumn** const place = shape.has_day && shape.has_clock ? &when.full
                                : shape.has_day                  ? &when.day
                                : shape.has_clock                ? &when.clock
                                                                 : nullptr;
    if (place != nullptr && *place == nullptr && column.target.empty()) *place = &column;
  };
  for (const std::string_view role : {draft.kind->when, std::string_view("time"),
                                      std::string_view("date"), std::string_view("placed_at")}) {
    for (DraftColumn& column : draft.columns) {
      if (!role.empty() && column.role == role) look(column);
    }
  }
  for (DraftColumn& column : draft.columns) {
    if (column.role.empty()) look(column);
  }
  return when;
}

void add(std::vector<std::string>& formats, const std::string& format) {
  if (std::ranges::find(formats, format) == formats.end()) formats.push_back(format);
}

std::string day_part(const std::string& format) {
  if (format.starts_with("%Y%m%d")) return "%Y%m%d";
  return format.substr(0, format.find_first_of(" T"));
}

bool day_has_blanks(const DraftColumn& full) {
  return full.shape.formats.front().find("%b ") != std::string::npos ||
         full.shape.formats.front().find(" %b") != std::string::npos;
}

// The day as a column of its own, so that receipts of two days are not one.
void derive_day(const DraftColumn& full, CsvDraft& draft) {
  const std::string& format = full.shape.formats.front();
  DerivedColumn day{.name = "date", .from = {"time"}};
  std::string cut;
  if (format.starts_with("%Y%m%d")) {
    day.characters = 8;
    cut = ", characters = 8";
  } else if (format != "%s" && format != "%L" && !day_has_blanks(full)) {
    day.until = " T";
    cut = ", until = " + toml_text(day.until);
  }
  draft.day_of_time = std::move(day);
  draft.derived.push_back("date = {from = \"time\"" + cut +
                          "}  # no column has the business day: the day of the time is taken");
  if (!cut.empty()) {
    for (const std::string& one : full.shape.formats) add(draft.time_formats, day_part(one));
  }
  if (full.shape.has_zone) {
    draft.ask("the times of \"" + full.name + "\" have a zone (" + full.shape.example +
              "); the day that stands there is taken as the business day: is it the shop's?");
  }
}

void join_formats(const When& when, CsvDraft& draft) {
  for (const std::string& day : when.day->shape.formats) {
    for (const std::string& clock : when.clock->shape.formats) {
      add(draft.time_formats, day + " " + clock);
    }
  }
}

void map_sales_time(const When& when, CsvDraft& draft) {
  if (when.day != nullptr) draft.take(*when.day, "date");
  if (when.full != nullptr) {
    draft.take(*when.full, "time");
    if (when.day == nullptr) derive_day(*when.full, draft);
  } else if (when.day != nullptr && when.clock != nullptr) {
    draft.take(*when.clock, "clock");
    draft.derived.emplace_back("time = {from = [\"date\", \"clock\"], with = \" \"}");
    join_formats(when, draft);
  } else if (when.day != nullptr) {
    draft.derived.emplace_back("time = {from = \"date\"}  # ASK: there is no time of day");
    draft.ask("no column has the time of day: receipts get the day alone");
  } else {
    draft.block(
        "no column has the day: without it receipts of two days cannot be told apart; "
        "name it in [format.rename] as \"date\" or \"time\"");
  }
}

void map_other_time(const When& when, CsvDraft& draft) {
  const std::string target(draft.kind->when);
  if (when.full != nullptr) {
    draft.take(*when.full, target);
  } else if (when.day != nullptr && when.clock != nullptr) {
    draft.take(*when.day, "day");
    draft.take(*when.clock, "clock");
    draft.derived.push_back(target + " = {from = [\"day\", \"clock\"], with = \" \"}");
    join_formats(when, draft);
  } else if (when.day != nullptr) {
    draft.take(*when.day, target);
  } else if (target == "as_of") {
    draft.named.emplace_back(
        "as_of = {value = \"modifiedAt\"}  # ASK: no column has the time of the count");
    draft.ask(
        "no column has the time of the count: the file's own is taken, which the driver file_drop "
        "says; is the file written at once after the count, and delivered with its time?");
  } else {
    draft.block("no column has the time: name it in [format.rename] as \"" + target + "\"");
  }
  if (draft.kind->extends != "csv-dayclose" || draft.with_target("date") != nullptr) return;
  // The business day is part of the close's key, and of what is grouped.
  DraftColumn* const day = draft.with_role("date");
  if (day != nullptr && day->target.empty()) {
    draft.take(*day, "date");
  } else {
    draft.derived.push_back("date = {from = \"" + target + "\", until = \" T\"}");
    if (const DraftColumn* at = draft.with_target(target)) {
      for (const std::string& one : at->shape.formats) add(draft.time_formats, day_part(one));
    }
  }
}

// Day or month first: one column that can be read in one way only speaks for all.
void check_order(CsvDraft& draft) {
  const DraftColumn* doubtful = nullptr;
  for (const DraftColumn& column : draft.columns) {
    if (!column.shape.has_day || column.target.empty()) continue;
    const std::string& format = column.shape.formats.front();
    if (column.shape.day_or_month_first) {
      doubtful = &column;
    } else if (format.starts_with("%m/") || format.starts_with("%d/")) {
      return;
    }
  }
  if (doubtful == nullptr) return;
  draft.block(
      "\"" + doubtful->shape.example + "\" in \"" + doubtful->name +
      "\": day or month first? defaults.time has the day first; for the other order write " +
      toml_text(doubtful->shape.month_first.front()));
}

}  // namespace

void map_times(CsvDraft& draft) {
  for (DraftColumn& column : draft.columns) {
    // What the template knows by a time of its own: an expiry, a period.
    if (column.target.empty() || !column.shape.has_day) continue;
    for (const std::string& format : column.shape.formats) add(draft.time_formats, format);
  }
  const When when = when_of(draft);
  if (draft.is_sales) {
    map_sales_time(when, draft);
  } else if (!draft.kind->when.empty() && draft.with_target(draft.kind->when) == nullptr) {
    map_other_time(when, draft);
  }
  // The longer first: what they are read for needs the time of day.
  for (const DraftColumn* column : {when.full, when.day}) {
    if (column == nullptr || column->target.empty()) continue;
    for (const std::string& format : column->shape.formats) add(draft.time_formats, format);
  }
  check_order(draft);
  const bool iso = std::ranges::all_of(draft.time_formats, [](const std::string& format) {
    return format.starts_with("%Y-%m-%d") && format.find("%I") == format.npos &&
           format.find("%H.") == format.npos && format.find("%H%M") == format.npos;
  });
  if (iso) return;
  std::string list;
  for (const std::string& format : draft.time_formats) {
    list += (list.empty() ? "" : ", ") + toml_text(format);
  }
  draft.defaults.push_back("time = [" + list + "]");
}

}  // namespace storeward
