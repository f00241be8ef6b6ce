// All connections of one server: how many there are, which may go when there is no room, and how
// many bytes of unfinished requests they hold together. Owned by the io thread.
//
// Who has to go: first the oldest that never sent a whole request (that is what an attack consists
// of, and an honest newcomer is past it within milliseconds), then the one idle longest. A
// connection whose request is being answered never.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>

namespace storeward::http {

class Session;

class ConnectionTable : public std::enable_shared_from_this<ConnectionTable> {
 public:
  ConnectionTable(std::size_t max_connections, std::size_t max_buffered_bytes)
      : max_connections_(max_connections), max_buffered_bytes_(max_buffered_bytes) {}

  // One of the max_connections; occupied until the last copy is gone.
  std::shared_ptr<void> occupy();
  bool full() const { return connections_ >= max_connections_; }
  void on_room(std::function<void()> callback) { on_room_ = std::move(callback); }

  using Places = std::list<Session*>;
  Places unproven;  // never sent a whole request, oldest first
  Places idle;      // between two requests, longest first

  // Closes one that may go. False if there is none.
  bool evict();
  void close_waiting();  // all of both lists

  // False, and nothing counted, when that would be too much.
  bool buffer(std::size_t bytes);
  void unbuffer(std::size_t bytes) { buffered_bytes_ -= bytes; }

 private:
  void vacate();

  const std::size_t max_connections_;
  const std::size_t max_buffered_bytes_;
  std::size_t connections_ = 0;
  std::size_t buffered_bytes_ = 0;
  std::function<void()> on_room_;
};

}  // namespace storeward::http
