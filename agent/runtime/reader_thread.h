// ReaderThread: owns the OutboxReader. Questions of any length run here, one after the other, so
// that neither the io thread nor the writer ever waits for a read. ask() from the io thread;
// `answer` gets the result back on the io thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "agent/base/batch_queue.h"
#include "agent/base/heartbeat.h"
#include "store/outbox_reader.h"

namespace storeward {

class ReaderThread {
 public:
  ReaderThread(store::OutboxReader reader, asio::io_context& io);
  ~ReaderThread();
  ReaderThread(const ReaderThread&) = delete;
  ReaderThread& operator=(const ReaderThread&) = delete;

  // False when more than max_waiting questions wait.
  bool post(std::function<void(store::OutboxReader&)> question);

  template <typename Question, typename AnswerTo>
  bool ask(Question question, AnswerTo answer) {
    return post([this, question = std::move(question),
                 answer = std::move(answer)](store::OutboxReader& reader) {
      asio::post(io_, [answer, result = question(reader)]() mutable { answer(std::move(result)); });
    });
  }

  // Beats between two questions, and while there is none.
  const Heartbeat& heartbeat() const { return heartbeat_; }

  static constexpr std::size_t max_waiting = 1000;

 private:
  void run();

  store::OutboxReader reader_;  // reader thread only
  asio::io_context& io_;
  BatchQueue<std::function<void(store::OutboxReader&)>> queue_;
  Heartbeat heartbeat_;
  std::thread thread_;
};

}  // namespace storeward
