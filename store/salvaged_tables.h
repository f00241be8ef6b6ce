// The tables that are copied row by row out of a damaged outbox, and the SQL to do it. Pure.
//
// Rows that contradict themselves are as good as lost: what stands in for them is safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace storeward::store {

struct SalvagedTable {
  const char* name;
  const char* columns;
  const char* rows;  // those that make sense
  const char* order;
  std::int64_t since = 1;          // the schema version that brought it
  std::int64_t checked_since = 0;  // from which on it has a checksum over its columns; 0: never

  struct Columns {
    std::int64_t since;
    const char* names;
  };
  std::array<Columns, 5> added{};  // by later schema versions; not in a table with a checksum
};

std::span<const SalvagedTable> salvaged_tables();

// The sound rows of a file with the schema of this version.
std::string select_from_front(const SalvagedTable& table, std::int64_t version);
std::string select_from_back(const SalvagedTable& table, std::int64_t version);
// Those rows into a file of the newest version; a row that is there stays.
std::string insert_into(const SalvagedTable& table, std::int64_t version);

}  // namespace storeward::store
