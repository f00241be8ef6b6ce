// Feed: one source's bytes -> what is handed to the store. The straight way of a record, for every
// driver alike: decode (drivers/formats), map (agent/core/mapping), admit (agent/core/admission:
// mask, validate, canonical form). Pure; one per source, used by one thread.
//
// Invariant: every record of the source comes out, as events, as an exception (Rejected), or as
// ignored with its reason. Nothing of it vanishes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/admission.h"
#include "agent/core/mapping/control_totals.h"
#include "agent/core/mapping/map_record.h"
#include "agent/core/submit.h"
#include "drivers/formats/decoder.h"

namespace storeward {

// How a driver's records become events. Shared by all its sources, immutable.
struct FeedPlan {
  std::shared_ptr<const mapping::Template> mapping;
  FormatOptions format;
  mapping::MappingContext context;  // `file` is set for each source
  AdmissionOptions admission;
  Submitter submitter;
};

// What an exception keeps of a record that could not become an event, at most.
inline constexpr std::size_t most_kept_bytes = 64 * 1024;
// What may stand behind the last record of a source that was read to its end: closing brackets,
// tags.
inline constexpr std::uint64_t closing_bytes = 64;

struct FedRecord {
  RecordPlace place;
  std::vector<AdmittedItem> items;  // events, exceptions
  std::string ignored;              // why it does not count; items is empty then
  // Of the register, where nothing above stands for it: a record that is no receipt. What became an
  // exception has none: its receipt is missing until a person has seen to it.
  std::optional<UsedNumber> number;
  bool unreadable = false;  // by its format, which may read nothing behind it either
};

// Whether the exceptions made of it hold all of it. Bytes that cannot be masked are not kept at
// all, long ones up to their bound: then its source alone has it.
bool is_kept(const FedRecord& fed);

// Moves what is to be stored of it behind what `to` holds.
void hand_over(FedRecord& fed, Delivery& to);

enum class Fed : std::uint8_t { record, need_more, end };

class Feed {
 public:
  // `file`: what people call the source; may be empty. `given`: what is known of this source alone
  // (when it came, from whom), for {value = "name"} in the template; the plan's values win. The
  // value "file" is `file`, "record" the number of the record in its source. `digest`: of the whole
  // source, where the driver has it; a source that is fed at once needs none.
  static Result<Feed> open(std::shared_ptr<const FeedPlan> plan, std::string file,
                           mapping::Given given = {}, std::string digest = {});

  // `bytes` stay as they are until the following feed(), or the end.
  void feed(std::string_view bytes, bool last) {
    whole_ = last && !fed_;
    fed_ = true;
    bytes_ = bytes;
    decoder_->feed(bytes, last);
  }
  Fed next(FedRecord& fed);
  // Takes a record's place without mapping it: it was done before a restart.
  Fed skip(RecordPlace& place);
  // Makes an exception of the next record without looking into it further.
  Fed set_aside(const std::string& reason, FedRecord& fed);

  std::optional<std::string> acknowledgement() const { return decoder_->acknowledgement(); }

 private:
  Feed(std::shared_ptr<const FeedPlan> plan, std::unique_ptr<Decoder> decoder);
  Decoded advance();
  void blame(const std::string& reason, FedRecord& fed);
  std::string told_apart(std::string_view raw);
  bool is_of_source() const;

  std::shared_ptr<const FeedPlan> plan_;
  mapping::MappingContext context_;
  std::unique_ptr<Decoder> decoder_;
  Record record_;
  mapping::ControlTotals totals_;
  // Of the record that advance() came to.
  RecordPlace place_;
  std::string fault_;                            // why it cannot be read
  mapping::ControlTotals::Reckoning reckoning_;  // if it speaks of the whole source
  bool ended_ = false;

  std::string digest_;      // of the source; empty: not known yet
  std::string_view bytes_;  // of the last feed()
  bool fed_ = false;
  bool whole_ = false;  // bytes_ is all of the source
};

// What one record becomes: the middle of the way, also for a record that was kept as an exception
// and is tried again. `raw`: as it stands in the source.
FedRecord fed_record(const FeedPlan& plan, const mapping::MappingContext& context,
                     const Record& record, const RecordPlace& place, std::string_view raw);

// `given`: of an exception that keeps the whole of its source, in UTF-8, and not one record of it.
inline constexpr std::string_view whole_source = "source.whole";

// The records of a source that is kept whole, masked, read again by the plan as it is now.
Result<Delivery> fed_again(const FeedPlan& plan, const mapping::MappingContext& context,
                           std::string_view text);

// What came and could not be read at all. `place`: for a person; masked here, as is `raw`.
Rejected unreadable(const FeedPlan& plan, std::string_view place, std::string_view raw,
                    std::string_view reason);

}  // namespace storeward
