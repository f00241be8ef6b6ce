#include "drivers/formats/json_document.h"

#include <algorithm>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

struct Span {
  std::size_t begin = 0, end = 0;
};

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(white_space, at), text.size());
}

// Behind the string whose opening quote stands at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    const bool closes = c == '}' || c == ']';
    if (depth == 0 && (closes || c == ',')) return at;
    if (c == '{' || c == '[') ++depth;
    if (closes) --depth;
    ++at;
    if (closes && depth == 0) return at;
  }
  return at;
}

// The value of the member of that name in the object that begins at `at`; names with escapes are
// taken as they are written.
std::optional<Span> member(std::string_view text, std::size_t at, std::string_view name) {
  if (at >= text.size() || text[at] != '{') return std::nullopt;
  for (++at; at < text.size(); ++at) {
    at = skip_blanks(text, at);
    if (at >= text.size() || text[at] != '"') return std::nullopt;
    const std::size_t behind_name = skip_string(text, at);
    const std::string_view found = text.substr(at, behind_name - at);
    at = skip_blanks(text, behind_name);
    if (at >= text.size() || text[at] != ':') return std::nullopt;
    at = skip_blanks(text, at + 1);
    const std::size_t end = skip_value(text, at);
    if (found.size() >= 2 && found.substr(1, found.size() - 2) == name) return Span{at, end};
    at = skip_blanks(text, end);
    if (at >= text.size() || text[at] != ',') return std::nullopt;
  }
  return std::nullopt;
}

// Takes the first name off the path.
std::string_view next_step(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view step = path.substr(0, slash);
  path.remove_prefix(std::min(step.size() + 1, path.size()));
  return step;
}

}  // namespace

JsonAtPath find_at_path(std::string_view document, std::string_view path) {
  Span at{0, document.size()};
  for (bool first = true; !path.empty(); first = false) {
    const std::optional<Span> below = member(document, at.begin, next_step(path));
    if (!below) return {first ? JsonAtPath::Kind::whole : JsonAtPath::Kind::nothing};
    at = *below;
  }
  const char opens = at.begin < at.end ? document[at.begin] : ' ';
  if (opens == '[') return {JsonAtPath::Kind::array, at.begin, at.end};
  if (opens == '{') return {JsonAtPath::Kind::object, at.begin, at.end};
  return {JsonAtPath::Kind::nothing};
}

std::string frame(std::string_view document, const JsonAtPath& found) {
  std::string around(document.substr(0, found.begin));
  return around.append("[]").append(document.substr(found.end));
}

void scalars_into(DocumentContext& context, const Record& frame, std::string_view path) {
  Record::Node object = Record::root;
  while (object != Record::none) {
    for (Record::Node child = frame.first_child(object); child != Record::none;
         child = frame.next_sibling(child)) {
      if (frame.first_child(child) == Record::none) {
        context.add(frame.name(child), frame.text(child), frame.is_to_be_rounded(child));
      }
    }
    if (path.empty()) return;
    object = frame.child(object, next_step(path));
  }
}

}  // namespace storeward
