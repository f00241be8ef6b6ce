// GroupedRows: around a decoder of rows. Rows with equal values in the columns of group_by are one
// record. A row in which one of these columns is absent is a record of its own: nothing says what
// it belongs to. The columns of group_by_optional tell groups apart as well, but where a row leaves
// one empty it says nothing: many exports name the site once a receipt.
//
// At most group_window groups are open at a time. The one whose last row is furthest behind is
// given when a new group needs its place, so a group's rows may be interrupted by those of up to
// group_window - 1 others. With a window of 1 the rows of a group follow each other: what comes
// back is a record of its own, since it may as well be the same receipt exported twice.
//
// A row that could not be read is given before the group it stands in, and places of records
// overlap. Where it stands between rows of two groups it may belong to either: both say so in a
// warning. So it is with a row that leaves a column of group_by_optional empty and fits two open
// groups: it goes to the one that had a row last.
#include <algorithm>
#include <list>
#include <vector>

#include "agent/core/quote.h"
#include "drivers/formats/decoders.h"
#include "drivers/formats/row_group.h"

namespace storeward {
namespace {

struct KeyColumn {
  std::string name;
  bool optional = false;
  std::uint64_t hash = column_hash(name);
};

std::vector<KeyColumn> key_columns(const FormatOptions& options) {
  std::vector<KeyColumn> columns;
  for (const std::string& name : options.group_by) columns.push_back({.name = name});
  for (const std::string& name : options.group_by_optional) {
    columns.push_back({.name = name, .optional = true});
  }
  return columns;
}

// A group whose last row is not known to have come. Its buffers are reused.
struct OpenGroup {
  struct KeyValue {
    std::string text;
    bool absent = false;
  };

  OpenGroup(std::size_t columns, std::size_t max_bytes) : key(columns), rows(max_bytes) {}

  void begin(const std::vector<KeyColumn>& columns, const Record& row) {
    rows.clear();
    warnings.clear();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Record::Node node = row.child(Record::root, columns[i].name, columns[i].hash);
      key[i].absent = node == Record::none;
      key[i].text.assign(key[i].absent ? std::string_view{} : row.text(node));
    }
  }

  bool has(const std::vector<KeyColumn>& columns, const Record& row) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Record::Node node = row.child(Record::root, columns[i].name, columns[i].hash);
      const std::string_view value = node == Record::none ? std::string_view{} : row.text(node);
      if (columns[i].optional && value.empty()) continue;
      if (value != key[i].text) return false;
      if (!columns[i].optional && (key[i].absent || node == Record::none)) return false;
    }
    return true;
  }

  void warn(std::string_view what, const std::vector<std::string>& faults) {
    for (const std::string& fault : faults) {
      if (warnings.size() < most_warnings) {
        warnings.push_back(std::string(what) + fault);
      } else if (warnings.size() == most_warnings) {
        warnings.emplace_back("more rows of this record could not be read");
      }
    }
  }

  void take_over_warnings(const Record& row) {
    for (const std::string& warning : row.warnings()) {
      const bool is_new = std::ranges::find(warnings, warning) == warnings.end();
      if (is_new && warnings.size() < most_warnings) warnings.push_back(warning);
    }
  }

  static constexpr std::size_t most_warnings = 8;

  std::vector<KeyValue> key;  // in the order of the columns
  RowGroup rows;
  std::vector<std::string> warnings;
};

class GroupedRows final : public Decoder {
 public:
  GroupedRows(std::unique_ptr<Decoder> rows, const FormatOptions& options)
      : rows_(std::move(rows)),
        columns_(key_columns(options)),
        window_(options.group_window),
        max_bytes_(options.max_record_bytes) {}

  void feed(std::string_view bytes, bool last) override { rows_->feed(bytes, last); }

  Decoded next(Record& record) override {
    record.clear();
    reuse_given();
    for (;;) {
      if (row_waits_) {
        if (is_too_much_open()) return give_stalest(record);
        open_.back().rows.add(row_, rows_->raw(), rows_->place());
        open_.back().take_over_warnings(row_);
        row_waits_ = false;
      }
      switch (rows_->next(row_)) {
        case Decoded::need_more:
          return Decoded::need_more;
        case Decoded::fault:
          return pass_fault();
        case Decoded::end:
          if (open_.empty()) return Decoded::end;
          open_.back().warn(beside, faults_behind_);
          faults_behind_.clear();
          return give_stalest(record);
        case Decoded::record:
          bring_forward_group_of_row();
          row_waits_ = true;
      }
    }
  }

