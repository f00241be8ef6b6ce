#include "agent/core/delivery_items.h"

#include <string>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

using Items = Result<std::vector<DeliveryItem>, Refusal>;

DeliveryItem item_between(std::string_view body, std::size_t begin, std::size_t end) {
  while (begin < end && is_white_space(body[begin])) ++begin;
  while (end > begin && is_white_space(body[end - 1])) --end;
  return {body.substr(begin, end - begin), begin};
}

Unexpected<Refusal> refuse(int status, std::string reason) {
  return Unexpected{Refusal{status, std::move(reason)}};
}

Unexpected<Refusal> too_many(std::size_t max_items) {
  return refuse(413, "more than " + std::to_string(max_items) +
                         " events in one delivery; hand them in in smaller ones");
}

// The position behind the string that opens at `at`, or the end of the body.
std::size_t behind_string(std::string_view body, std::size_t at) {
  for (++at; at < body.size() && body[at] != '"'; ++at) {
    if (body[at] == '\\') ++at;
  }
  return std::min(at + 1, body.size());
}

// Commas that stand in the outer array part the items; brackets and strings are all that is looked
// at.
Items items_of_batch(std::string_view body, std::size_t max_items) {
  const std::size_t open = body.find_first_not_of(white_space);
  if (open == std::string_view::npos || body[open] != '[') {
    return refuse(400, "byte " + std::to_string(open == std::string_view::npos ? 0 : open) +
                           ": a batch must be a JSON array");
  }
  std::vector<DeliveryItem> items;
  std::size_t depth = 1, begin = open + 1, at = begin;
  while (at < body.size() && depth > 0) {
    const char c = body[at];
    if (c == '"') {
      at = behind_string(body, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if ((c == ',' && depth == 1) || depth == 0) {
      const DeliveryItem item = item_between(body, begin, at);
      const bool empty_array = depth == 0 && items.empty() && item.text.empty();
      if (!empty_array) items.push_back(item);
      if (items.size() > max_items) return too_many(max_items);
      begin = at + 1;
    }
    ++at;
  }
  if (depth > 0 || body[at - 1] != ']') {
    return refuse(400, "byte " + std::to_string(at) + ": the array of the batch is not closed");
  }
  if (body.find_first_not_of(white_space, at) != std::string_view::npos) {
    return refuse(400, "byte " + std::to_string(body.find_first_not_of(white_space, at)) +
                           ": something stands behind the array of the batch");
  }
  return items;
}

Items items_of_lines(std::string_view body, std::size_t max_items) {
  std::vector<DeliveryItem> items;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = std::min(body.find('\n', begin), body.size());
    const DeliveryItem item = item_between(body, begin, end);
    if (!item.text.empty()) items.push_back(item);
    if (items.size() > max_items) return too_many(max_items);
    begin = end + 1;
  }
  return items;
}

}  // namespace

Items items_of(std::string_view body, Framing framing, std::size_t max_items) {
  switch (framing) {
    case Framing::batch:
      return items_of_batch(body, max_items);
    case Framing::ndjson:
      return items_of_lines(body, max_items);
    case Framing::single:
      break;
  }
  return std::vector<DeliveryItem>{{body, 0}};
}

}  // namespace storeward
