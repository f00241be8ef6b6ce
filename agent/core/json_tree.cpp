#include "agent/core/json_tree.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "agent/core/json_fault.h"

namespace storeward {
namespace {

constexpr double exact_integers = 9007199254740992.0;  // 2^53

void set_number(JsonNode& node, double value) {
  if (std::abs(value) <= exact_integers && value == std::trunc(value)) {
    node.kind = JsonKind::integer;
    node.integer = static_cast<std::int64_t>(value);
  } else {
    node.kind = JsonKind::real;
    node.real = value;
  }
}

}  // namespace

// UTF-16 order differs from UTF-8 order only where one side has a code point above U+FFFF (lead
// byte 0xF0 or more; a surrogate from 0xD800 in UTF-16) and the other one from U+E000 to U+FFFF.
bool canonical_less(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() || right == b.end()) return left == a.end() && right != b.end();
  const auto l = static_cast<unsigned char>(*left);
  const auto r = static_cast<unsigned char>(*right);
  if (l >= 0xF0 && r >= 0xEE && r < 0xF0) return true;
  if (r >= 0xF0 && l >= 0xEE && l < 0xF0) return false;
  return l < r;
}

struct JsonTree::Parser {
  const std::size_t max_depth;
  simdjson::dom::parser dom;
  std::vector<char> padded;

  explicit Parser(std::size_t depth) : max_depth(depth) {}

  simdjson::simdjson_result<simdjson::dom::element> parse(std::string_view text) {
    padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(padded.data(), text.data(), text.size());
    std::memset(padded.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    if (dom.capacity() < text.size() || dom.max_depth() != max_depth) {
      const std::size_t capacity = std::max<std::size_t>(text.size(), 4096);
      const auto error = dom.allocate(capacity, max_depth);
      if (error) return error;
    }
    return dom.parse(padded.data(), text.size(), false);
  }

  static void fill(JsonTree& tree, std::uint32_t at, simdjson::dom::element element) {
    using simdjson::dom::element_type;
    switch (element.type()) {
      case element_type::NULL_VALUE:
        break;
      case element_type::BOOL:
        tree.nodes_[at].kind = JsonKind::boolean;
        tree.nodes_[at].boolean = bool(element);
        break;
      case element_type::INT64:
        tree.nodes_[at].kind = JsonKind::integer;
        tree.nodes_[at].integer = std::int64_t(element);
        break;
      case element_type::UINT64:  // only what does not fit int64
        tree.nodes_[at].kind = JsonKind::big_integer;
        tree.nodes_[at].big_integer = std::uint64_t(element);
        break;
      case element_type::DOUBLE:
        set_number(tree.nodes_[at], double(element));
        break;
      case element_type::STRING:
        tree.nodes_[at].kind = JsonKind::string;
        tree.nodes_[at].text = std::string_view(element);
        break;
      case element_type::ARRAY:
        fill_array(tree, at, element);
        break;
      case element_type::OBJECT:
        fill_object(tree, at, element);
        break;
    }
  }

  static std::uint32_t open(JsonTree& tree, std::uint32_t at, JsonKind kind, std::size_t count) {
    const auto first = static_cast<std::uint32_t>(tree.nodes_.size());
    tree.nodes_[at].kind = kind;
    tree.nodes_[at].first = first;
    tree.nodes_[at].count = static_cast<std::uint32_t>(count);
    tree.nodes_.resize(first + count);
    return first;
  }

  // Recursion is bounded by max_depth, which simdjson has enforced.
  static void fill_array(JsonTree& tree, std::uint32_t at, simdjson::dom::array array) {
    std::uint32_t child = open(tree, at, JsonKind::array,
                               static_cast<std::size_t>(std::distance(array.begin(), array.end())));
    for (const simdjson::dom::element element : array) {
      tree.nodes_[child].name = tree.nodes_[at].name;
      fill(tree, child++, element);
    }
  }

  static void fill_object(JsonTree& tree, std::uint32_t at, simdjson::dom::object object) {
    std::size_t count = 0;  // size() saturates
    for (auto member = object.begin(); member != object.end(); ++member) ++count;
    std::uint32_t child = open(tree, at, JsonKind::object, count);
    for (const simdjson::dom::key_value_pair& member : object) {
      tree.nodes_[child].name = member.key;
      fill(tree, child++, member.value);
    }
  }
};

struct JsonTree::Array {
  Parser parser{max_json_depth + 1};
  simdjson::dom::array elements;
  simdjson::dom::array::iterator next;
};

JsonTree::JsonTree() : parser_(std::make_unique<Parser>(max_json_depth)) {}
JsonTree::~JsonTree() = default;
JsonTree::JsonTree(JsonTree&&) noexcept = default;

Result<void, JsonFault> JsonTree::read(std::string_view text) {
  nodes_.clear();
  kept_.clear();
  simdjson::dom::element root;
  if (const auto error = parser_->parse(text).get(root)) {
    return Unexpected{explain_unreadable(text, error == simdjson::UTF8_ERROR)};
  }
  nodes_.emplace_back();
  Parser::fill(*this, 0, root);
  return {};
}

std::optional<std::size_t> JsonTree::open_array(std::string_view text) {
  if (!array_) array_ = std::make_unique<Array>();
  if (array_->parser.parse(text).get(array_->elements)) return std::nullopt;
  array_->next = array_->elements.begin();
  return static_cast<std::size_t>(std::distance(array_->elements.begin(), array_->elements.end()));
}

void JsonTree::next_element() {
  nodes_.clear();
  kept_.clear();
  nodes_.emplace_back();
  Parser::fill(*this, 0, *array_->next);
  ++array_->next;
}

Result<void, JsonFault> JsonTree::sort_members() {
  const auto by_name = [](const JsonNode& a, const JsonNode& b) {
    return canonical_less(a.name, b.name);
  };
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].kind != JsonKind::object) continue;
    const auto begin = nodes_.begin() + nodes_[i].first;
    const auto end = begin + nodes_[i].count;
    const auto out_of_order = [](const JsonNode& a, const JsonNode& b) {
      return !canonical_less(a.name, b.name);
    };
    if (std::adjacent_find(begin, end, out_of_order) == end) continue;
    std::sort(begin, end, by_name);
    const auto twice = std::adjacent_find(
        begin, end, [](const JsonNode& a, const JsonNode& b) { return a.name == b.name; });
    if (twice != end) {
      return Unexpected{JsonFault{
          path_of(i) + std::string(twice->name) + ": this member name stands twice in one object",
          std::nullopt}};
    }
  }
  return {};
}

