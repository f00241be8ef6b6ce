// Answers: what the named conditions and values of a template have come to at the nodes of one
// record, so that none is worked out twice: the rules for a receipt ask the same of each of its
// rows again and again. Lives as long as the record is being mapped. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "agent/core/mapping/decimal.h"
#include "agent/core/mapping/template.h"
#include "agent/core/record.h"

namespace storeward::mapping {

// By question, from 0, and node. It holds the nodes alone at which something was asked: a receipt
// of a few rows has hundreds of others, their fields.
template <typename Answer>
class AnswerTable {
 public:
  AnswerTable(std::size_t questions, std::size_t nodes) : questions_(questions), nodes_(nodes) {}

  // Null: not known.
  const Answer* find(std::size_t question, Record::Node node) const {
    if (rows_.empty() || rows_[node] == none) return nullptr;
    const std::optional<Answer>& answer = answers_[rows_[node] + question];
    return answer ? &*answer : nullptr;
  }

  // No more than most_answers are remembered.
  void keep(std::size_t question, Record::Node node, const Answer& answer) {
    if (rows_.empty()) rows_.resize(nodes_, none);
    if (rows_[node] == none) {
      if (answers_.size() + questions_ > most_answers) return;
      rows_[node] = static_cast<std::uint32_t>(answers_.size());
      answers_.resize(answers_.size() + questions_);
    }
    answers_[rows_[node] + question] = answer;
  }

 private:
  static constexpr std::size_t most_answers = 1u << 16;
  static constexpr std::uint32_t none = UINT32_MAX;

  std::size_t questions_, nodes_;
  std::vector<std::uint32_t> rows_;  // by node, where its answers begin
  std::vector<std::optional<Answer>> answers_;
};

// Of what is_of_record() there is one answer, of the rest one for each node.
template <typename Answer>
struct AnswerTables {
  AnswerTable<Answer> of_record, of_node;
};

struct Answers {
  Answers(const Template& by, const Record& record)
      : conditions{{by.conditions.size() - by.node_conditions, 1},
                   {by.node_conditions, record.size()}},
        numbers{{by.named_values, 1}, {by.named_values, record.size()}} {}

  AnswerTables<bool> conditions;
  AnswerTables<std::optional<Decimal>> numbers;
  // Where paths that begin at the root lead first.
  std::unordered_map<const Path*, Record::Node> from_root;
};

}  // namespace storeward::mapping
