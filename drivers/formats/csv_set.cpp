// Several CSV files that belong together, in one archive (the German DSFinV-K: receipts, their
// lines, payments and signatures in files of their own). A record is a row of one of the files
// named in options.heads, with the rows of the other files that have the same values in the columns
// of options.join below it, each under its file's name. Two files belong together if they have the
// same of these columns. Heads with more and fewer of them (a day's receipts and its closing) see
// each other: what fits stands in the record too.
//
// The whole is needed before the first record is known, so it is bounded as a whole. Every row of
// every CSV in the archive comes out: as a head, below one, or as a fault.
#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "drivers/formats/archive.h"
#include "drivers/formats/decoders.h"

namespace storeward {
namespace {

constexpr std::size_t most_bytes = 32u << 20;  // of the archive, and of what is in it
constexpr std::size_t most_files = 200;

struct Row {
  std::vector<std::pair<const std::string*, std::string>> fields;  // column, text
  RecordPlace place;                                               // in its file
  std::string raw, fault;
  std::string key;  // empty: it has none of the columns
  bool used = false;
};

struct File {
  std::string name, stem;
  bool head = false;
  std::vector<std::string> columns;  // those of options.join that it has
  std::vector<Row> rows;
};

class CsvSet final : public Decoder {
 public:
  explicit CsvSet(FormatOptions options) : options_(std::move(options)) {
    rows_as_ = options_;
    rows_as_.kind = "csv";
    rows_as_.join.clear();
    rows_as_.heads.clear();
  }

  void feed(std::string_view bytes, bool last) override {
    too_large_ = too_large_ || archive_.size() + bytes.size() > most_bytes;
    if (!too_large_) archive_.append(bytes);
    if (last) open();
  }

  Decoded next(Record& record) override {
    record.clear();
    if (!open_) return Decoded::need_more;
    if (!unreadable_.empty()) {
      fault_ = std::exchange(unreadable_, {});
      place_ = {.bytes = archive_.size(), .number = 1};
      raw_ = {};
      return Decoded::fault;
    }
    for (; file_ < order_.size(); ++file_, row_ = 0) {
      File& file = *order_[file_];
      for (; row_ < file.rows.size(); ++row_) {
        Row& row = file.rows[row_];
        if (row.used) continue;
        ++row_;
        return give(file, row, record);
      }
    }
    return Decoded::end;
  }

  RecordPlace place() const override { return place_; }
  std::string_view raw() const override { return raw_; }
  const std::string& fault() const override { return fault_; }

 private:
  void open() {
    open_ = true;
    auto files = too_large_ ? Result<std::vector<ArchivedFile>>(fail(
                                  "the archive is larger than " + std::to_string(most_bytes >> 20) +
                                  " MiB; let the source write smaller ones (a day each)"))
                            : unpack(archive_, most_bytes, most_files);
    archive_ = {};
    if (!files) {
      unreadable_ = files.error().message;
      return;
    }
    for (ArchivedFile& archived : *files) {
      if (archived.name.ends_with(".csv")) read(archived);
      archived = {};
    }
    if (files_.empty()) unreadable_ = "there is no .csv file in the archive";
    // Heads in the order of the options, then what belongs to none of them.
    for (const std::string& head : options_.heads) {
      for (File& file : files_) {
        if (file.name == head) order_.push_back(&file);
      }
    }
    for (File& file : files_) {
      if (!file.head) order_.push_back(&file);
    }
    for (File& file : files_) {
      if (file.head) continue;
      for (Row& row : file.rows) below_[row.key].emplace_back(&file, &row);
    }
  }

  void read(const ArchivedFile& archived) {
    auto decoder = make_csv(rows_as_);  // its options were tried when this was made
    File& file = files_.emplace_back();
    file.name = archived.name;
    file.stem = archived.name.substr(0, archived.name.size() - 4);
    file.head = std::ranges::count(options_.heads, file.name) != 0;
    (*decoder)->feed(archived.content, true);
    Record record;
    for (;;) {
      const Decoded decoded = (*decoder)->next(record);
      if (decoded != Decoded::record && decoded != Decoded::fault) return;
      Row& row = file.rows.emplace_back();
      row.place = (*decoder)->place();
      row.raw = (*decoder)->raw();
      if (decoded == Decoded::fault) {
        row.fault = (*decoder)->fault();
        continue;
      }
      for (auto node = record.first_child(Record::root); node != Record::none;
           node = record.next_sibling(node)) {
        const std::string_view name = record.name(node);
        auto interned = names_.find(name);
        if (interned == names_.end()) interned = names_.emplace(name).first;
        row.fields.emplace_back(&*interned, record.text(node));
      }
      if (file.columns.empty()) file.columns = columns_of(row);
      row.key = key_of(row, file.columns);
    }
  }

