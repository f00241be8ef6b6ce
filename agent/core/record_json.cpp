#include "agent/core/record_json.h"

#include <unordered_map>

#include "agent/core/json_canonical.h"
#include "agent/core/json_text.h"
#include "agent/core/json_tree.h"
#include "agent/core/mapping/decimal.h"

namespace storeward {
namespace {

constexpr std::string_view text_name = "#text";

class Writer {
 public:
  explicit Writer(const Record& record) : record_(record) {}

  void write(Record::Node node, std::string& out) {
    if (record_.first_child(node) == Record::none && node != Record::root) {
      if (record_.is_to_be_rounded(node)) {
        out += record_.text(node);
        return;
      }
      return json_text::append_string(out, record_.text(node));
    }
    out += '{';
    if (!record_.text(node).empty()) {
      append_name(text_name, out);
      json_text::append_string(out, record_.text(node));
    }
    write_children(node, out);
    out += '}';
  }

 private:
  // In the order of the first of each name.
  void write_children(Record::Node node, std::string& out) {
    std::unordered_map<std::string_view, std::vector<Record::Node>> named;
    std::vector<std::string_view> order;
    for (auto child = record_.first_child(node); child != Record::none;
         child = record_.next_sibling(child)) {
      auto& same = named[record_.name(child)];
      if (same.empty()) order.push_back(record_.name(child));
      same.push_back(child);
    }
    for (const std::string_view name : order) {
      const std::vector<Record::Node>& same = named[name];
      append_name(name, out);
      if (same.size() > 1) out += '[';
      for (const Record::Node child : same) {
        if (child != same.front()) out += ',';
        write(child, out);
      }
      if (same.size() > 1) out += ']';
    }
  }

  static void append_name(std::string_view name, std::string& out) {
    if (out.back() != '{') out += ',';
    json_text::append_string(out, name);
    out += ':';
  }

  const Record& record_;
};

class Reader {
 public:
  Reader(const JsonTree& tree, Record& record) : tree_(tree), record_(record) {}

  bool members(const JsonNode& object, Record::Node to) {
    for (const JsonNode& member : tree_.children(object)) {
      if (member.name == text_name && member.kind == JsonKind::string) {
        record_.set_text(to, record_.keep(std::string(member.text)));
        continue;
      }
      const std::string_view name = record_.keep(std::string(member.name));
      if (member.kind != JsonKind::array) {
        if (!value(member, name, to)) return false;
        continue;
      }
      for (const JsonNode& item : tree_.children(member)) {
        if (!value(item, name, to)) return false;
      }
    }
    return true;
  }

 private:
  bool value(const JsonNode& node, std::string_view name, Record::Node to) {
    switch (node.kind) {
      case JsonKind::null:
        return true;
      case JsonKind::object: {
        const Record::Node made = record_.add(to, name);
        return made != Record::none && members(node, made);
      }
      case JsonKind::array: {
        const Record::Node made = record_.add(to, name);
        if (made == Record::none) return false;
        for (const JsonNode& item : tree_.children(node)) {
          if (!value(item, name, made)) return false;
        }
        return true;
      }
      default: {
        const std::string_view text = record_.keep(scalar(node));
        if (record_.add(to, name, text) == Record::none) return false;
        if (node.kind == JsonKind::real && Decimal::is_to_be_rounded(text)) {
          record_.mark_to_be_rounded();
        }
        return true;
      }
    }
  }

  static std::string scalar(const JsonNode& node) {
    if (node.kind == JsonKind::string) return std::string(node.text);
    if (node.kind == JsonKind::boolean) return node.boolean ? "true" : "false";
    return number_text(node);
  }

  const JsonTree& tree_;
  Record& record_;
};

}  // namespace

std::string record_json(const Record& record) {
  std::string out;
  Writer(record).write(Record::root, out);
  return out;
}

Result<void> read_record_json(std::string_view json, Record& record) {
  record.clear();
  JsonTree tree;
  if (const auto read = tree.read(json); !read) {
    const auto& at = read.error().at;
    return fail((at ? "byte " + std::to_string(*at) + ": " : "") + read.error().reason);
  }
  if (tree.root().kind != JsonKind::object) return fail("a record is a JSON object: {…}");
  if (read_record(tree, tree.root(), record)) return {};
  return fail("a record has at most 200,000 values");
}

bool read_record(const JsonTree& tree, const JsonNode& object, Record& record) {
  record.clear();
  if (Reader(tree, record).members(object, Record::root)) return true;
  record.clear();
  return false;
}

}  // namespace storeward
