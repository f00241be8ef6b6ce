#include "drivers/formats/derived_columns.h"

#include <algorithm>

#include "agent/base/ascii.h"

namespace storeward {

std::string_view derived_part(std::string_view text, const DerivedColumn& column) {
  if (!column.until.empty()) text = text.substr(0, text.find_first_of(column.until));
  if (column.characters != 0) text = text.substr(0, column.characters);
  return trimmed(text);
}

std::vector<std::string> DerivedColumns::needed(const std::vector<std::string>& wanted) const {
  std::vector<std::string> names;
  for (const std::string& name : wanted) {
    const auto made = std::ranges::find(columns_, name, &DerivedColumn::name);
    if (made == columns_.end()) {
      names.push_back(name);
    } else {
      names.insert(names.end(), made->from.begin(), made->from.end());
    }
  }
  return names;
}

Result<void> DerivedColumns::allowed_beside(const ColumnNames& columns) const {
  for (const DerivedColumn& column : columns_) {
    if (columns.size() == ColumnNames::npos || !columns.has(column.name)) continue;
    return fail("\"" + column.name +
                "\" of [format.derived] is a column of the file as well: rename one of them");
  }
  return {};
}

std::string_view DerivedColumns::joined(const Record& record, const DerivedColumn& column,
                                        std::string& buffer) {
  if (column.from.size() == 1) {
    const Record::Node node = record.child(Record::root, column.from.front());
    return node == Record::none ? std::string_view{} : trimmed(record.text(node));
  }
  buffer.clear();
  for (const std::string& name : column.from) {
    const Record::Node node = record.child(Record::root, name);
    const std::string_view part =
        node == Record::none ? std::string_view{} : trimmed(record.text(node));
    if (part.empty()) continue;
    buffer.append(buffer.empty() ? "" : column.with).append(part);
  }
  return buffer;
}

void DerivedColumns::add(Record& record) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const DerivedColumn& column = columns_[i];
    const std::string_view text = derived_part(joined(record, column, joined_[i]), column);
    if (!text.empty()) record.add(Record::root, column.name, text);
  }
}

}  // namespace storeward
