// RowDecoder: what the decoders of rows (csv, fixed, lines) have in common: they cut rows
// (row_cutter.h) and number what they give. Pure; see decoder.h.
#pragma once

#include <string>
#include <utility>

#include "drivers/formats/decoder.h"
#include "drivers/formats/row_cutter.h"

namespace storeward {

class RowDecoder : public Decoder {
 public:
  explicit RowDecoder(RowCutter rows) : rows_(std::move(rows)) {}

  void feed(std::string_view bytes, bool last) override { rows_.feed(bytes, last); }
  RecordPlace place() const override { return place_; }
  std::string_view raw() const override { return rows_.raw(); }
  const std::string& fault() const override { return fault_; }
  Loss loss() const override { return rows_.raw_is_cut() ? Loss::more : Loss::raw; }

 protected:
  // Of the row or fault the cutter has given last.
  void take_place() {
    const std::uint64_t before = place_.number;
    place_ = rows_.place();
    place_.number = before + 1;
  }
  Decoded give_record() {
    take_place();
    return Decoded::record;
  }
  Decoded give_fault(std::string reason) {
    take_place();
    fault_ = std::move(reason);
    return Decoded::fault;
  }
  // The row was cut, but says what it should not.
  Decoded blame_row(const std::string& why) {
    return give_fault("line " + std::to_string(rows_.place().line) + ": " + why);
  }

  RowCutter rows_;
  RecordPlace place_;
  std::string fault_;
};

}  // namespace storeward
