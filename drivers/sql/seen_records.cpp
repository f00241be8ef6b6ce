#include "drivers/sql/seen_records.h"

#include "agent/base/sha256.h"

namespace storeward::sql {
namespace {

std::uint64_t digest_of(std::string_view json) {
  return leading_u64(sha256(json));
}

}  // namespace

bool SeenRecords::knows(std::string_view json) const {
  return digests_.contains(digest_of(json));
}

void SeenRecords::add(std::string_view json, std::int64_t order) {
  const std::uint64_t digest = digest_of(json);
  if (!digests_.insert(digest).second) return;
  in_order_.push_back({order, digest});
  if (in_order_.size() <= most) return;
  digests_.erase(in_order_.front().digest);
  in_order_.pop_front();
}

void SeenRecords::forget_before(std::int64_t order) {
  while (!in_order_.empty() && in_order_.front().order < order) {
    digests_.erase(in_order_.front().digest);
    in_order_.pop_front();
  }
}

void SeenRecords::clear() {
  in_order_.clear();
  digests_.clear();
}

}  // namespace storeward::sql
