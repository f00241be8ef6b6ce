#include "drivers/formats/document_context.h"

namespace storeward {

void DocumentContext::add(std::string_view name, std::string_view text, bool to_be_rounded) {
  if (text.empty()) return;
  const std::size_t bytes = name.size() + text.size();
  if (left_out_ > 0 || entries_.size() == max_entries || bytes_ + bytes > max_bytes) {
    ++left_out_;
    return;
  }
  bytes_ += bytes;
  entries_.push_back({std::string(name), std::string(text), to_be_rounded});
}

void DocumentContext::back_to(std::size_t size) {
  left_out_ = size > entries_.size() ? size - entries_.size() : 0;
  while (entries_.size() > size) {
    bytes_ -= entries_.back().name.size() + entries_.back().text.size();
    entries_.pop_back();
  }
}

bool DocumentContext::put_into(Record& record) const {
  if (left_out_ > 0) {
    record.warn("document: more stands outside the records than is kept with each (" +
                std::to_string(max_entries) + " values, " + std::to_string(max_bytes) + " bytes)");
  }
  if (entries_.empty()) return true;
  const Record::Node document = record.add(Record::root, "document");
  if (document == Record::none) return false;
  for (const Entry& entry : entries_) {
    if (record.add(document, entry.name, entry.text) == Record::none) return false;
    if (entry.to_be_rounded) record.mark_to_be_rounded();
  }
  return true;
}

}  // namespace storeward
