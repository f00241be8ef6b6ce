// Decoder: the bytes of one source (a file, a request's body, a frame) -> its records, one at a
// time. Pure, streaming and bounded: memory does not grow with the source. One per source; called
// by one thread.
//
//   decoder->feed(bytes, last);
//   for (;;) switch (decoder->next(record)) {
//     case Decoded::record: …map it…                    place(), raw() say where and what
//     case Decoded::fault:  …keep raw() as an exception, with fault() as its reason…
//     case Decoded::need_more: …feed more…
//     case Decoded::end: …
//   }
//
// One bad record never takes the others with it: after a fault the decoder goes on behind it where
// the format lets it find the next record; where it does not, the rest is one fault and then end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/format_options.h"
#include "agent/core/record.h"

namespace storeward {

enum class Decoded : std::uint8_t { record, fault, need_more, end };

// What of its source a fault takes: where raw() is not all of that, two sources may have the same
// raw() and be two faults even so.
enum class Loss : std::uint8_t {
  raw,    // what raw() holds, and no more
  more,   // more than raw() holds, or who can say
  source  // all of it, or all from here on
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  // More of the source; `last`: nothing comes behind it. Called first, and then whenever next()
  // has said need_more. The bytes are copied or used up before the following feed().
  virtual void feed(std::string_view bytes, bool last) = 0;

  // `record` is cleared first; its views hold until the next call of next() or feed().
  virtual Decoded next(Record& record) = 0;

  // Of the record or fault that next() has just given.
  virtual RecordPlace place() const = 0;
  virtual std::string_view raw() const = 0;      // as it stands in the source, for a person
  virtual const std::string& fault() const = 0;  // the reason, in plain words
  virtual Loss loss() const { return Loss::more; }

  // After end: what the format wants answered for the whole source (X12 997, EDIFACT CONTRL).
  virtual std::optional<std::string> acknowledgement() const { return std::nullopt; }
};

// Fails where the options are not of this format: the reason names the key.
Result<std::unique_ptr<Decoder>> make_decoder(const FormatOptions& options);

}  // namespace storeward
