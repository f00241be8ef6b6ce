#include "agent/runtime/queue_share.h"

#include <atomic>
#include <memory>
#include <utility>

namespace storeward {
namespace {

struct OnTheWay {
  std::atomic<std::size_t> bytes = 0;

  // False where the share is used up.
  bool take(std::size_t weight, std::size_t share) {
    std::size_t before = bytes.load();
    do {
      if (before != 0 && before + weight > share) return false;
    } while (!bytes.compare_exchange_weak(before, before + weight));
    return true;
  }
};

}  // namespace

Submit with_queue_share(Submit submit, std::size_t bytes) {
  auto on_the_way = std::make_shared<OnTheWay>();
  return [submit = std::move(submit), bytes, on_the_way](Delivery&& delivery, Submitted answer) {
    const std::size_t weight = weight_of(delivery);
    if (!on_the_way->take(weight, bytes)) return false;
    const bool taken = submit(
        std::move(delivery), [on_the_way, weight, answer = std::move(answer)](SubmitResult result) {
          on_the_way->bytes -= weight;
          answer(std::move(result));
        });
    if (!taken) on_the_way->bytes -= weight;
    return taken;
  };
}

}  // namespace storeward
