// The store's limits, with nothing else: sales committed so many at a time, each commit on disk
// before the next begins.
//   append  write and fdatasync of a plain file
//   rows    SQLite, one row a sale
//   runs    SQLite, one row a commit: SHA-256 of each sale, the commit compressed (zstd-1), the
//           sorted 8-byte digests of the keys beside it
// --indexed adds to the rows a unique index over the ids.
// Prints JSON: rate, and how long a commit takes.
#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "agent/base/sha256.h"
#include "bare_store.h"
#include "latency.h"
#include "sale_text.h"

namespace {

struct Sale {
  std::uint64_t id = 0;
  std::string bytes;
};
using Sales = std::vector<Sale>;
using Commit = std::function<void(const Sales&)>;

Commit append_to(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) std::exit(74);
  return [file](const Sales& sales) {
    std::string all;
    for (const Sale& sale : sales) all += sale.bytes;
    if (::write(file, all.data(), all.size()) != static_cast<ssize_t>(all.size())) std::exit(74);
    if (::fdatasync(file) != 0) std::exit(74);
  };
}

void execute(sqlite3* database, const char* sql) {
  bench::must(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), sql);
}

Commit rows_in(const std::string& path, bool indexed) {
  sqlite3* database = bench::open_bare(path.c_str());
  execute(database, "CREATE TABLE sale(sequence INTEGER PRIMARY KEY, id INTEGER, bytes BLOB)");
  if (indexed) execute(database, "CREATE UNIQUE INDEX by_id ON sale(id)");
  sqlite3_stmt* insert = bench::prepare(database, "INSERT INTO sale(id, bytes) VALUES(?, ?)");
  return [database, insert](const Sales& sales) {
    execute(database, "BEGIN IMMEDIATE");
    for (const Sale& sale : sales) {
      sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(sale.id));
      sqlite3_bind_blob(insert, 2, sale.bytes.data(), static_cast<int>(sale.bytes.size()),
                        SQLITE_STATIC);
      bench::must(sqlite3_step(insert), "insert");
      sqlite3_reset(insert);
    }
    execute(database, "COMMIT");
  };
}

Commit runs_in(const std::string& path) {
  sqlite3* database = bench::open_bare(path.c_str());
  execute(database, "CREATE TABLE run(first INTEGER PRIMARY KEY, events BLOB, keys BLOB)");
  sqlite3_stmt* insert = bench::prepare(database, "INSERT INTO run VALUES(?, ?, ?)");
  return [database, insert, first = sqlite3_int64{1}](const Sales& sales) mutable {
    std::string all;
    std::vector<std::uint64_t> keys;
    storeward::Sha256 chain{};
    for (const Sale& sale : sales) {
      all += sale.bytes;
      chain = storeward::chain_next(chain, storeward::sha256(sale.bytes));
      std::uint64_t key = 0;
      std::memcpy(&key, storeward::sha256(std::to_string(sale.id)).data(), sizeof key);
      keys.push_back(key);
    }
    std::ranges::sort(keys);
    std::string run(ZSTD_compressBound(all.size()), '\0');
    run.resize(ZSTD_compress(run.data(), run.size(), all.data(), all.size(), 1));
    sqlite3_bind_int64(insert, 1, first);
    sqlite3_bind_blob(insert, 2, run.data(), static_cast<int>(run.size()), SQLITE_STATIC);
    sqlite3_bind_blob(insert, 3, keys.data(), static_cast<int>(keys.size() * 8), SQLITE_STATIC);
    bench::must(sqlite3_step(insert), "insert");  // a transaction of its own
    sqlite3_reset(insert);
    first += static_cast<sqlite3_int64>(sales.size());
  };
}

}  // namespace

int main(int argc, char** argv) {
  std::string how, file;
  std::uint64_t events = 100'000;
  std::size_t per_commit = 100;
  int lines = 1;
  bool random_ids = false, indexed = false;
  CLI::App app("Commits sales with nothing around it.");
  app.add_option("how", how, "append, rows or runs")->required();
  app.add_option("file", file, "to be made")->required();
  app.add_option("--events", events, "in all");
  app.add_option("--per-commit", per_commit, "sales");
  app.add_option("--lines", lines, "of a sale");
  app.add_flag("--random-ids", random_ids, "ids without any order");
  app.add_flag("--indexed", indexed, "rows: a unique index over the ids");
  CLI11_PARSE(app, argc, argv);

  Commit commit = how == "append" ? append_to(file)
                  : how == "rows" ? rows_in(file, indexed)
                                  : runs_in(file);
  bench::Ids ids(random_ids);
  std::vector<std::uint32_t> commits_us;
  for (std::uint64_t done = 0; done < events; done += per_commit) {
    Sales sales(per_commit);
    for (Sale& sale : sales) {
      sale.id = ids.next();
      bench::append_sale(sale.bytes, sale.id, lines);
    }
    const std::uint64_t begun = bench::now_us();
    commit(sales);
    commits_us.push_back(static_cast<std::uint32_t>(bench::now_us() - begun));
  }
  double busy_s = 0;
  for (const std::uint32_t one : commits_us) busy_s += one / 1e6;
  std::printf(R"({"events":%llu,"rate":%.0f,)", static_cast<unsigned long long>(events),
              static_cast<double>(commits_us.size() * per_commit) / busy_s);
  bench::print_latency(commits_us);
  std::printf("}\n");
}
