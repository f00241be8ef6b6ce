// Values in and out of Config: what Key::target points at decides how.
#include <algorithm>
#include <cstdlib>

#include "config/keys.h"

namespace storeward::config {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string listed(const std::vector<std::string_view>& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i != 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += '"' + std::string(choices[i]) + '"';
  }
  return text;
}

std::filesystem::path resolve(std::string_view text, const std::filesystem::path& base) {
  if (!text.starts_with(credential_prefix)) return (base / text).lexically_normal();
  return credentials_directory() / text.substr(credential_prefix.size());
}

Complaint assign_text(const Key& key, const Target& target, const std::string& text,
                      const std::filesystem::path& base) {
  std::size_t choice = 0;
  if (key.form == Form::choice) {
    const auto found = std::find(key.choices.begin(), key.choices.end(), text);
    if (found == key.choices.end())
      return "\"" + text + "\" is not possible; write " + listed(key.choices);
    choice = static_cast<std::size_t>(found - key.choices.begin());
  } else if (auto complaint = complaint_about(key.form, text)) {
    return complaint;
  }
  return std::visit(
      Overloaded{
          [&](std::string* member) -> Complaint { return *member = text, std::nullopt; },
          [&](std::vector<std::string>* member) -> Complaint {
            return *member = {text}, std::nullopt;
          },
          [&](std::filesystem::path* member) -> Complaint {
            return *member = resolve(text, base), std::nullopt;
          },
          [&](bool* member) -> Complaint { return *member = choice == 1, std::nullopt; },
          [&](Confirm* member) -> Complaint {
            return *member = static_cast<Confirm>(choice), std::nullopt;
          },
          [&](Millis* member) -> Complaint {
            return *member = *parse_time_of_day(text), std::nullopt;
          },
          [&](auto*) -> Complaint { return "a number is expected, without quotes"; },
      },
      target);
}

Complaint assign_number(const Key& key, const Target& target, std::int64_t number) {
  if (number < key.least || number > key.most)
    return std::to_string(number) + " is out of range; write a number from " +
           std::to_string(key.least) + " to " + std::to_string(key.most);
  std::visit(Overloaded{
                 [&](int* member) { *member = static_cast<int>(number); },
                 [&](std::uint32_t* member) { *member = static_cast<std::uint32_t>(number); },
                 [&](std::uint64_t* member) { *member = static_cast<std::uint64_t>(number); },
                 [&](Millis* member) { *member = std::chrono::seconds(number); },
                 [](auto*) { ASSERT(false); },
             },
             target);
  return {};
}

Complaint assign_list(const Key& key, const Target& target, const std::vector<std::string>& list) {
  constexpr std::size_t most = 100;
  if (list.empty() && key.required) return "the list is empty; name at least one";
  if (list.size() > most) return "more than 100 in the list";
  for (const auto& text : list) {
    if (auto complaint = complaint_about(key.form, text)) return complaint;
  }
  *std::get<std::vector<std::string>*>(target) = list;
  return {};
}

// Written as true or false; other yes-or-no keys have words of their own.
bool is_plain_truth(const Key& key) {
  return key.choices.size() == 2 && key.choices[0] == "false";
}

std::string type_name(const Value& value) {
  return std::visit(
      Overloaded{[](const std::string&) { return std::string("text"); },
                 [](std::int64_t) { return std::string("a number"); },
                 [](bool) { return std::string("true or false"); },
                 [](const std::vector<std::string>&) { return std::string("a list"); },
                 [](const Unusable& other) { return other.name; }},
      value);
}

}  // namespace

std::filesystem::path credentials_directory() {
  const char* passed = std::getenv("CREDENTIALS_DIRECTORY");
  return passed != nullptr ? passed : "/run/credentials/storeward.service";
}

