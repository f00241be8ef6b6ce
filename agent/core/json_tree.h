// JsonTree: one JSON document as a flat tree that may be masked and is read in canonical order.
//
// simdjson reads the text; what it leaves to us is refused here: nesting deeper than max_json_depth
// and duplicate member names. Used by admission on whatever thread calls it; not shared.
//
// Invariants: children of a container are consecutive nodes; after sort_members() the members of an
// object stand in the order of RFC 8785 (by UTF-16 code units). A number that is whole and within
// 2^53 is an integer node, however it was written (1.0, 1e2, -0). Views stay valid until next
// read(), open_array() or next_element().
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace storeward {

inline constexpr std::size_t max_json_depth = 64;

enum class JsonKind : std::uint8_t {
  null,
  boolean,
  integer,
  big_integer,
  real,
  string,
  array,
  object
};

struct JsonNode {
  JsonKind kind = JsonKind::null;
  bool boolean = false;
  std::uint32_t first = 0, count = 0;  // children of an array or object
  std::string_view name;               // of the member; in an array the array's own name
  std::string_view text;               // of a string
  union {
    std::int64_t integer = 0;
    std::uint64_t big_integer;  // above the range of int64
    double real;
  };
};

// Why a text is not readable; `at` is the byte offset where known.
struct JsonFault {
  std::string reason;
  std::optional<std::size_t> at;
};

class JsonTree {
 public:
  JsonTree();
  ~JsonTree();
  JsonTree(JsonTree&&) noexcept;

  // Members come unsorted: call sort_members() once masking is done.
  Result<void, JsonFault> read(std::string_view text);

  // An array of documents, read at once and taken one after the other: the number of its elements,
  // or none where the text as a whole is no array that can be read. An element may be as deep as a
  // text of its own.
  std::optional<std::size_t> open_array(std::string_view text);
  // The tree is then the next element. To be called that many times at most.
  void next_element();

  // Sorts; a name that stands twice in one object is a fault that names the path.
  Result<void, JsonFault> sort_members();
  // The same without sorting: the path of the first such name.
  std::optional<std::string> name_twice() const;

  const JsonNode& root() const { return nodes_.front(); }
  std::span<const JsonNode> children(const JsonNode& node) const {
    return {nodes_.data() + node.first, node.count};
  }
  // The member of an object; null if there is none or `node` is no object.
  const JsonNode* member(const JsonNode& node, std::string_view name) const;
  // The member's text; empty if it is no string.
  std::string_view text(const JsonNode& node, std::string_view name) const;

  // For masking.
  std::span<JsonNode> all_nodes() { return nodes_; }
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  void replace_by_text(JsonNode& node, std::string text);

 private:
  struct Parser;
  struct Array;
  std::string path_of(std::uint32_t container) const;

  std::unique_ptr<Parser> parser_;
  std::vector<JsonNode> nodes_;
  std::deque<std::string> kept_;  // texts that masking has made
  std::unique_ptr<Array> array_;  // once there was one
};

// Compares member names as RFC 8785 orders them.
bool canonical_less(std::string_view a, std::string_view b);

}  // namespace storeward
