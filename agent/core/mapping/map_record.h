// Record + template -> events. Pure: the same record always gives the same bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/mapping/template.h"
#include "agent/core/receipt.h"
#include "agent/core/record.h"

namespace storeward::mapping {

// What {value = "name"} in a template stands for.
using Given = std::map<std::string, std::string, std::less<>>;

// What is known beside the record. Outlives the call.
struct MappingContext {
  std::string driver;      // its name
  std::string source;      // `source` of the events
  std::string file;        // as the driver names it; may be empty
  std::string own_site{};  // the agent's
  const TimeZone* site_zone = nullptr;
  int year = 2026;  // the present one: years of two digits in GS1 data are those nearest to it
  Given given;      // site, currency, the driver's values, what the source adds
  bool kept_masked = false;  // the record is an exception's: what its ids are made of may be hidden
};

struct Mapped {
  std::vector<std::string> events;   // CloudEvents as a source would hand them in
  std::vector<Record::Node> places;  // in the record: what each of them is of
  std::string ignored;               // why the record does not count
  std::string fault;                 // why (part of) the record is no event, with the place
  std::optional<UsedNumber> number;  // of the register, whatever the record is; none of a fault
};

// A record gives events, or a reason to ignore it, or a fault; with more than one rule, events and
// a fault are possible. At most max_events_of_record events.
inline constexpr std::size_t max_events_of_record = 10'000;
Mapped map_record(const Template& by, const Record& record, const RecordPlace& place,
                  std::string_view raw, const MappingContext& context);

// A fault of the event of this place in a record; of a record that is one event it has none.
std::string placed(const Record& record, Record::Node at, const std::string& fault);

}  // namespace storeward::mapping
