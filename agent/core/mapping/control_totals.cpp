#include "agent/core/mapping/control_totals.h"

namespace storeward::mapping {
namespace {

std::string described(const std::optional<Decimal>& value) {
  return value ? value->to_text() : "nothing that is a number";
}

bool same(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
  return a && b && Decimal::compare(*a, *b) == 0;
}

bool is_negative(const Decimal& value) {
  return Decimal::compare(value, Decimal()) < 0;
}

std::string differing(const std::string& what, const std::optional<Decimal>& claimed,
                      const std::optional<Decimal>& found) {
  return described(claimed) + " " + what + " announced, " + described(found) +
         " found. What was read is taken in; ask the source for what is missing";
}

}  // namespace

ControlTotals::ControlTotals(const Template& by) : by_(&by), counts_(by.controls.size()) {}

ControlTotals::Reckoning ControlTotals::take(const Record& record, const MappingContext& context) {
  Reckoning reckoning;
  Answers answers(*by_, record);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const ControlTotal& control = by_->controls[i];
    auto& groups = counts_[i].groups;
    Evaluation evaluation(*by_, record, context, answers, Record::root);
    const std::string place = "control total \"" + control.name + "\"";
    evaluation.set_place(place);
    const bool trailer = evaluation.holds(control.when);
    if (!trailer && control.over && !evaluation.holds(*control.over)) continue;
    std::string group(evaluation.text(control.per).value_or(""));
    if (groups.size() >= max_groups && !groups.contains(group)) group.clear();
    Count& count = groups[group];
    count.sums.resize(control.sums.size(), Decimal());
    if (!trailer) {
      add(control, count, evaluation);
      continue;
    }
    count.records += std::exchange(counts_[i].unreadable, 0);
    reckoning = reckon(control, count, evaluation);
    counts_[i].any_trailer = true;
    groups.erase(group);
  }
  return reckoning;
}

void ControlTotals::take_unreadable() {
  for (Counts& counts : counts_) {
    ++counts.unreadable;
    for (auto& [group, count] : counts.groups) {
      for (auto& sum : count.sums) sum.reset();
    }
  }
}

std::string ControlTotals::missing() const {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const Counts& counts = counts_[i];
    if (!by_->controls[i].required) continue;
    if (counts.any_trailer && counts.groups.empty() && counts.unreadable == 0) continue;
    return "the source ends without its control total \"" + by_->controls[i].name +
           "\": it was probably cut off. What was read is taken in; ask for the whole again";
  }
  return {};
}

void ControlTotals::add(const ControlTotal& control, Count& count, Evaluation& evaluation) {
  ++count.records;
  for (std::size_t i = 0; i < control.sums.size(); ++i) {
    // What is absent adds nothing; what is no number leaves the sum unknown.
    auto value = evaluation.number(control.sums[i].of);
    if (!value && evaluation.fault().empty()) value = Decimal();
    count.sums[i] = value && count.sums[i] ? Decimal::sum(*count.sums[i], *value) : std::nullopt;
  }
}

ControlTotals::Reckoning ControlTotals::reckon(const ControlTotal& control, const Count& count,
                                               Evaluation& evaluation) {
  Reckoning reckoning;
  const auto compare = [&](const Expression& says, const std::string& what,
                           const std::optional<Decimal>& found, bool either_sign = false) {
    if (says.origin == Origin::nothing || !reckoning.differs.empty()) return;
    auto claimed = evaluation.number(says);
    if (either_sign && claimed && found && is_negative(*claimed) != is_negative(*found)) {
      claimed = claimed->negated();
    }
    if (!same(claimed, found)) {
      reckoning.differs =
          "control total \"" + control.name + "\": " + differing(what, claimed, found);
    }
  };
  const Decimal records = Decimal::whole(static_cast<std::int64_t>(count.records));
  compare(control.records, "records", records);
  reckoning.values.emplace_back("control.count", records.to_text());
  for (std::size_t i = 0; i < control.sums.size(); ++i) {
    const ControlTotal::Sum& sum = control.sums[i];
    compare(sum.claimed, "as " + sum.name, count.sums[i], sum.either_sign);
    if (count.sums[i]) {
      reckoning.values.emplace_back("control." + sum.name, count.sums[i]->to_text());
    }
  }
  if (!reckoning.differs.empty()) {
    reckoning.values.emplace_back("control.differs", reckoning.differs);
  }
  return reckoning;
}

}  // namespace storeward::mapping
