// XmlPath: the elements that are open around the place a scanner stands at, and what those outside
// the records say (DocumentContext). Owned by one decoder.
//
// Invariants: at most max_xml_depth elements are open. Texts and attributes of an element are
// forgotten when the element around it closes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/formats/document_context.h"
#include "drivers/formats/xml_element.h"

namespace storeward {

class XmlPath {
 public:
  static constexpr std::size_t max_short_bytes = 8u << 10;  // of a short element with its tags

  std::size_t depth() const { return starts_.size(); }
  bool full() const { return depth() == max_xml_depth; }
  std::string_view innermost() const { return name(depth() - 1); }
  bool has(std::string_view name) const;

  // Within records only the names count.
  void push(std::string_view name);
  void pop() { cut(depth() - 1); }
  void cut(std::size_t depth);

  // Outside the records: an element whose opening tag `reader` has just read.
  void open_outside(std::string_view name, std::uint64_t begin, const XmlElement& reader);
  void child_opens();
  // The innermost element has had nothing but text so far, and of a length worth keeping.
  bool may_be_short(std::uint64_t position) const;
  std::uint64_t begin() const { return outside_.back().begin; }
  // Closes the innermost element; `read`: it was a short one, and `reader` has read it.
  void close_outside(bool read, const XmlElement& reader);

  const DocumentContext& context() const { return context_; }

 private:
  struct Outside {
    std::uint64_t begin = 0;
    std::size_t context_before = 0;
    bool has_children = false;
  };
  std::string_view name(std::size_t level) const;

  std::string names_;                // one behind the other
  std::vector<std::size_t> starts_;  // of each in names_
  std::vector<Outside> outside_;     // of the levels that are outside the records
  DocumentContext context_;
};

}  // namespace storeward
