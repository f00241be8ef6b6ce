// TemplateCompiler: merged TOML -> compiled template. All problems are gathered, each with its
// place. Private to config/.
#pragma once

#include <toml++/toml.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/shape.h"
#include "config/template_file.h"
#include "config/template_source.h"

namespace storeward::config {

// What the contract says of a value; several shapes may speak of the same one.
using Expected = std::vector<const Shape*>;

// What counts of a value where it stands: what is written in the event, the number alone, the text
// as it stands in a key, or the text alone.
enum class Taken : std::uint8_t { written, number, key, text };

class TemplateCompiler {
 public:
  explicit TemplateCompiler(const TemplateSource& source)
      : taken_over_(source.taken_over), root_(source.merged) {}

  Result<std::shared_ptr<TemplateFile>, TemplateErrors> run();

 private:
  // template_compiler.cpp: the tables of a template
  void head();
  void undecided(const toml::node& node);
  void no_currency_for_path(const toml::node& node);
  void tables();
  void defaults();
  void implied_decimals(const toml::node& node);
  void named_conditions();
  void named_values();
  void exclusions(std::string_view key, std::vector<mapping::Exclusion>& to);
  void events();
  mapping::EventRule event(const toml::table& table);
  void note_circumstance(const std::string& member, const mapping::Expression& expression);
  void check_required(const toml::node& node, const Shape& shape, const mapping::Expression& data);
  void flags(const toml::table& table, mapping::EventRule& rule);

  // template_format.cpp
  void format();
  void renamed_columns(const toml::node& node);
  void derived_columns(const toml::node& node);
  void fixed_columns(const toml::node& node);

  // template_sequence.cpp
  void sequence();

  // template_controls.cpp
  void controls();
  mapping::ControlTotal control(const toml::table& table);

  // template_values.cpp: one value. `expected`: what the contract has there; it says
  // as what the value is written unless the template does.
  mapping::Expression value(const toml::node& node, const Expected& expected);
  // Where one text or number is due.
  mapping::Expression plain_value(const toml::node& node, const Expected& expected = {});
  // The same where a value stands that is no part of another.
  mapping::Expression whole_value(const toml::node& node, Taken taken,
                                  const Expected& expected = {});
  mapping::Expression path_value(const toml::node& node, const std::string& path);
  mapping::Expression object(const toml::table& table, const Expected& expected);
  mapping::Expression named_value(const toml::table& table, const Expected& expected);
  mapping::Expression array(const toml::array& array, const Expected& expected);
  mapping::Expression sourced(const toml::table& table, std::string_view keyword,
                              const Expected& expected);
  void take_cases(const toml::node& node, const Expected& expected, mapping::Expression& to);
  void parts(const toml::node& node, const Expected& expected, mapping::Expression& to);
  static std::string_view keyword_of(const toml::table& table);  // says where a value comes from

  // template_modifiers.cpp: what may be said beside where a value comes from.
  void modifiers(const toml::table& table, std::string_view keyword, mapping::Expression& to);
  void belonging(const toml::table& table, std::string_view keyword);
  void shaping(const toml::table& table, mapping::Expression& to);
  void pass_on(const toml::table& table, const mapping::Expression& from, mapping::Expression& to);
  void hand_down(const toml::table& table,
                 mapping::Expression& to);  // to the parts it chooses from
  using Vouch = std::function<void(const std::string& name)>;
  static void vouch_for(const std::string& name, std::vector<std::string>& names);
  static void vouch_for_fields(const mapping::Expression& value, const Vouch& vouch);
  void time_modifiers(const toml::table& table, mapping::Expression& to);

  // template_effects.cpp: what is said of a value and changes nothing.
  void note_effects(const toml::node& node, const mapping::Expression& value, Taken taken);
  void note_modifiers(const toml::table& table, const mapping::Expression& value, Taken taken);
  void note_parts(const toml::table& table, std::string_view keyword,
                  const mapping::Expression& value, Taken taken);
  bool is_own(const toml::node& node) const;  // stands in this template, not in one it extends
  void tell_without_effect();

  // template_conditions.cpp
  std::vector<mapping::Condition> conditions(const toml::node& node);
  mapping::Condition condition(const toml::node& node);
  mapping::Condition read_condition(const toml::node& node);
  const mapping::NamedCondition* kept(mapping::Condition is, bool of_record);
  mapping::Condition named_condition(const toml::table& table);
  const mapping::NamedCondition* condition_named(const std::string& name, const toml::node& node);

  // Readers of plain values; a wrong type is a problem.
  void wrong(const toml::node& node, std::string message);
  void only(const toml::table& table, std::vector<std::string_view> known);
  std::string text(const toml::table& table, std::string_view key, std::string otherwise = {});
  bool truth(const toml::table& table, std::string_view key, bool otherwise = false);
  std::int64_t number(const toml::table& table, std::string_view key, std::int64_t least,
                      std::int64_t most, std::int64_t otherwise);
  char character(const toml::table& table, std::string_view key, char otherwise);
  std::vector<std::string> texts(const toml::node& node);
  std::optional<Path> path(const toml::node& node, const std::string& text);

  const TakenOver& taken_over_;
  const toml::table& root_;
  std::string event_;  // name of the one that is being read
  TemplateFile file_;
  static constexpr int max_named_depth = 16;
  // Of conditions and values named within named ones: now, and the most since it was last looked
  // at.
  int named_depth_ = 0, deepest_named_ = 0;
  struct ReadCondition {
    const mapping::NamedCondition* condition = nullptr;  // null while it is being read
    int depth = 0;                                       // of those named within it
  };
  std::map<std::string, ReadCondition, std::less<>> named_conditions_;
  std::map<std::string, std::size_t, std::less<>> named_values_;
  const toml::table* condition_ = nullptr;  // that is being read: its subject stands in it as well
  std::string member_;  // of the event whose value is being read, for `reference` and `gln`
  std::map<std::string, std::uint8_t> implied_decimals_;  // of fields, by their names
  struct WithoutEffect {
    const toml::node* node;
    std::string event, message;
  };
  std::vector<WithoutEffect> without_effect_;  // in one of the places where it is used
  std::set<const toml::node*> with_effect_;    // in one of them
  std::vector<Problem> problems_;
};

}  // namespace storeward::config
