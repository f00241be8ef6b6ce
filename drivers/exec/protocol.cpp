#include "drivers/exec/protocol.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "agent/core/json_text.h"
#include "agent/core/json_tree.h"
#include "agent/core/outcome_json.h"
#include "agent/core/record_json.h"
#include "drivers/exec/said.h"

namespace storeward::exec {
namespace {

constexpr std::size_t longest_name = 1024;  // of a file, a value
constexpr std::size_t longest_told = 200;   // of a key that is wrong
constexpr std::size_t most_values = 32;
constexpr std::size_t most_answers = 8;
constexpr std::array<std::string_view, 4> content_keys = {"body", "body_base64", "record",
                                                          "records"};
constexpr std::string_view record_due = ": an object of at most 200,000 values is expected";

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length != static_cast<int>(bytes.size())) return std::nullopt;
  for (std::size_t i = text.size(); i > 0 && text[i - 1] == '=' && text.size() - i < 2; --i) {
    bytes.pop_back();
  }
  return bytes;
}

class DeliveryReader {
 public:
  explicit DeliveryReader(const JsonTree& tree) : tree_(tree) {}

  // Empty: all is well.
  std::string read(Handed& to) {
    keys();
    to.file = text("file");
    values(to.values);
    cursor(to.cursor);
    content(to);
    return fault_;
  }

 private:
  const JsonNode* member(std::string_view name) const { return tree_.member(tree_.root(), name); }

  void wrong(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
  }

  // What is not understood is refused: without it the rest may say something else.
  void keys() {
    if (const auto twice = tree_.name_twice()) {
      return wrong(shown(*twice, longest_told) + ": this key stands twice in one object");
    }
    only(tree_.root(),
         {"id", "body", "body_base64", "record", "records", "file", "values", "cursor"},
         "a delivery has id, one of body, body_base64, record and records, and may have file, "
         "values and cursor");
  }

  void only(const JsonNode& object, std::initializer_list<std::string_view> known,
            const std::string& meant) {
    for (const JsonNode& member : tree_.children(object)) {
      if (std::ranges::find(known, member.name) != known.end()) continue;
      return wrong("the key \"" + shown(member.name, longest_told) + "\" is unknown; " + meant);
    }
  }

  std::string text(const std::string& name) {
    const JsonNode* const node = member(name);
    if (node == nullptr) return {};
    if (node->kind == JsonKind::string && node->text.size() <= longest_name) {
      return std::string(node->text);
    }
    wrong(name + ": a text of at most 1024 bytes is expected");
    return {};
  }

  void values(mapping::Given& to) {
    const JsonNode* const node = member("values");
    if (node == nullptr) return;
    if (node->kind != JsonKind::object || node->count > most_values) {
      return wrong("values: an object with at most 32 texts is expected");
    }
    for (const JsonNode& value : tree_.children(*node)) {
      if (value.kind != JsonKind::string || value.text.size() > longest_name) {
        return wrong("values: texts of at most 1024 bytes are expected");
      }
      to.insert_or_assign(std::string(value.name), std::string(value.text));
    }
  }

  void cursor(std::optional<SourceCursor>& to) {
    const JsonNode* const node = member("cursor");
    if (node == nullptr) return;
    if (node->kind == JsonKind::object) only(*node, {"key", "value"}, "a cursor has key and value");
    const std::string_view key = tree_.text(*node, "key");
    const JsonNode* const value = tree_.member(*node, "value");
    if (key.empty() || key.front() == own_cursor_mark || key.size() > SourceCursor::longest_key ||
        value == nullptr || (value->kind != JsonKind::string && value->kind != JsonKind::null) ||
        value->text.size() > SourceCursor::longest_value) {
      return wrong(
          "cursor: {\"key\":\"…\",\"value\":\"…\"} is expected, of at most 256 and 4096 bytes");
    }
    to.emplace();
    to->key = key;
    to->value = value->text;
    to->gone = value->kind == JsonKind::null;
  }

  void content(Handed& to) {
    const JsonNode *const body = member("body"), *const base64 = member("body_base64"),
                          *const record = member("record"), *const records = member("records");
    const int given =
        (body != nullptr) + (base64 != nullptr) + (record != nullptr) + (records != nullptr);
    if (given > 1) return wrong("one of body, body_base64, record and records is expected");
    if (body != nullptr) {
      if (body->kind != JsonKind::string) return wrong("body: a text is expected");
      to.body = body->text;
    } else if (base64 != nullptr) {
      to.body = from_base64(base64->text);
      if (base64->kind != JsonKind::string || !to.body) wrong("body_base64: this is no base64");
    } else if (record != nullptr) {
      if (!add(*record, to.records)) wrong("record" + std::string(record_due));
    } else if (records != nullptr) {
      if (records->kind != JsonKind::array || records->count > most_records) {
        return wrong("records: an array of at most 10,000 is expected");
      }
      std::size_t index = 0;
      for (const JsonNode& one : tree_.children(*records)) {
        if (!add(one, to.records)) {
          return wrong("records[" + std::to_string(index) + "]" + std::string(record_due));
        }
        ++index;
      }
    } else if (!to.cursor) {
      wrong("there is nothing in it: body, body_base64, record or records is expected");
    }
  }

  bool add(const JsonNode& node, std::deque<Record>& to) const {
    return node.kind == JsonKind::object && read_record(tree_, node, to.emplace_back());
  }