Complaint assign(const Key& key, Config& config, std::size_t index, const Value& value,
                 const std::filesystem::path& base) {
  const Target target = key.target(config, index);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value);
      list != nullptr && std::holds_alternative<std::vector<std::string>*>(target))
    return assign_list(key, target, *list);
  if (const auto* text = std::get_if<std::string>(&value);
      text != nullptr && key.form != Form::integer && key.form != Form::names &&
      key.form != Form::pairs && key.form != Form::texts)
    return assign_text(key, target, *text, base);
  if (const auto* truth = std::get_if<bool>(&value);
      truth != nullptr && std::holds_alternative<bool*>(target) && is_plain_truth(key)) {
    *std::get<bool*>(target) = *truth;
    return {};
  }
  if (const auto* number = std::get_if<std::int64_t>(&value);
      number != nullptr && key.form == Form::integer)
    return assign_number(key, target, *number);
  return "this is " + type_name(value) + "; write " + expectation(key);
}

Value current(const Key& key, const Config& config, std::size_t index) {
  // target() only takes the address; nothing is written.
  const Target target = key.target(const_cast<Config&>(config), index);
  const auto chosen = [&key](std::size_t choice) {
    if (is_plain_truth(key)) return Value{choice == 1};
    return Value{std::string(key.choices[choice])};
  };
  return std::visit(
      Overloaded{
          [](const std::string* member) { return Value{*member}; },
          [](const std::vector<std::string>* member) { return Value{*member}; },
          [](const std::filesystem::path* member) { return Value{member->string()}; },
          [&](const bool* member) { return chosen(*member ? 1 : 0); },
          [&](const Confirm* member) { return chosen(static_cast<std::size_t>(*member)); },
          [&](const Millis* member) {
            if (key.form == Form::time_of_day) return Value{time_of_day(*member)};
            return Value{
                std::int64_t{std::chrono::duration_cast<std::chrono::seconds>(*member).count()}};
          },
          [](const auto* member) { return Value{static_cast<std::int64_t>(*member)}; },
      },
      target);
}

std::string expectation(const Key& key) {
  switch (key.form) {
    case Form::text:
      return "text";
    case Form::name:
      return "a name in quotes";
    case Form::names:
      return "a list of names";
    case Form::choice:
      return is_plain_truth(key) ? "true or false" : listed(key.choices);
    case Form::path:
      return "a path in quotes";
    case Form::secret_path:
      return "a path, or \"credential:NAME\"";
    case Form::integer:
      return "a whole number from " + std::to_string(key.least) + " to " + std::to_string(key.most);
    case Form::time_of_day:
      return "\"HH:MM\"";
    case Form::address:
      return "\"IP:port\"";
    case Form::zone:
      return "a time zone in quotes";
    case Form::currency:
      return "a currency code in quotes";
    case Form::broker_urls:
      return "a URL in quotes, or a list of them";
    case Form::proxy:
      return "\"http://host:port\"";
    case Form::topic:
      return "topic levels in quotes";
    case Form::pairs:
      return "a list of \"name=value\"";
    case Form::texts:
      return "a list of texts";
    case Form::digest:
      return "64 hex characters in quotes";
  }
  return {};
}

std::string to_toml(const Value& value) {
  const auto quote = [](const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') quoted += '\\';
      if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
        quoted += c;
      } else {  // TOML wants control characters escaped
        constexpr std::string_view hex = "0123456789ABCDEF";
        quoted += std::string("\\u00") + hex[static_cast<std::size_t>(c >> 4)] +
                  hex[static_cast<std::size_t>(c & 0xF)];
      }
    }
    return quoted + '"';
  };
  return std::visit(Overloaded{[&](const std::string& text) { return quote(text); },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](bool truth) { return std::string(truth ? "true" : "false"); },
                               [&](const std::vector<std::string>& list) {
                                 std::string text = "[";
                                 for (const auto& item : list)
                                   text += (text.size() > 1 ? ", " : "") + quote(item);
                                 return text + "]";
                               },
                               [](const Unusable& other) { return other.name; }},
                    value);
}

}  // namespace storeward::config
