#include "agent/core/mapping/control_totals.h"

namespace storeward::mapping {
namespace {

std::string described(const std::optional<Decimal>& value) {
  return value ? value->to_text() : "nothing that is a number";
}

bool same(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
  return a && b && Decimal::compare(*a, *b) == 0;
}

}  // namespace

ControlTotals::ControlTotals(const Template& by) : by_(&by), counts_(by.controls.size()) {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    counts_[i].sums.assign(by.controls[i].sums.size(), Decimal());
  }
}

std::string ControlTotals::take(const Record& record, const MappingContext& context) {
  std::string differs;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const ControlTotal& control = by_->controls[i];
    Evaluation evaluation(*by_, record, context, Record::root);
    evaluation.set_place("control total \"" + control.name + "\"");
    if (!evaluation.holds(control.when)) {
      count(control, counts_[i], evaluation);
      continue;
    }
    if (differs.empty()) differs = compared(control, counts_[i], evaluation);
    counts_[i] = {0, std::vector<std::optional<Decimal>>(control.sums.size(), Decimal()), true};
  }
  return differs;
}

void ControlTotals::take_unreadable() {
  for (Count& count : counts_) {
    ++count.records;
    for (auto& sum : count.sums) sum.reset();
  }
}

std::string ControlTotals::missing() const {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i].claimed && counts_[i].records == 0) continue;
    return "the source ends without its control total \"" + by_->controls[i].name +
           "\": it was probably cut off. What was read is taken in; ask for the whole again";
  }
  return {};
}

void ControlTotals::count(const ControlTotal& control, Count& count, Evaluation& evaluation) const {
  if (control.over && !evaluation.holds(*control.over)) return;
  ++count.records;
  for (std::size_t i = 0; i < control.sums.size(); ++i) {
    const auto value = evaluation.number(control.sums[i].of);
    count.sums[i] = value && count.sums[i] ? Decimal::sum(*count.sums[i], *value) : std::nullopt;
  }
}

std::string ControlTotals::compared(const ControlTotal& control, const Count& count,
                                    Evaluation& evaluation) const {
  const auto differing = [&](const std::string& what, const std::optional<Decimal>& claimed,
                             const std::optional<Decimal>& found) {
    return "control total \"" + control.name + "\": " + described(claimed) + " " + what +
           " announced, " + described(found) +
           " found. What was read is taken in; ask the source for what is missing";
  };
  if (control.records.origin != Origin::nothing) {
    const auto claimed = evaluation.number(control.records);
    const Decimal found = Decimal::whole(static_cast<std::int64_t>(count.records));
    if (!same(claimed, found)) return differing("records", claimed, found);
  }
  for (std::size_t i = 0; i < control.sums.size(); ++i) {
    const auto claimed = evaluation.number(control.sums[i].claimed);
    if (!same(claimed, count.sums[i])) return differing("in sum", claimed, count.sums[i]);
  }
  return {};
}

}  // namespace storeward::mapping