  std::vector<std::string> columns_of(const Row& row) const {
    std::vector<std::string> found;
    for (const std::string& column : options_.join) {
      if (std::ranges::any_of(row.fields, [&](const auto& at) { return *at.first == column; })) {
        found.push_back(column);
      }
    }
    return found;
  }

  static std::string key_of(const Row& row, const std::vector<std::string>& columns) {
    std::string key;
    for (const std::string& column : columns) {
      for (const auto& [name, text] : row.fields) {
        if (*name == column) key.append(column).append(1, '\x1f').append(text).append(1, '\x1e');
      }
    }
    return key;
  }

  Decoded give(const File& file, Row& row, Record& record) {
    const std::uint64_t number = place_.number + 1;
    place_ = row.place;
    place_.number = number;
    raw_ = row.raw;
    row.used = true;
    const std::string where = file.name + " line " + std::to_string(row.place.line) + ": ";
    if (!row.fault.empty()) {
      fault_ = file.name + " " + row.fault;
      return Decoded::fault;
    }
    if (!file.head) {
      fault_ = where + "it belongs to no row of " + options_.heads.front() +
               (options_.heads.size() > 1 ? " or its like" : "");
      return Decoded::fault;
    }
    if (!heads_seen_.insert(file.name + '\x1f' + row.key).second) {
      fault_ = where + "there is a row before it with the same " + options_.join.back();
      return Decoded::fault;
    }
    fault_ = where + "too much belongs to it";
    return fill(file, row, record) ? Decoded::record : Decoded::fault;
  }

  bool fill(const File& file, const Row& head, Record& record) {
    if (!append(head, Record::root, record)) return false;
    for (const File* other : order_) {
      if (!other->head || other->columns.size() == file.columns.size()) continue;
      const auto& shared =
          other->columns.size() < file.columns.size() ? other->columns : file.columns;
      const std::string key = key_of(head, shared);
      for (const Row& row : other->rows) {
        if (key_of(row, shared) != key) continue;
        if (!append(row, record.add(Record::root, other->stem), record)) return false;
      }
    }
    const auto found = below_.find(head.key);
    if (found == below_.end()) return true;
    for (const auto& [other, row] : found->second) {
      row->used = true;
      if (!append(*row, record.add(Record::root, other->stem), record)) return false;
    }
    return true;
  }

  static bool append(const Row& row, Record::Node node, Record& record) {
    if (node == Record::none) return false;
    return std::ranges::all_of(row.fields, [&](const auto& field) {
      return record.add(node, *field.first, field.second) != Record::none;
    });
  }

  FormatOptions options_, rows_as_;
  std::string archive_;
  bool too_large_ = false, open_ = false;
  std::string unreadable_;
  std::set<std::string, std::less<>> names_;
  std::deque<File> files_;
  std::vector<File*> order_;
  std::map<std::string, std::vector<std::pair<const File*, Row*>>> below_;
  std::set<std::string> heads_seen_;
  std::size_t file_ = 0, row_ = 0;
  RecordPlace place_;
  std::string_view raw_;
  std::string fault_;
};

}  // namespace

MadeDecoder make_csv_set(const FormatOptions& options) {
  if (options.join.empty())
    return fail("format.join: missing; the columns by which rows belong together");
  if (options.heads.empty())
    return fail("format.heads: missing; the files whose rows are the records");
  FormatOptions rows = options;
  rows.kind = "csv";
  rows.join.clear();
  rows.heads.clear();
  if (!rows.group_by.empty()) return fail("format.group_by: is not for csv_set");
  if (const auto made = make_csv(rows); !made) return fail(made.error().message);
  return std::unique_ptr<Decoder>(std::make_unique<CsvSet>(options));
}

}  // namespace storeward