  const JsonTree& tree_;
  std::string fault_;
};

Result<Word> delivery(const JsonTree& tree, const JsonNode& id) {
  if (id.kind != JsonKind::string || id.text.empty() || id.text.size() > longest_id) {
    return fail("id: a text of 1 to 256 bytes is expected");
  }
  auto handed = std::make_unique<Handed>();
  handed->id = id.text;
  if (std::string why = DeliveryReader(tree).read(*handed); !why.empty()) {
    return Word{Unreadable{std::move(handed->id), std::move(why)}};
  }
  return Word{std::move(handed)};
}

Result<Word> question(const JsonTree& tree, const JsonNode& ask) {
  const JsonNode* const answers = tree.member(tree.root(), "answers");
  if (ask.kind != JsonKind::string || answers == nullptr || answers->kind != JsonKind::array ||
      answers->count == 0 || answers->count > most_answers) {
    return fail("ask: a text is expected, with 1 to 8 answers");
  }
  Question question{.text = std::string(ask.text), .answers = {}};
  for (const JsonNode& answer : tree.children(*answers)) {
    if (answer.kind != JsonKind::string || answer.text.empty() || answer.text.size() > longest_id) {
      return fail("answers: texts of 1 to 256 bytes are expected");
    }
    question.answers.emplace_back(answer.text);
  }
  return Word{std::move(question)};
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out += ',';
  json_text::append_string(out, name);
  out += ':';
  json_text::append_string(out, text);
}

}  // namespace

Result<Word> read_word(std::string_view line) {
  JsonTree tree;
  if (const auto read = tree.read(line); !read) {
    std::string id = id_at_start(line);
    std::string why = "this line is no JSON: " + read.error().reason;
    if (id.empty()) return fail(std::move(why));
    return Word{Unreadable{std::move(id), std::move(why)}};
  }
  const JsonNode& root = tree.root();
  if (root.kind != JsonKind::object) return fail("a line is a JSON object: {…}");
  if (const JsonNode* const id = tree.member(root, "id")) return delivery(tree, *id);
  if (const JsonNode* const begun = tree.member(root, "begin")) {
    if (begun->kind != JsonKind::string || begun->text.size() > longest_id) {
      return fail("begin: a text of at most 256 bytes is expected");
    }
    return Word{Begun{std::string(begun->text)}};
  }
  if (tree.member(root, "health") != nullptr) {
    const std::string_view health = tree.text(root, "health");
    if (health != "ok" && health != "failing") return fail("health: ok or failing is expected");
    return Word{Health{health == "ok", std::string(tree.text(root, "detail"))}};
  }
  if (const JsonNode* const ask = tree.member(root, "ask")) return question(tree, *ask);
  if (root.count == 0) return Word{Alive{}};
  return fail("a line has id, begin, health or ask, or is {}");
}

bool is_delivery(std::string_view line) {
  JsonTree tree;
  if (!tree.read(line) || tree.member(tree.root(), "id") == nullptr) return false;
  return std::ranges::any_of(content_keys, [&tree](std::string_view key) {
    return tree.member(tree.root(), key) != nullptr;
  });
}

std::string id_at_start(std::string_view line) {
  const auto skip = [&line](std::string_view what) {
    const std::size_t at = line.find_first_not_of(" \t\r");
    if (at == std::string_view::npos || !line.substr(at).starts_with(what)) return false;
    line.remove_prefix(at + what.size());
    return true;
  };
  if (!skip("{") || !skip("\"id\"") || !skip(":") || !skip("\"")) return {};
  const std::size_t end = line.find_first_of("\"\\");
  if (end > longest_id || line[end] != '"') return {};  // without an end: npos, the greatest
  return std::string(line.substr(0, end));
}

std::string hello_line(const Hello& hello) {
  std::string out = R"({"hello":1,"driver":)";
  json_text::append_string(out, hello.driver);
  out += R"(,"max_line_bytes":)" + std::to_string(hello.max_line_bytes) + R"(,"cursors":{)";
  for (const SourceCursor& cursor : hello.cursors) append_member(out, cursor.key, cursor.value);
  out += R"(},"skip":[)";
  for (const std::string& id : hello.skip) {
    if (&id != hello.skip.data()) out += ',';
    json_text::append_string(out, id);
  }
  out += R"(],"config":{)";
  for (const std::string& pair : hello.settings) {
    const std::size_t equals = pair.find('=');
    append_member(out, pair.substr(0, equals), pair.substr(equals + 1));
  }
  return out + "}}\n";
}

std::string person_line(std::string_view answer) {
  std::string out = R"({"answer":)";
  json_text::append_string(out, answer);
  return out + "}\n";
}

Results::Results(std::string_view id) {
  text_ = R"({"id":)";
  json_text::append_string(text_, id);
  text_ += R"(,"results":[)";
}

void Results::part() {
  if (std::exchange(any_, true)) text_ += ',';
}

void Results::add(const ItemOutcome& outcome) {
  part();
  append_outcome(text_, outcome);
}

void Results::add_ignored(std::string_view reason) {
  part();
  append_outcome(text_, {.status = ItemStatus::ignored, .reason = std::string(reason)});
}

std::string Results::line() && {
  return std::move(text_) + "]}\n";
}

}  // namespace storeward::exec
