#include "agent/runtime/refusals.h"

#include <utility>

namespace storeward {

std::string Refusals::why() const {
  return clock_.now() - at_ < shown_for ? why_ : std::string();
}

void Refusals::note(const SubmitResult& result) {
  at_ = clock_.now();
  if (!result) {
    why_ = result.error().reason;
  } else if (!result->empty()) {
    const ItemOutcome* const refused = refusal_in(*result);
    why_ = refused != nullptr ? refused->reason : std::string();
  }
}

Submit with_refusals_noted(Submit submit, std::shared_ptr<Refusals> refusals) {
  return [submit = std::move(submit), refusals = std::move(refusals)](Delivery&& delivery,
                                                                      Submitted answer) {
    return submit(std::move(delivery), [refusals, answer = std::move(answer)](SubmitResult result) {
      refusals->note(result);
      answer(std::move(result));
    });
  };
}

}  // namespace storeward
