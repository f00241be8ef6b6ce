#include <array>

#include "drivers/formats/decoders.h"

namespace storeward {
namespace {

struct Kind {
  std::string_view name;
  MadeDecoder (*make)(const FormatOptions&);
};

constexpr std::array kinds = {
    Kind{"x12", make_x12_decoder},
    Kind{"edifact", make_edifact_decoder},
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