std::optional<std::string> JsonTree::name_twice() const {
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].kind != JsonKind::object) continue;
    names.clear();
    for (const JsonNode& member : children(nodes_[i])) names.push_back(member.name);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice != names.end()) return path_of(i).append(*twice);
  }
  return std::nullopt;
}

// Slow, for messages only: the container's parent is the node whose children include it.
std::string JsonTree::path_of(std::uint32_t container) const {
  std::string path;
  while (container != 0) {
    for (std::uint32_t parent = 0; parent < nodes_.size(); ++parent) {
      const JsonNode& node = nodes_[parent];
      const bool is_container = node.kind == JsonKind::object || node.kind == JsonKind::array;
      if (!is_container || container < node.first || container >= node.first + node.count) continue;
      const std::string step = node.kind == JsonKind::array
                                   ? "[" + std::to_string(container - node.first) + "]"
                                   : std::string(nodes_[container].name);
      path = step + (path.starts_with('[') || path.empty() ? "" : ".") + path;
      container = parent;
      break;
    }
  }
  return path.empty() ? path : path + ".";
}

const JsonNode* JsonTree::member(const JsonNode& node, std::string_view name) const {
  if (node.kind != JsonKind::object) return nullptr;
  for (const JsonNode& child : children(node)) {
    // Length and last letter tell most names apart without a call to memcmp.
    if (child.name.size() == name.size() && (name.empty() || child.name.back() == name.back()) &&
        child.name == name) {
      return &child;
    }
  }
  return nullptr;
}

std::string_view JsonTree::text(const JsonNode& node, std::string_view name) const {
  const JsonNode* found = member(node, name);
  return found != nullptr && found->kind == JsonKind::string ? found->text : std::string_view{};
}

void JsonTree::replace_by_text(JsonNode& node, std::string text) {
  node.kind = JsonKind::string;
  node.first = node.count = 0;
  node.text = keep(std::move(text));
}

}  // namespace storeward
