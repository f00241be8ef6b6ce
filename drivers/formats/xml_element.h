// XmlElement: one element of an XML source, read by pugixml; the only file that knows the library.
// Owned by one decoder.
//
// Invariants: views hold until the next read(). An element deeper than max_xml_depth is refused, so
// that walking it is bounded. Nothing outside the given bytes is ever looked at.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/record.h"
#include "drivers/formats/document_context.h"
#include "drivers/formats/text_encoding.h"

namespace storeward {

inline constexpr std::size_t max_xml_depth = 64;
// A longer text (a receipt's picture in base64) is left out of the record, with a warning.
inline constexpr std::size_t max_xml_text_bytes = 64u << 10;

struct XmlUnreadable {
  std::string reason;
  std::size_t at = 0;  // in the bytes given, about
};

class XmlElement {
 public:
  XmlElement();
  ~XmlElement();

  // From < to >, as the scanner has cut it.
  Result<void, XmlUnreadable> read(std::string_view bytes, TextEncoding& encoding);

  std::string_view name() const;  // local
  std::string text() const;
  void attributes_into(DocumentContext& context) const;

  // False: the record is full.
  bool put_into(Record& record);

 private:
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
};

// Without its prefix.
std::string_view local_name(std::string_view qualified);

}  // namespace storeward
