// DatabasePages: the pages of a SQLite database as they stand in its file and its WAL, read without
// SQLite. For a database whose trees are damaged. Read-only; used while the outbox is being
// salvaged.
//
// https://www.sqlite.org/fileformat2.html: sections 1.6 (b-tree pages), 2 (records), 4 (WAL).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "store/schema.h"

namespace storeward::store {

// A column of a row. The text or blob is valid until the callback returns.
using StoredValue = std::variant<std::monostate, std::int64_t, std::string_view>;

constexpr std::uint64_t wal_bytes_of(int pages) {  // a header, then each page behind its own
  return 32 + static_cast<std::uint64_t>(pages) * (24 + page_bytes);
}

class DatabasePages {
 public:
  // A missing or unreadable file has no pages.
  explicit DatabasePages(const std::filesystem::path& database);
  ~DatabasePages();
  DatabasePages(const DatabasePages&) = delete;
  DatabasePages& operator=(const DatabasePages&) = delete;

  // Every row that still stands in a leaf of a rowid table, of whatever table and age: also rows
  // that were deleted or never committed. The caller has to check what it is given.
  using RowVisitor =
      std::function<void(std::int64_t rowid, const std::vector<StoredValue>& columns)>;
  void for_each_row(const RowVisitor& visit) const;

  // Whether the WAL breaks off before a commit that was followed by others: SQLite would go on
  // from before the break without a word, though what came after it had been synced.
  static bool wal_is_cut_within(const std::filesystem::path& database);

  // Of a database that is damaged: how much of it is left, in words, if it was cut.
  static std::string cut_in_words(const std::filesystem::path& database);

 private:
  using Page = std::array<unsigned char, page_bytes>;
  enum class View : std::uint8_t { newest, file_only };

  bool read(View view, std::uint32_t number, Page& page) const;
  bool read_frame(std::uint64_t offset, Page& page) const;
  void visit_leaf(View view, const Page& page, std::size_t header, const RowVisitor& visit) const;
  std::optional<std::string> payload_at(View view, const Page& page, std::size_t at,
                                        std::int64_t& rowid) const;

  int file_ = -1, wal_ = -1;
  std::uint32_t file_pages_ = 0;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> frames_;     // page, offset; in order
  std::unordered_map<std::uint32_t, std::uint64_t> newest_in_wal_;  // page -> offset
};

}  // namespace storeward::store
