// Answers: what the named conditions and values of a template have come to at the nodes of one
// record, so that none is worked out twice: the rules for a receipt ask the same of each of its
// rows again and again. Lives as long as the record is being mapped. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "agent/core/mapping/decimal.h"
#include "agent/core/mapping/template.h"
#include "agent/core/record.h"

namespace storeward::mapping {

// By question, from 0, and node. Of a record that is too large nothing is remembered.
template <typename Answer>
class AnswerTable {
 public:
  AnswerTable(std::size_t questions, std::size_t nodes) : questions_(questions), nodes_(nodes) {}

  // Null: not known.
  const Answer* find(std::size_t question, Record::Node node) const {
    if (answers_.empty()) return nullptr;
    const std::optional<Answer>& answer = answers_[node * questions_ + question];
    return answer ? &*answer : nullptr;
  }

  void keep(std::size_t question, Record::Node node, const Answer& answer) {
    if (questions_ * nodes_ > most_answers) return;
    if (answers_.empty()) answers_.resize(questions_ * nodes_);
    answers_[node * questions_ + question] = answer;
  }

 private:
  static constexpr std::size_t most_answers = 1u << 16;

  std::size_t questions_, nodes_;
  std::vector<std::optional<Answer>> answers_;  // none before the first is kept
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
