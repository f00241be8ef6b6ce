// RowGroup: rows that are one record together, kept until the last of them is known. A row's views
// die with the next row, so what they show is copied: the row as it stood in the source once, and
// beside it only what does not stand there in the same words (column names, once per group; fields
// in which quotes were doubled). Pure; owned by its decoder.
//
// Invariants: at most max_bytes of rows, a few times that of other words and Record::max_nodes
// nodes are kept; a group that would need more is too_large() and keeps only its first rows' raw
// text. Its buffers are reused, so that nothing is allocated per row or field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/record.h"

namespace storeward {

class RowGroup {
 public:
  explicit RowGroup(std::size_t max_bytes)
      : max_bytes_(max_bytes), max_words_(4 * max_bytes + (1u << 16)) {}

  void clear();
  // The row's fields are the children of its record's root.
  void add(const Record& row, std::string_view raw, const RecordPlace& place);

  bool empty() const { return rows_ == 0; }
  bool too_large() const { return too_large_; }
  std::size_t rows() const { return rows_; }
  std::size_t held_bytes() const {
    return raw_.size() + words_.size() + cells_.size() * sizeof(Cell);
  }
  // From the first row's beginning to the last one's end; the number is not set.
  const RecordPlace& place() const { return place_; }
  std::string_view raw() const { return raw_; }  // one row a line

  // The first row's fields at the root and a child `row` per row. The views of `record` hold until
  // the next clear().
  void write(Record& record) const;

 private:
  struct Text {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
    bool in_raw = false;  // otherwise in words_
  };
  struct Cell {
    Text name, text;
  };
  struct Row {
    std::uint32_t end = 0;  // in cells_
    const ColumnIndex* columns = nullptr;
  };

  Text keep(std::string_view text);
  std::string_view read(const Text& text) const {
    return std::string_view(text.in_raw ? raw_ : words_).substr(text.begin, text.size);
  }
  bool has_room_for(const Record& row, std::string_view raw) const;

  std::size_t max_bytes_;
  // More than one row can need; many do only where each row of a group has columns of its own.
  std::size_t max_words_;
  std::string raw_;
  std::string words_;
  std::vector<Cell> cells_;  // of all rows, one behind the other
  std::vector<Row> kept_;
  std::size_t rows_ = 0;
  bool too_large_ = false;
  RecordPlace place_;
};

}  // namespace storeward
