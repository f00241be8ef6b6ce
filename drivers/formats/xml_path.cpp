#include "drivers/formats/xml_path.h"

namespace storeward {

std::string_view XmlPath::name(std::size_t level) const {
  const std::size_t end = level + 1 < starts_.size() ? starts_[level + 1] : names_.size();
  return std::string_view(names_).substr(starts_[level], end - starts_[level]);
}

bool XmlPath::has(std::string_view wanted) const {
  for (std::size_t level = 0; level < depth(); ++level) {
    if (name(level) == wanted) return true;
  }
  return false;
}

void XmlPath::push(std::string_view name) {
  ASSERT(!full());
  starts_.push_back(names_.size());
  names_.append(name);
}

void XmlPath::cut(std::size_t depth) {
  if (depth >= this->depth()) return;
  names_.resize(starts_[depth]);
  starts_.resize(depth);
  while (outside_.size() > depth) {
    context_.back_to(outside_.back().context_before);
    outside_.pop_back();
  }
}

void XmlPath::open_outside(std::string_view name, std::uint64_t begin, const XmlElement& reader) {
  child_opens();
  push(name);
  outside_.push_back({begin, context_.size(), false});
  ASSERT(outside_.size() == depth());
  reader.attributes_into(context_);
}

void XmlPath::child_opens() {
  if (!outside_.empty()) outside_.back().has_children = true;
}

bool XmlPath::may_be_short(std::uint64_t position) const {
  return !outside_.empty() && !outside_.back().has_children &&
         position - outside_.back().begin <= max_short_bytes;
}

void XmlPath::close_outside(bool read, const XmlElement& reader) {
  pop();
  if (read && depth() > 0) context_.add(reader.name(), reader.text());
}

}  // namespace storeward
