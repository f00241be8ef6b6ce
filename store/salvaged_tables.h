// The tables that are copied row by row out of a damaged outbox, and the SQL to do it. Pure.
//
// Rows that contradict themselves are as good as lost: what stands in for them is safe.
#pragma once

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
  std::int64_t until = INT64_MAX;  // the last schema version that has it so

  bool is_in(std::int64_t version) const { return since <= version && version <= until; }
};

std::span<const SalvagedTable> salvaged_tables();

// The sound rows of a file with the schema of this version.
std::string select_from_front(const SalvagedTable& table, std::int64_t version);
std::string select_from_back(const SalvagedTable& table, std::int64_t version);
// Into a file of the newest version, a parameter for each column; a row that is there stays.
std::string insert_into(const SalvagedTable& table);

}  // namespace storeward::store
