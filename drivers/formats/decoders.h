// The decoders there are, one per family of formats. Each refuses options that are not its own.
#pragma once

#include <memory>

#include "agent/base/result.h"
#include "drivers/formats/decoder.h"

namespace storeward {

using MadeDecoder = Result<std::unique_ptr<Decoder>>;

MadeDecoder make_csv(const FormatOptions& options);
MadeDecoder make_csv_set(const FormatOptions& options);
MadeDecoder make_fixed(const FormatOptions& options);
MadeDecoder make_lines(const FormatOptions& options);
MadeDecoder make_x12(const FormatOptions& options);
MadeDecoder make_edifact(const FormatOptions& options);
MadeDecoder make_json(const FormatOptions& options);
MadeDecoder make_ndjson(const FormatOptions& options);
MadeDecoder make_xml(const FormatOptions& options);

// Around a decoder of rows, for options.group_by (row_groups.cpp).
std::unique_ptr<Decoder> group_rows(std::unique_ptr<Decoder> rows, const FormatOptions& options);

}  // namespace storeward
