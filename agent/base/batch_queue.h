// BatchQueue: many threads put one item at a time, one thread takes everything that waits. Bounded:
// a full queue refuses. No lock is held while anybody is called.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace storeward {

template <typename T>
class BatchQueue {
 public:
  explicit BatchQueue(std::size_t capacity) : capacity_(capacity) {}

  // False (and the item untouched) when full or closed. `weight` is what the item counts for.
  bool try_put(T& item, std::size_t weight = 1) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || (weight_ != 0 && weight_ + weight > capacity_)) return false;
      weight_ += weight;
      waiting_.push_back(std::move(item));
    }
    wake_.notify_one();
    return true;
  }

  // Swaps everything that waits into `batch` (cleared first). Blocks until there is something, the
  // queue is closed or `timeout` has passed. False once the queue is closed and empty.
  template <typename Duration>
  bool take_all(std::vector<T>& batch, Duration timeout) {
    batch.clear();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, timeout, [this] { return closed_ || !waiting_.empty(); });
    waiting_.swap(batch);
    weight_ = 0;
    return !(closed_ && batch.empty());
  }

  bool empty() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty();
  }

  // What is waiting may still be taken; nothing more goes in.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<T> waiting_;
  std::size_t weight_ = 0;
  const std::size_t capacity_;
  bool closed_ = false;
};

}  // namespace storeward
