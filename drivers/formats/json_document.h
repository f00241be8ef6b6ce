// What a JSON document holds at a path: the array whose elements are the records ("epcisBody/
// eventList"), and the document around it. Pure; views into the document's text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/record.h"
#include "drivers/formats/document_context.h"

namespace storeward {

struct JsonAtPath {
  // `whole`: the path's first member is not there, the document itself is the record (a lone event
  // where documents of events are usual). `nothing`: it is there, and leads to no array or object.
  enum class Kind : std::uint8_t { array, object, whole, nothing };
  Kind kind = Kind::whole;
  std::size_t begin = 0, end = 0;  // of the array or object in the document
};

// `document`: a value as JsonCutter has cut it. What is not JSON is found by reading frame().
JsonAtPath find_at_path(std::string_view document, std::string_view path);

// The document with an empty array in place of what is found.
std::string frame(std::string_view document, const JsonAtPath& found);

// The scalars beside the path, of the document and of the objects the path leads through.
void scalars_into(DocumentContext& context, const Record& frame, std::string_view path);

}  // namespace storeward
