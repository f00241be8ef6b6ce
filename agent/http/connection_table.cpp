#include "agent/http/connection_table.h"

#include "agent/http/session.h"

namespace storeward::http {

std::shared_ptr<void> ConnectionTable::occupy() {
  ++connections_;
  return {nullptr, [table = shared_from_this()](void*) { table->vacate(); }};
}

void ConnectionTable::vacate() {
  --connections_;
  if (on_room_) on_room_();
}

bool ConnectionTable::evict() {
  Places& places = unproven.empty() ? idle : unproven;
  if (places.empty()) return false;
  places.front()->close();
  return true;
}

void ConnectionTable::close_waiting() {
  while (!idle.empty()) idle.front()->close();
  while (!unproven.empty()) unproven.front()->close();
}

bool ConnectionTable::buffer(std::size_t bytes) {
  if (buffered_bytes_ + bytes > max_buffered_bytes_) return false;
  buffered_bytes_ += bytes;
  return true;
}

}  // namespace storeward::http
