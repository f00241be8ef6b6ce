#include "agent/runtime/reader_thread.h"

#include <pthread.h>

namespace storeward {

ReaderThread::ReaderThread(store::OutboxReader reader, asio::io_context& io)
    : reader_(std::move(reader)), io_(io), queue_(max_waiting) {
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "reader");
}

ReaderThread::~ReaderThread() {
  queue_.close();
  thread_.join();
}

bool ReaderThread::post(std::function<void(store::OutboxReader&)> question) {
  return queue_.try_put(question);
}

void ReaderThread::run() {
  std::vector<std::function<void(store::OutboxReader&)>> questions;
  while (queue_.take_all(questions, std::chrono::hours(1))) {
    for (const auto& question : questions) question(reader_);
  }
}

}  // namespace storeward
