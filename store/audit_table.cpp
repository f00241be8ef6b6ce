#include "store/audit_table.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "agent/base/json_dump.h"
#include "agent/core/utf8.h"

namespace storeward::store {
namespace {

using nlohmann::json;

Sha256 hash_in(std::string_view blob) {
  Sha256 hash{};
  std::copy_n(blob.begin(), std::min(blob.size(), hash.size()), hash.begin());
  return hash;
}

Sha256 next(const Sha256& before, std::string_view record) {
  return sha256(std::string(bytes_of(before)) + std::string(record));
}

std::string record_of(const AuditEntry& entry, std::uint64_t number, WallTime at) {
  const auto text = [](const std::string& any) {
    return utf8_prefix(any, AuditEntry::longest_text);
  };
  const json record = {{"number", number},
                       {"at", to_rfc3339(at)},
                       {"actor", text(entry.actor)},
                       {"action", text(entry.action)},
                       {"subject", text(entry.subject)},
                       {"detail", text(entry.detail)}};
  return dumped(record);
}

struct End {
  std::uint64_t pruned_through = 0, last = 0;
  Sha256 pruned_chain{}, chain{};
  bool whole = true;  // its checksum holds
};

End read_end(Connection& db) {
  End end;
  Query query(db,
              "SELECT pruned_through,pruned_chain,last,chain,"
              "crc=crc32c(one,pruned_through,pruned_chain,last,chain) FROM audit_end");
  Query::Rows rows = query.rows();
  if (!rows.next()) {
    end.whole = false;
    return end;
  }
  end.pruned_through = static_cast<std::uint64_t>(rows.integer(0));
  end.pruned_chain = hash_in(rows.blob(1));
  end.last = static_cast<std::uint64_t>(rows.integer(2));
  end.chain = hash_in(rows.blob(3));
  end.whole = rows.integer(4) != 0;
  return end;
}

}  // namespace

AuditTable::AuditTable(Connection& db, const Tuning& tuning)
    : db_(db),
      tuning_(tuning),
      insert_(db, "INSERT INTO audit(number,kept_ms,record,chain) VALUES(?1,?2,?3,?4)"),
      save_end_(db,
                "INSERT OR REPLACE INTO audit_end(one,pruned_through,pruned_chain,last,chain,crc) "
                "VALUES(1,?1,?2,?3,?4,crc32c(1,?1,?2,?3,?4))") {
  load();
}

// What a person has changed is not mended here, it is for `verify` to find: the chain goes on where
// the noted end is, and no number is used twice.
void AuditTable::load() {
  const End end = read_end(db_);
  pruned_through_ = end.pruned_through;
  pruned_chain_ = end.pruned_chain;
  last_ =
      std::max(end.last, static_cast<std::uint64_t>(db_.integer("SELECT max(number) FROM audit")));
  chain_ = end.chain;
  oldest_ms_ = db_.integer("SELECT kept_ms FROM audit ORDER BY number LIMIT 1");
}

void AuditTable::append(const AuditEntry& entry, WallTime at, std::int64_t kept_ms) {
  const std::string record = record_of(entry, last_ + 1, at);
  chain_ = next(chain_, record);
  ++last_;
  if (last_ == pruned_through_ + 1) oldest_ms_ = kept_ms;
  insert_.run(last_, kept_ms, record, Blob{bytes_of(chain_)});
  save_end();
}

void AuditTable::save_end() {
  save_end_.run(pruned_through_, Blob{bytes_of(pruned_chain_)}, last_, Blob{bytes_of(chain_)});
}

bool AuditTable::prunable(std::int64_t before_ms) const {
  if (last_ == pruned_through_) return false;
  return last_ - pruned_through_ > tuning_.audit_entries || oldest_ms_ < before_ms;
}

void AuditTable::prune_step(std::int64_t before_ms) {
  const std::uint64_t surplus_through =
      last_ > tuning_.audit_entries ? last_ - tuning_.audit_entries : 0;
  std::uint64_t through = pruned_through_;
  oldest_ms_ = std::numeric_limits<std::int64_t>::max();
  {
    Query oldest(db_, "SELECT number,kept_ms,chain FROM audit ORDER BY number LIMIT ?1");
    Query::Rows rows = oldest.rows(std::uint64_t{tuning_.audit_step} + 1);
    for (std::size_t seen = 0; rows.next(); ++seen) {
      const auto number = static_cast<std::uint64_t>(rows.integer(0));
      const bool goes = number <= surplus_through || rows.integer(1) < before_ms;
      if (!goes || seen == tuning_.audit_step) {
        oldest_ms_ = rows.integer(1);
        break;
      }
      through = number;
      pruned_chain_ = hash_in(rows.blob(2));
    }
  }
  if (through == pruned_through_) return;
  pruned_through_ = through;
  Query erase(db_, "DELETE FROM audit WHERE number<=?1");
  erase.run(through);
  save_end();
}

std::vector<AuditLine> read_audit(Connection& db, std::uint64_t from, std::size_t limit) {
  std::vector<AuditLine> lines;
  Query query(db,
              "SELECT number,record,lower(hex(chain)) FROM audit WHERE number>=?1 ORDER BY number "
              "LIMIT ?2");
  for (Query::Rows rows = query.rows(from, std::uint64_t{limit}); rows.next();) {
    lines.push_back({static_cast<std::uint64_t>(rows.integer(0)), rows.text(1), rows.text(2)});
  }
  return lines;
}

void check_audit(Connection& db,
                 const std::function<void(std::string place, std::string what)>& tell) {
  const auto place = [](std::uint64_t number) { return "audit entry " + std::to_string(number); };
  const End end = read_end(db);
  if (!end.whole) tell("audit trail", "the note of where it ends has been changed or is gone");
  std::uint64_t at = end.pruned_through;
  Sha256 chain = end.pruned_chain;
  Query query(db, "SELECT number,record,chain FROM audit ORDER BY number");
  for (Query::Rows rows = query.rows(); rows.next();) {
    const auto number = static_cast<std::uint64_t>(rows.integer(0));
    if (number > at + 1) {
      tell(place(at + 1), number == at + 2
                              ? "is missing"
                              : "is missing, with all up to " + std::to_string(number - 1));
    } else if (number <= at) {
      tell(place(number), "should have gone with its checkpoint, or was put in");
    }
    const Sha256 noted = hash_in(rows.blob(2));
    const json record = json::parse(rows.blob(1), nullptr, false);
    const bool own_number = record.is_object() && record.value("number", json()) == json(number);
    if (number == at + 1 && (next(chain, rows.blob(1)) != noted || !own_number)) {
      tell(place(number), "has been changed: the hash chain breaks here");
    }
    chain = noted;  // so that one break is told once
    at = std::max(at, number);
  }
  if (at < end.last) {
    tell(place(at + 1), "is missing at the end: the trail went up to " + std::to_string(end.last));
  } else if (end.whole && (at > end.last || chain != end.chain)) {
    tell(place(at), "does not agree with the note of where the trail ends");
  }
}

}  // namespace storeward::store
