// Submit: how a driver hands admitted items to the store and hears what became of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/admission.h"
#include "agent/core/event.h"

namespace storeward {

// Nothing of the delivery was kept; handing it in again later may succeed.
struct SubmitFailure {
  std::string reason;  // for the answer: what, in plain words
  std::uint32_t retry_after_s = 5;
};

// One outcome per item, in order, all of them durable.
using SubmitResult = Result<std::vector<ItemOutcome>, SubmitFailure>;
using Submitted = std::function<void(SubmitResult)>;

// Called and answered on the io thread; answered exactly once if it returned true. False: the queue
// is full, nothing was taken.
using Submit = std::function<bool(std::vector<AdmittedItem>&&, Submitted)>;

}  // namespace storeward
