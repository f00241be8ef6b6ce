// GroupedRows: around a decoder of rows. Rows that follow each other with equal values in the
// columns of group_by are one record. A row in which one of these columns is absent is a record of
// its own: nothing says what it belongs to. The columns of group_by_optional tell groups apart as
// well, but where a row leaves one empty it says nothing: many exports name the site once a
// receipt.
//
// A group is known to be complete only when the next one begins, so a row that could not be read is
// given before the group it stands in; places of the two overlap. Where it stands between two
// groups it may belong to either: both say so in a warning.
#include <algorithm>
#include <vector>

#include "agent/core/utf8.h"
#include "drivers/formats/decoders.h"
#include "drivers/formats/row_group.h"

namespace storeward {
namespace {

class GroupedRows final : public Decoder {
 public:
  GroupedRows(std::unique_ptr<Decoder> rows, const FormatOptions& options)
      : rows_(std::move(rows)), key_(key_columns(options)), group_(options.max_record_bytes) {}

  void feed(std::string_view bytes, bool last) override { rows_->feed(bytes, last); }

  Decoded next(Record& record) override {
    record.clear();
    if (given_) {
      group_.clear();
      given_ = false;
    }
    if (row_waits_) begin_group();
    for (;;) {
      switch (rows_->next(row_)) {
        case Decoded::need_more:
          return Decoded::need_more;
        case Decoded::fault:
          return pass_fault();
        case Decoded::end:
          return group_.empty() ? Decoded::end : give_group(record);
        case Decoded::record:
          if (group_.empty()) {
            begin_group();
          } else if (belongs_to_group()) {
            add_row();
          } else {
            row_waits_ = true;
            return give_group(record);
          }
      }
    }
  }

  RecordPlace place() const override { return place_; }
  std::string_view raw() const override { return given_ ? group_.raw() : rows_->raw(); }
  const std::string& fault() const override { return given_ ? fault_ : rows_->fault(); }
  std::optional<std::string> acknowledgement() const override { return rows_->acknowledgement(); }

 private:
  static constexpr std::size_t most_warnings = 8;

  // What makes rows one group; the buffers are reused.
  struct KeyColumn {
    std::string name;
    bool optional = false;
    std::string value;
    bool absent = false;
  };

  static std::vector<KeyColumn> key_columns(const FormatOptions& options) {
    std::vector<KeyColumn> columns;
    for (const std::string& name : options.group_by) columns.push_back({.name = name});
    for (const std::string& name : options.group_by_optional) {
      columns.push_back({.name = name, .optional = true});
    }
    return columns;
  }

  void begin_group() {
    row_waits_ = false;
    for (KeyColumn& column : key_) {
      const Record::Node node = row_.child(Record::root, column.name);
      column.absent = node == Record::none;
      column.value.assign(column.absent ? std::string_view{} : row_.text(node));
    }
    warnings_.clear();
    for (const std::string& fault : faults_behind_) warn(beside, fault);
    faults_behind_.clear();
    group_.add(row_, rows_->raw(), rows_->place());
  }

  bool belongs_to_group() const {
    return std::ranges::all_of(key_, [&](const KeyColumn& column) {
      const Record::Node node = row_.child(Record::root, column.name);
      const std::string_view value = node == Record::none ? std::string_view{} : row_.text(node);
      if (column.optional) return value.empty() || value == column.value;
      return node != Record::none && !column.absent && value == column.value;
    });
  }

  void add_row() {
    for (const std::string& fault : faults_behind_) warn(inside, fault);
    faults_behind_.clear();
    group_.add(row_, rows_->raw(), rows_->place());
  }

  Decoded pass_fault() {
    place_ = rows_->place();
    place_.number = ++number_;
    if (faults_behind_.size() <= most_warnings) faults_behind_.push_back(rows_->fault());
    return Decoded::fault;
  }

  Decoded give_group(Record& record) {
    given_ = true;
    place_ = group_.place();
    place_.number = ++number_;
    if (group_.too_large()) {
      fault_ = "line " + std::to_string(place_.line) + ": the record of " + key_in_words() +
               " is too large: " + std::to_string(group_.rows()) + " rows, " +
               std::to_string(place_.bytes) + " bytes";
      return Decoded::fault;
    }
    group_.write(record);
    for (const std::string& fault : faults_behind_) warn(beside, fault);
    for (std::string& warning : warnings_) record.warn(std::move(warning));
    warnings_.clear();
    return Decoded::record;
  }

  std::string key_in_words() const {
    constexpr std::size_t most_shown = 60;
    std::string words;
    for (const KeyColumn& column : key_) {
      if (column.optional && column.value.empty()) continue;
      words.append(words.empty() ? "" : ", ").append(column.name).append(" \"");
      words.append(utf8_prefix(column.value, most_shown)).append("\"");
    }
    return words;
  }

  void warn(std::string_view what, const std::string& fault) {
    if (warnings_.size() < most_warnings) {
      warnings_.push_back(std::string(what) + fault);
    } else if (warnings_.size() == most_warnings) {
      warnings_.emplace_back("more rows of this record could not be read");
    }
  }

  static constexpr std::string_view inside = "a row of this record could not be read: ";
  static constexpr std::string_view beside =
      "a row beside this record, perhaps one of it, could not be read: ";

  std::unique_ptr<Decoder> rows_;
  Record row_;
  bool row_waits_ = false;  // row_ is the first of the next group

  std::vector<KeyColumn> key_;
  RowGroup group_;
  std::vector<std::string> faults_behind_;  // since the group's last row
  std::vector<std::string> warnings_;

  bool given_ = false;  // the group, by the last next(); otherwise a row's fault
  std::uint64_t number_ = 0;
  RecordPlace place_;
  std::string fault_;
};

}  // namespace

std::unique_ptr<Decoder> group_rows(std::unique_ptr<Decoder> rows, const FormatOptions& options) {
  return std::make_unique<GroupedRows>(std::move(rows), options);
}

}  // namespace storeward
