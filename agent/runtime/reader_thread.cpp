#include "agent/runtime/reader_thread.h"

#include <pthread.h>

namespace storeward {
namespace {

constexpr auto idle_beat = std::chrono::seconds(20);

}  // namespace

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
  while (queue_.take_all(questions, idle_beat)) {
    heartbeat_.beat();
    for (const auto& question : questions) {
      question(reader_);
      heartbeat_.beat();
    }
  }
}

}  // namespace storeward
