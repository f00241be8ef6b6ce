// DocumentContext: what a document says outside its records (the store of a POSLog, the creation
// date of an EPCIS document), as it goes into the child `document` of each of them. Pure.
//
// Bounded: from the first value on that no longer fits all are left out, and each record says so in
// a warning.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/record.h"

namespace storeward {

class DocumentContext {
 public:
  static constexpr std::size_t max_entries = 64;
  static constexpr std::size_t max_bytes = 4096;  // names and texts together

  // `to_be_rounded`: Record::is_to_be_rounded().
  void add(std::string_view name, std::string_view text, bool to_be_rounded = false);

  // How many values it has been given; back_to() forgets those that came later.
  std::size_t size() const { return entries_.size() + left_out_; }
  void back_to(std::size_t size);

  // The texts in `record` are views into this context. False: the record is full.
  bool put_into(Record& record) const;

 private:
  struct Entry {
    std::string name, text;
    bool to_be_rounded;
  };
  std::vector<Entry> entries_;
  std::size_t bytes_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace storeward
