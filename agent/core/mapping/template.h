// Template: how the records of one format become events, compiled from a TOML file
// (config/template_file.h; docs/writing-a-template.md). Data only, immutable once made.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/mapping/expression.h"
#include "agent/core/masking.h"

namespace storeward::mapping {

// A record for which this holds gives no events, for a known reason.
struct Exclusion {
  std::string name;
  Condition when;
  std::string reason;
  Expression reason_value;  // instead of `reason`, of what is rejected: with words of the record
};

struct Flag {
  Condition when;
  std::string flag;  // goes to quality.flags
};

// One kind of event that a record gives.
struct EventRule {
  std::string name;
  std::optional<Condition> when;
  std::optional<Path> each;  // an event per node; paths below count from it
  std::string type;
  std::vector<Expression> key;  // the natural key; the event's id is made from it
  Expression id;                // instead of `key`: the source's own
  Expression revision, subject, time;
  Expression data;  // an object
  std::vector<Flag> flags;
};

// What a record says of those before it: a trailer with their number and sums, a payout with what
// it is made of.
struct ControlTotal {
  struct Sum {
    std::string name;
    Expression claimed;        // in the trailer; nothing: it is only added up
    Expression of;             // in each record that counts
    bool either_sign = false;  // sources differ in the sign of what is claimed: it says nothing
  };
  std::string name;
  Condition when;                 // this record is the trailer
  std::optional<Condition> over;  // the records that count; none: all but the trailer
  Expression per;                 // records with the same text here belong together
  Expression records;             // how many there are, as the trailer has it
  std::vector<Sum> sums;
  bool required = true;  // a source that ends without it was cut off
};

// The number that a register has given to a record, be it a receipt or not.
struct Sequence {
  Expression site, register_id, business_date, number;  // without a site: the agent's own
};

struct Defaults {
  NumberFormat numbers;
  Expression currency, unit;
  std::vector<std::string> time_formats;  // none: ISO 8601
  std::optional<TimeZone> zone;           // none: the site's
};

struct Template {
  std::string name, version, description;
  std::vector<std::string> extends;  // "csv-sales 2", nearest first
  std::string digest;  // of its text with what it extends: tells two of one version apart
  Defaults defaults;
  std::deque<Table> tables;               // stay where they are: expressions point to them
  std::deque<NamedCondition> conditions;  // likewise
  std::size_t node_conditions = 0;        // how many of them are not is_of_record()
  std::size_t named_values = 0;           // how many there are
  std::vector<Exclusion> ignore;          // does not count: training, suspended, headers
  std::vector<Exclusion> reject;          // counts, and a person must see it
  std::vector<EventRule> events;
  std::vector<ControlTotal> controls;
  std::optional<Sequence> sequence;
  // What may look like a card number: members of events, and the fields they are read from, in a
  // record that waits as an exception, for a retry makes the keys of them.
  VouchedMembers vouched, vouched_in_record;
  // Members that say how an event came: see Submitter. What there is to remark on a record can be a
  // fault of its neighbours in the file, and goes when the file is mended and handed in again.
  std::vector<std::string> circumstances = {"quality"};
};

}  // namespace storeward::mapping
