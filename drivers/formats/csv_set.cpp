// Several CSV files that belong together, in one archive (the German DSFinV-K: receipts, their
// lines, payments and signatures in files of their own). A record is a row of one of the files
// named in options.heads. What belongs to it stands below it, each row under its file's name:
//
// - Of the columns of options.join, a row stands below the row of a head, or of one of
//   options.parents, that has the most of those columns which it has too, and in them the same
//   values. A row that names no row of the parents stands below the head.
// - A row of one of options.lookups (the rates of VAT, say) stands below each row that has its
//   columns and values.
// - A head sees the head with fewer columns (a receipt its closing).
//
// The whole is needed before the first record is known, so it is bounded as a whole. Every row of
// every CSV in the archive comes out: as a head, below one, or as a fault.
#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "drivers/formats/archive.h"
#include "drivers/formats/decoders.h"

namespace storeward {
namespace {

constexpr std::size_t most_bytes = 32u << 20;  // of the archive, and of what is in it
constexpr std::size_t most_files = 200;

struct File;

struct Row {
  std::vector<std::pair<const std::string*, std::string>> fields;  // column, text
  RecordPlace place;                                               // in its file
  std::string raw, fault;
  std::vector<std::pair<const File*, Row*>> below;
  bool used = false;
};

struct File {
  std::string name, stem;
  bool head = false, parent = false;  // a head is a parent
  std::vector<std::string> columns;   // those of options.join that it has, in that order
  std::deque<Row> rows;
  std::map<std::string, Row*, std::less<>> by_key;  // of parents and lookups: the first of each
};

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Whether each of the columns of `of` is one of `file` too.
bool within(const File& of, const File& file) {
  return std::ranges::all_of(of.columns,
                             [&](const std::string& column) { return has(file.columns, column); });
}

std::string key_of(const Row& row, const std::vector<std::string>& columns) {
  std::string key;
  for (const std::string& column : columns) {
    for (const auto& [name, text] : row.fields) {
      if (*name == column) key.append(text).append(1, '\x1f');
    }
  }
  return key;
}

// A note on the whole receipt has the column of the lines, and nothing in it.
bool names_none_of(const File& parent, const Row& row) {
  return std::ranges::any_of(row.fields, [&](const auto& field) {
    return field.second.empty() && has(parent.columns, *field.first);
  });
}

Row* row_with(const File& file, const std::string& key) {
  const auto found = file.by_key.find(key);
  return found != file.by_key.end() ? found->second : nullptr;
}

class CsvSet final : public Decoder {
 public:
  explicit CsvSet(FormatOptions options) : options_(std::move(options)) {
    rows_as_ = options_;
    rows_as_.kind = "csv";
    rows_as_.join.clear();
    rows_as_.heads.clear();
    rows_as_.parents.clear();
    rows_as_.lookups.clear();
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
  Loss loss() const override { return files_.empty() ? Loss::source : Loss::more; }

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
    put_in_place();
  }

  void put_in_place() {
    std::vector<const File*> parents;
    for (File& file : files_) {
      const bool lookup = has(options_.lookups, file.name) && !file.columns.empty();
      if (lookup) lookups_.push_back(&file);
      if (file.parent) parents.push_back(&file);
      if (!lookup && !file.parent) continue;
      for (Row& row : file.rows) {
        if (row.fault.empty()) file.by_key.emplace(key_of(row, file.columns), &row);
      }
    }
    std::ranges::stable_sort(parents, std::greater(),
                             [](const File* file) { return file->columns.size(); });
    for (File& file : files_) {
      if (file.head) continue;
      std::vector<const File*> above;
      std::ranges::copy_if(parents, std::back_inserter(above), [&](const File* parent) {
        // Parents other than heads strictly below each other, so that there is no circle.
        const bool strictly = file.parent && !parent->head;
        const std::size_t fewer = strictly ? 1 : 0;
        return parent != &file && within(*parent, file) &&
               parent->columns.size() + fewer <= file.columns.size();
      });
      for (Row& row : file.rows) put_below(above, file, row);
    }
  }

  static void put_below(const std::vector<const File*>& above, const File& file, Row& row) {
    if (!row.fault.empty()) return;
    std::size_t most = 0;  // columns in common; an archive may hold a folder for each closing
    for (const File* parent : above) {
      if (!parent->head && names_none_of(*parent, row)) continue;
      if (parent->columns.size() < most) return;
      most = parent->columns.size();
      if (Row* const found = row_with(*parent, key_of(row, parent->columns))) {
        found->below.emplace_back(&file, &row);
        return;
      }
    }
  }

  void read(const ArchivedFile& archived) {
    auto decoder = make_csv(rows_as_);  // its options were tried when this was made
    File& file = files_.emplace_back();
    file.name = archived.name;
    file.stem = archived.name.substr(0, archived.name.size() - 4);
    file.head = has(options_.heads, file.name);
    file.parent = file.head || has(options_.parents, file.name);
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

  Decoded give(const File& file, Row& row, Record& record) {
    const std::uint64_t number = place_.number + 1;
    place_ = row.place;
    place_.number = number;
    raw_ = row.raw;
    row.used = true;
    const std::uint64_t line = std::exchange(place_.line, 0);  // of which file, the fault says
    const std::string where = file.name + " line " + std::to_string(line) + ": ";
    if (!row.fault.empty()) {
      fault_ = file.name + " " + row.fault;
      return Decoded::fault;
    }
    if (!file.head) {
      fault_ = where + "it belongs to no row of " + options_.heads.front() +
               (options_.heads.size() > 1 ? " or its like" : "");
      return Decoded::fault;
    }
    if (row_with(file, key_of(row, file.columns)) != &row) {
      fault_ = where + "there is a row before it with the same " +
               (file.columns.empty() ? options_.join.front() : file.columns.back());
      return Decoded::fault;
    }
    fault_ = where + "too much belongs to it";
    return fill(file, row, record) ? Decoded::record : Decoded::fault;
  }

  bool fill(const File& file, Row& head, Record& record) {
    for (const File* other : order_) {
      if (!other->head || other->columns.size() >= file.columns.size() || !within(*other, file)) {
        continue;
      }
      const Row* const seen = row_with(*other, key_of(head, other->columns));
      if (seen == nullptr) continue;
      if (!append(*seen, record.add(Record::root, other->stem), record)) return false;
    }
    return fill_below(file, head, Record::root, record);
  }

  // A row, what is looked up for it and what stands below it. As deep as there are parents.
  bool fill_below(const File& file, Row& row, Record::Node node, Record& record) {
    row.used = true;
    if (!append(row, node, record)) return false;
    for (const File* lookup : lookups_) {
      if (lookup == &file || !within(*lookup, file)) continue;
      const Row* const found = row_with(*lookup, key_of(row, lookup->columns));
      if (found == nullptr) continue;
      if (!append(*found, record.add(node, lookup->stem), record)) return false;
    }
    return std::ranges::all_of(row.below, [&](const auto& at) {
      return fill_below(*at.first, *at.second, record.add(node, at.first->stem), record);
    });
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
  std::vector<File*> order_;  // heads first
  std::vector<const File*> lookups_;
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
  rows.parents.clear();
  rows.lookups.clear();
  if (!rows.group_by.empty()) return fail("format.group_by: is not for csv_set");
  if (const auto made = make_csv(rows); !made) return fail(made.error().message);
  return std::unique_ptr<Decoder>(std::make_unique<CsvSet>(options));
}

}  // namespace storeward
