// An io_context on its own thread, so that a test can be a blocking client. What belongs to the io
// thread is made, asked and destroyed through run().
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <future>
#include <thread>
#include <type_traits>
#include <utility>

namespace storeward::testing {

class IoThread {
 public:
  IoThread() : work_(io_.get_executor()), thread_([this] { io_.run(); }) {}
  ~IoThread() {
    io_.stop();
    thread_.join();
  }

  asio::io_context& io() { return io_; }

  // Runs `task` on the io thread and returns what it returns.
  template <typename Task>
  auto run(Task&& task) -> std::invoke_result_t<Task> {
    std::packaged_task<std::invoke_result_t<Task>()> packaged(std::forward<Task>(task));
    auto done = packaged.get_future();
    asio::post(io_, [&packaged] { packaged(); });
    return done.get();
  }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace storeward::testing