  RecordPlace place() const override { return place_; }
  std::string_view raw() const override {
    return given_.empty() ? rows_->raw() : given_.front().rows.raw();
  }
  const std::string& fault() const override { return given_.empty() ? rows_->fault() : fault_; }
  Loss loss() const override { return given_.empty() ? rows_->loss() : Loss::more; }
  std::optional<std::string> acknowledgement() const override { return rows_->acknowledgement(); }

 private:
  using Groups = std::list<OpenGroup>;

  void bring_forward_group_of_row() {
    const auto is_of_row = [this](const OpenGroup& group) { return group.has(columns_, row_); };
    const auto found = std::find_if(open_.rbegin(), open_.rend(), is_of_row);
    const bool follows_its_own = found == open_.rbegin() && !open_.empty();
    if (found != open_.rend()) {
      warn_of_choice(*found, std::find_if(std::next(found), open_.rend(), is_of_row));
    }
    if (!follows_its_own) {
      if (!open_.empty()) open_.back().warn(beside, faults_behind_);
      if (found == open_.rend()) {
        begin_group();
      } else {
        open_.splice(open_.end(), open_, std::prev(found.base()));
      }
    }
    open_.back().warn(follows_its_own ? inside : beside, faults_behind_);
    faults_behind_.clear();
  }

  // A row that leaves an optional column empty may be of either group.
  void warn_of_choice(OpenGroup& taken, Groups::reverse_iterator other) {
    if (other == open_.rend()) return;
    const std::string line = "line " + std::to_string(rows_->place().line);
    taken.warn(line + " was taken for a row of this record; it may be another one's: ",
               {key_in_words(*other)});
    other->warn(line + " may be a row of this record; it was taken for another one's: ",
                {key_in_words(taken)});
  }

  void begin_group() {
    if (idle_.empty()) idle_.emplace_back(columns_.size(), max_bytes_);
    idle_.front().begin(columns_, row_);
    open_.splice(open_.end(), idle_, idle_.begin());
  }

  // With the group that row_ begins; a group alone may be as large as any record.
  bool is_too_much_open() const {
    if (open_.size() > window_) return true;
    if (open_.size() < 2) return false;
    std::size_t held = 0;
    for (const OpenGroup& group : open_) held += group.rows.held_bytes();
    return held > most_held_records * max_bytes_;
  }

  Decoded pass_fault() {
    place_ = rows_->place();
    place_.number = ++number_;
    if (faults_behind_.size() <= OpenGroup::most_warnings) {
      faults_behind_.push_back(rows_->fault());
    }
    return Decoded::fault;
  }

  Decoded give_stalest(Record& record) {
    given_.splice(given_.begin(), open_, open_.begin());
    OpenGroup& group = given_.front();
    place_ = group.rows.place();
    place_.number = ++number_;
    if (group.rows.too_large()) {
      fault_ = "line " + std::to_string(place_.line) + ": the record of " + key_in_words(group) +
               " is too large: " + std::to_string(group.rows.rows()) + " rows, " +
               std::to_string(place_.bytes) + " bytes";
      return Decoded::fault;
    }
    group.rows.write(record);
    for (std::string& warning : group.warnings) record.warn(std::move(warning));
    return Decoded::record;
  }

  void reuse_given() {
    if (given_.empty()) return;
    if (given_.front().rows.held_bytes() > most_idle_bytes) given_.clear();
    idle_.splice(idle_.begin(), given_);
  }

  std::string key_in_words(const OpenGroup& group) const {
    std::string words;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& text = group.key[i].text;
      if (columns_[i].optional && text.empty()) continue;
      words.append(words.empty() ? "" : ", ")
          .append(columns_[i].name)
          .append(" ")
          .append(in_quotes(text));
    }
    return words;
  }

  static constexpr std::string_view inside = "a row of this record could not be read: ";
  static constexpr std::string_view beside =
      "a row beside this record, perhaps one of it, could not be read: ";
  static constexpr std::size_t most_held_records = 4;  // of max_bytes_, where several are open
  static constexpr std::size_t most_idle_bytes = 1u << 18;

  const std::unique_ptr<Decoder> rows_;
  const std::vector<KeyColumn> columns_;
  const std::size_t window_;
  const std::size_t max_bytes_;

  Record row_;
  bool row_waits_ = false;  // for room in its group, the last of open_
  Groups open_;             // by their last rows: the first one's is furthest behind
  Groups given_;            // the group of the last next(), if it gave one
  Groups idle_;
  std::vector<std::string> faults_behind_;  // the last row

  std::uint64_t number_ = 0;
  RecordPlace place_;
  std::string fault_;
};

}  // namespace

std::unique_ptr<Decoder> group_rows(std::unique_ptr<Decoder> rows, const FormatOptions& options) {
  return std::make_unique<GroupedRows>(std::move(rows), options);
}

}  // namespace storeward
