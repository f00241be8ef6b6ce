#include <array>

#include "drivers/formats/decoders.h"

namespace storeward {
namespace {

struct Kind {
  std::string_view name;
  MadeDecoder (*make)(const FormatOptions&);
};

constexpr std::array kinds = {
    Kind{"csv", make_csv},
    Kind{"fixed", make_fixed},
    Kind{"lines", make_lines},
    Kind{"x12", make_x12},
    Kind{"edifact", make_edifact},
    Kind{"json", make_json},
    Kind{"ndjson", make_ndjson},
    Kind{"xml", make_xml},
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_decoder(const FormatOptions& options) {
  std::string known;
  for (const Kind& kind : kinds) {
    if (kind.name == options.kind) return kind.make(options);
    known.append(known.empty() ? "" : ", ").append(kind.name);
  }
  return fail("format.kind: \"" + options.kind + "\" is not one of " + known);
}

}  // namespace storeward
