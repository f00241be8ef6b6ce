// Evaluation: the expressions of one event rule at one node of one record. Lives for one event.
#pragma once

#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/mapping/answers.h"
#include "agent/core/mapping/map_record.h"
#include "agent/core/mapping/time_reading.h"
#include "agent/core/place.h"

namespace storeward::mapping {

class Evaluation {
 public:
  // `index`: of the node among those that its rule gives an event for, from 1.
  // `answers`: of this record, by this template, in this context.
  Evaluation(const Template& by, const Record& record, const MappingContext& context,
             Answers& answers, Record::Node here, std::uint64_t index = 1)
      : by_(by),
        record_(record),
        context_(context),
        answers_(answers),
        here_(here),
        told_(here),
        index_(index) {}
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;
  Evaluation(Evaluation&&) = delete;
  Evaluation& operator=(Evaluation&&) = delete;
  ~Evaluation() = default;

  bool holds(const Condition& condition);
  // Likewise, and all that it asks could be read.
  bool surely_holds(const Condition& condition);

  // The text without its form; nothing if absent (an empty text is absent) or at fault.
  std::optional<std::string_view> text(const Expression& expression);

  std::optional<Decimal> number(const Expression& expression);
  // As it stands in a key or a joined text: the same, but what is said to be a date is an ISO date,
  // and what is said to be a time is that moment in the zone, however the source writes them.
  std::optional<std::string_view> key_text(const Expression& expression);

  // As it stands in an event's `revision`: the same, but what is said to be a time is the digits of
  // its moment (moment_digits), which grow whatever the clocks do.
  std::optional<std::string_view> revision_text(const Expression& expression);

  // Appends the JSON value; false and nothing appended if absent or at fault.
  bool write(const Expression& expression, std::string& out);

  // What went wrong, each with its place in the event, the first few; empty: nothing.
  const std::string& fault() const { return fault_; }
  const std::vector<std::string>& flags() const { return flags_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

  void flag(std::string_view flag);
  // Where what is evaluated from now on stands in the event; `member` is to outlive that.
  void set_place(std::string_view member) { outer_place_.member = member; }

 private:
  static constexpr std::size_t longest_quote = 60;  // bytes of the source's text, when told

  // The answer that is known, else that of `ask`, which is kept if it is the same for all who ask.
  template <typename Answer, typename Ask>
  Answer asked_once(AnswerTables<Answer>& tables, std::size_t question, bool of_record, Ask&& ask) {
    AnswerTable<Answer>& answers = of_record ? tables.of_record : tables.of_node;
    const Record::Node where = of_record ? Record::root : here_;
    if (const Answer* const known = answers.find(question, where)) return *known;
    const std::uint64_t before = particulars_;
    const Answer answer = ask();
    if (particulars_ == before) answers.keep(question, where, answer);
    return answer;
  }
  Record::Node first(const Path& path);
  std::optional<Decimal> signed_number(const Expression& expression);
  std::optional<std::string_view> raw_text(const Expression& expression);
  std::optional<std::string_view> shaped(const Shaping& shaping, std::string_view text);
  std::optional<std::string_view> of_scan(std::string_view scan, const std::string& wanted);
  std::optional<std::string_view> of_epc(std::string_view epc, const std::string& wanted);
  std::optional<std::string_view> joined(const Expression& expression);
  std::optional<Decimal> raw_number(const Expression& expression);
  std::optional<Decimal> rounded(const Expression& expression, std::string_view text);
  std::optional<Decimal> folded(const Expression& expression);
  std::vector<Record::Node> nodes(const Expression& expression);
  const Expression* chosen(const Expression& expression);

  bool write_chosen(const Expression& expression, std::string& out);
  bool write_object(const Expression& expression, std::string& out);
  bool write_array(const Expression& expression, std::string& out);
  bool write_list(const Expression& expression, std::string& out);
  bool write_number(const Expression& expression, std::string& out);
  bool write_money(const Expression& expression, const Decimal& amount, std::string& out);
  bool write_price(const Expression& expression, const Decimal& amount, std::string& out);
  bool write_quantity(const Expression& expression, const Decimal& value, std::string& out);
  bool write_text(const Expression& expression, std::string& out);
  bool write_time(const Expression& expression, std::string_view text, std::string& out);
  std::optional<TimeReading> reading(const Expression& expression, std::string_view text);
  bool write_gtin(std::string_view text, std::string& out);
  bool write_gs1_elements(std::string_view text, std::string& out);
  bool write_boolean(std::string_view text, std::string& out);
  struct Zone {
    TimeZone zone;
    bool is_sites;  // nobody has said one
  };
  std::optional<Zone> zone_of(const Expression& expression);
  std::optional<std::string_view> currency_of(const Expression& expression);
  // None for an amount that has the sign of another one.
  std::optional<std::string_view> currency_of(const Expression& expression, const Decimal& amount);

  std::string_view keep(std::string text) { return kept_.emplace_front(std::move(text)); }
  std::nullopt_t wrong(std::string what) { return wrong(std::move(what), here_); }
  // `at`: what is wrong, in the record; it is told where the place in the event does not tell it.
  std::nullopt_t wrong(std::string what, Record::Node at);
  void warn(std::string what);

  const Template& by_;
  const Record& record_;
  const MappingContext& context_;
  Answers& answers_;
  Record::Node here_;
  Record::Node told_;  // what place_ speaks of; within a sum or a condition here_ is another
  std::uint64_t index_;
  Place outer_place_{.member = "data"};
  const Place* place_ = &outer_place_;
  std::string fault_;
  std::vector<std::string> faults_;  // without their places
  std::uint64_t times_wrong_ = 0;
  bool in_condition_ = false;
  std::vector<std::string> flags_, warnings_;
  // Goes up with all that makes an answer more than a value: a fault, a remark, the index looked
  // at.
  std::uint64_t particulars_ = 0;
  std::forward_list<std::string> kept_;
};

}  // namespace storeward::mapping
