// The hot path on one thread, for counting its instructions (tests/hot_path/count): sales are
// admitted and committed, 64 singles a commit as 64 tills hand them in, then batches of 100. The
// same work every time: fixed ids, a clock that stands still.
#include <cstdio>
#include <cstdlib>
#include <variant>

#include "agent/base/assert.h"
#include "agent/core/admission.h"
#include "store/outbox.h"
#include "tests/bench/sale_text.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;
using namespace storeward::store;

namespace {

class StandingClock final : public Clock {
 public:
  Instant now() const override { return Instant(Millis{1'000'000}); }
  WallTime wall() const override { return WallTime(Millis{1'790'000'000'000}); }
};

constexpr int singles_a_commit = 64, events_a_batch = 100;

Delivery admitted(const std::string& body, Framing framing) {
  AdmissionOptions options;
  options.tenant = "acme";
  options.site = "store-0042";
  options.agent = "main";
  auto items = admit(body, framing, {"till-1", {}, {}, {}}, options);
  ASSERT(items && std::holds_alternative<Event>(items->front()));
  Delivery delivery;
  delivery.items = std::move(*items);
  return delivery;
}

Outbox open(const std::filesystem::path& directory, const Clock& clock) {
  OutboxOptions options;
  options.directory = directory;
  options.reserve_bytes = 0;
  options.seed = 1;
  auto outbox = Outbox::open(options, clock);
  ASSERT(outbox);
  return std::move(*outbox);
}

}  // namespace

// By this name the count begins and ends.
__attribute__((noinline)) void take_sales(Outbox& outbox, int commits) {
  std::uint64_t id = 0;
  for (int commit = 0; commit < commits; ++commit) {
    Batch singles, batch;
    for (int i = 0; i < singles_a_commit; ++i) {
      std::string body;
      bench::append_sale(body, ++id);
      singles.deliveries.push_back(admitted(body, Framing::single));
    }
    std::string body = "[";
    for (int i = 0; i < events_a_batch; ++i) {
      if (i > 0) body.push_back(',');
      bench::append_sale(body, ++id);
    }
    batch.deliveries.push_back(admitted(body + "]", Framing::batch));
    for (Batch* one : {&singles, &batch}) {
      ASSERT(outbox.commit(*one) && outbox.maintain());
    }
  }
}

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: storeward-hot-path COMMITS\n", stderr), 2;
  const support::TemporaryDirectory directory;
  const StandingClock clock;
  Outbox outbox = open(directory.path(), clock);
  const int commits = std::atoi(arguments[1]);
  take_sales(outbox, commits);
  std::printf("%d\n", commits * (singles_a_commit + events_a_batch));
}
