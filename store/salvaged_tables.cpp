#include "store/salvaged_tables.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace storeward::store {
namespace {

// The file's identity is left behind: this is a new file.
constexpr std::array<SalvagedTable, 15> tables = {{
    {"meta", "name,value", "name NOT IN ('machine_id','file_id')", "name"},
    {"epoch", "no,uuid,began_ms,reason", "no BETWEEN 1 AND 65535 AND length(uuid)=36", "no"},
    {"stream", "epoch_no,stream,confirmed,published,pruned_through,merged_through,pruned_chain",
     "stream BETWEEN 0 AND 6 AND 0<=pruned_through AND pruned_through<=confirmed AND "
     "confirmed<=published AND length(pruned_chain)=32",
     "epoch_no,stream", 1, 2},
    {"absent", "epoch_no,stream,first,last,reason",
     "stream BETWEEN 0 AND 6 AND 0<first AND first<=last AND reason BETWEEN 0 AND 2",
     "epoch_no,stream,first", 1, 2},
    {"fork", "epoch_no,stream,keep_through", "stream BETWEEN 0 AND 6", "epoch_no,stream"},
    {"exception",
     "number,state,kind,key,content,source,id,revision,reason,masked,at_ms,epoch_no,stream,"
     "sequence",
     "state BETWEEN 0 AND 3 AND kind BETWEEN 0 AND 3",
     "number",
     1,
     0,
     {{{3, "driver,place,template_name,template_version,note,closed_ms"},
       {5, "given"},
       {8, "first_reason,failed_ms"},
       {9, "times,last_ms"},
       {10, "template_extends"}}}},
    {"audit", "number,kept_ms,record,chain", "1", "number", 3},
    {"audit_end", "one,pruned_through,pruned_chain,last,chain", "one=1", "one", 3, 3},
    // One that is lost makes its driver hand in again, and the memory of repeats answers.
    {"source_cursor", "driver,key,value,expires_ms", "1", "driver,key", 3, 3},
    {"receipt",
     "register_id,business_date,number,completed_ms,accepted_ms,counts,gross_minor,currency,"
     "tenders",
     "1",
     "register_id,business_date,number",
     4,
     0,
     {{{6, "event,revision,is_return"}}}},
    {"voided_receipt", "register_id,business_date,number,voided_ms", "1",
     "register_id,business_date,number", 7},
    {"register_day", "register_id,business_date,source,touched,kept_ms", "1",
     "register_id,business_date", 4},
    {"register_close",
     "register_id,closed_ms,close_key,business_date,close_no,tx_count,gross_minor,currency,"
     "tenders,first_no,last_no",
     "1", "register_id,closed_ms,close_key", 4},
    {"level", "number,place,as_of,key,content,bytes", "1", "number"},
    {"day", "business_date,register_id,currency,sales,returns,gross_minor,last_sale", "1",
     "business_date,register_id,currency"},
}};

std::string columns_in(const SalvagedTable& table, std::int64_t version) {
  std::string columns = table.columns;
  for (const auto& [since, names] : table.added) {
    if (names != nullptr && since <= version) columns.append(",").append(names);
  }
  return columns;
}

std::string parameters_for(std::string_view columns) {
  std::string parameters = "?1";
  for (int i = 2; i <= 1 + std::ranges::count(columns, ','); ++i) {
    parameters += ",?" + std::to_string(i);
  }
  return parameters;
}

std::string descending(std::string_view order) {
  std::string text(order);
  for (std::size_t at = 0; (at = text.find(',', at)) != std::string::npos; at += 6) {
    text.replace(at, 1, " DESC,");
  }
  return text + " DESC";
}

std::string select_sound_rows(const SalvagedTable& table, std::int64_t version) {
  const std::string columns = columns_in(table, version);
  const bool checked = table.checked_since != 0 && version >= table.checked_since;
  return "SELECT " + columns + " FROM " + table.name + " WHERE " + table.rows +
         (checked ? " AND crc=crc32c(" + columns + ")" : "") + " ORDER BY ";
}

}  // namespace

std::span<const SalvagedTable> salvaged_tables() {
  return tables;
}

std::string select_from_front(const SalvagedTable& table, std::int64_t version) {
  return select_sound_rows(table, version) + table.order;
}

std::string select_from_back(const SalvagedTable& table, std::int64_t version) {
  return select_sound_rows(table, version) + descending(table.order);
}

std::string insert_into(const SalvagedTable& table, std::int64_t version) {
  const std::string columns = columns_in(table, version), parameters = parameters_for(columns);
  return "INSERT OR IGNORE INTO " + std::string(table.name) + "(" + columns +
         (table.checked_since != 0 ? ",crc) VALUES(" + parameters + ",crc32c(" + parameters + "))"
                                   : ") VALUES(" + parameters + ")");
}

}  // namespace storeward::store
