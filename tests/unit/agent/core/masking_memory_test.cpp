// Masking is made to fail: the n-th allocation of an admission is refused, for every n. It fails
// closed: what comes out is masked or nothing comes out, and the next delivery is masked as ever.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include "tests/unit/agent/core/admission_fixture.h"

namespace {

thread_local std::size_t allocations_left = 0;  // 0: none is refused
thread_local bool refused_one = false;

bool refuse_this_one() {
  if (allocations_left == 0 || --allocations_left != 0) return false;
  refused_one = true;
  return true;
}

}  // namespace

// All that the sanitizers' own would else be mixed with.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return refuse_this_one() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  if (void* made = operator new(size, std::nothrow)) return made;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace storeward::admission_test {
namespace {

constexpr std::string_view card = "4111111111111111";

std::string everything_in(const std::vector<AdmittedItem>& items) {
  std::string all;
  for (const AdmittedItem& item : items) {
    if (const auto* event = std::get_if<Event>(&item)) {
      all += event->bytes + event->identity.id;
    } else {
      const auto& rejected = std::get<Rejected>(item);
      all += rejected.masked + rejected.reason + rejected.identity.id;
    }
  }
  return all;
}

struct Outcome {
  bool met = false;                     // the allocation was asked for and refused
  std::optional<std::string> came_out;  // none: it threw
  std::string afterwards;               // from the same thread
};

// On a thread of its own, whose buffers are new: a later delivery would need no allocation.
Outcome admitted_without_allocation(std::size_t nth, const std::string& body) {
  Outcome outcome;
  std::thread([&outcome, nth, &body] {
    const auto told = [](const Result<std::vector<AdmittedItem>, Refusal>& items) {
      return items ? everything_in(*items) : items.error().reason;
    };
    const AdmissionOptions where = options();
    try {
      allocations_left = nth;
      const auto items = admit(body, Framing::batch, till, where);
      allocations_left = 0;
      outcome.came_out = told(items);
    } catch (const std::bad_alloc&) {
      allocations_left = 0;
    }
    outcome.met = refused_one;
    outcome.afterwards = told(admit(body, Framing::batch, till, where));
  }).join();
  return outcome;
}

}  // namespace

TEST_CASE("masking that fails for want of memory lets no card number out",
          "[admission][masking][F48]") {
  const std::string text(card);
  const std::string body = "[" + sale("", R"("note":"card )" + text + R"(","pan":)" + text + ",") +
                           R"(,{"id":")" + text + R"(","n":1},{"a":")" + text + R"(","a":2}])";
  const std::string whole = admitted_without_allocation(~std::size_t{0}, body).afterwards;
  REQUIRE(whole.find("************1111") != whole.npos);
  std::size_t thrown = 0;
  bool met = true;
  for (std::size_t n = 1; met; ++n) {
    INFO("allocation " << n);
    REQUIRE(n < 10'000);
    const Outcome outcome = admitted_without_allocation(n, body);
    met = outcome.met;
    thrown += outcome.came_out ? 0 : 1;
    if (outcome.came_out) CHECK(outcome.came_out->find(card) == std::string::npos);
    CHECK(outcome.afterwards == whole);
  }
  CHECK(thrown > 20);
}

}  // namespace storeward::admission_test
