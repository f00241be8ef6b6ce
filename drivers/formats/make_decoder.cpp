#include "drivers/formats/decoders.h"

namespace storeward {
namespace {

struct Kind {
  std::string_view name;
  MadeDecoder (*make)(const FormatOptions&);
};

constexpr Kind kinds[] = {
    {"csv", make_csv},     {"csv_set", make_csv_set}, {"fixed", make_fixed},
    {"lines", make_lines}, {"x12", make_x12},         {"edifact", make_edifact},
    {"json", make_json},   {"ndjson", make_ndjson},   {"xml", make_xml},
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
