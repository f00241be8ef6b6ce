// A line on the control socket (agent/runtime/control_request, store_questions): the answer is one
// JSON document on one line, whatever was asked.
#include "agent/runtime/control_request.h"

#include <optional>

#include "agent/core/admission.h"
#include "agent/runtime/store_questions.h"
#include "store/outbox.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

constexpr std::string_view deliveries =
    R"([{"specversion":"1.0","id":"s1","source":"till-3","type":"retail.stock.counted.v1",)"
    R"("data":{"sku":"A","locationId":"L","countedQuantity":{"value":"2","unit":"H87"},)"
    R"("occurredAt":"2026-11-20T09:15:02Z"}},)"
    R"({"specversion":"1.0","id":"s2","source":"till-3","type":"retail.stock.counted.v1"}])";

// An outbox with an event and an exception, and its reader.
class StandingOutbox {
 public:
  StandingOutbox() {
    store::OutboxOptions options;
    options.directory = scratch_directory();
    options.reserve_bytes = 0;
    options.machine_id = "machine-1";
    outbox_.emplace(store::Outbox::open(options, clock_).value());
    store::Batch batch;
    batch.deliveries.push_back(
        {.items = admit(deliveries, Framing::batch, till(), site()).value(), .cursors = {}});
    const auto committed = outbox_->commit(batch);
    ASSERT(committed && committed->outcomes.front().size() == 2);
    ASSERT(committed->outcomes.front()[0].status == ItemStatus::stored);
    ASSERT(committed->outcomes.front()[1].status == ItemStatus::quarantined);
    reader_.emplace(store::OutboxReader::open(options).value());
  }
  store::OutboxReader& reader() { return *reader_; }

 private:
  SystemClock clock_;
  std::optional<store::Outbox> outbox_;
  std::optional<store::OutboxReader> reader_;
};

void check_answer(const std::string& answer) {
  ASSERT(is_json(answer) && answer.starts_with('{'));
  ASSERT(answer.find('\n') == std::string::npos);
}

void run(std::string_view line) {
  if (line.find('\n') != line.npos) return;  // ends the line
  static StandingOutbox outbox;
  const auto name = request_name(line);
  if (!name) {
    ASSERT(!name.error().message.empty());
    return;
  }
  ASSERT(is_json(line));
  if (*name == "outbox.replay") {
    const auto command = replay_command(line, "019a0000-0000-7000-8000-000000000001");
    if (command) {
      ASSERT(command->range.first >= 1 && command->range.first <= command->range.last);
      ASSERT(!command->stream.epoch.empty());
    }
  }
  if (is_store_question(*name)) check_answer(answer_from_store(outbox.reader(), line));
}

const Registered registered({"control_request", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
