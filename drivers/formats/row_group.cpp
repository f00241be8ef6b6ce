#include "drivers/formats/row_group.h"

#include <functional>

#include "agent/base/assert.h"

namespace storeward {
namespace {

bool stands_in(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> not_behind;
  return not_behind(whole.data(), part.data()) &&
         not_behind(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

void RowGroup::clear() {
  raw_.clear();
  words_.clear();
  cells_.clear();
  kept_.clear();
  rows_ = 0;
  too_large_ = false;
}

void RowGroup::add(const Record& row, std::string_view raw, const RecordPlace& place) {
  if (rows_++ == 0) place_ = place;
  place_.bytes = place.offset + place.bytes - place_.offset;
  if (too_large_ || !has_room_for(row, raw)) {
    too_large_ = true;
    cells_.clear();
    kept_.clear();
    return;
  }
  if (!raw_.empty()) raw_ += '\n';
  const auto raw_begin = static_cast<std::uint32_t>(raw_.size());
  raw_ += raw;
  const std::size_t first_row = kept_.empty() ? 0 : kept_.front().end;
  const ColumnIndex* const columns = row.columns(Record::root);
  const bool alike = !kept_.empty() && columns != nullptr && columns == kept_.front().columns;
  const std::size_t same_names = alike ? columns->size() : 0;
  std::size_t column = 0;
  for (auto at = row.first_child(Record::root); at != Record::none; at = row.next_sibling(at)) {
    const std::string_view name = row.name(at);
    const std::string_view text = row.text(at);
    Cell cell;
    // Rows of one group have the same columns, as a rule.
    const bool named =
        column < same_names || (column < first_row && read(cells_[column].name) == name);
    cell.name = named ? cells_[column].name : keep(name);
    cell.text =
        stands_in(text, raw)
            ? Text{.begin = raw_begin + static_cast<std::uint32_t>(text.data() - raw.data()),
                   .size = static_cast<std::uint32_t>(text.size()),
                   .in_raw = true}
            : keep(text);
    cells_.push_back(cell);
    ++column;
  }
  kept_.push_back({.end = static_cast<std::uint32_t>(cells_.size()), .columns = columns});
}

bool RowGroup::has_room_for(const Record& row, std::string_view raw) const {
  const std::size_t first_row = kept_.empty() ? row.size() - 1 : kept_.front().end;
  // The root, its fields, the rows with theirs.
  const std::size_t nodes = 1 + first_row + kept_.size() + cells_.size() + row.size();
  return raw_.size() + raw.size() <= max_bytes_ && words_.size() <= max_words_ &&
         nodes <= Record::max_nodes;
}

RowGroup::Text RowGroup::keep(std::string_view text) {
  const Text kept{.begin = static_cast<std::uint32_t>(words_.size()),
                  .size = static_cast<std::uint32_t>(text.size())};
  words_ += text;
  return kept;
}

void RowGroup::write(Record& record) const {
  ASSERT(!empty() && !too_large_);
  std::size_t cell = 0;
  const auto write_row = [&](const Row& row, Record::Node at) {
    const std::size_t fields = row.columns != nullptr ? cell + row.columns->size() : 0;
    while (cell < row.end) {
      record.add(at, read(cells_[cell].name), read(cells_[cell].text));
      if (++cell == fields) record.lay_out(at, *row.columns);
    }
  };
  write_row(kept_.front(), Record::root);
  cell = 0;
  for (const Row& row : kept_) write_row(row, record.add(Record::root, "row"));
}

}  // namespace storeward
