// The decoders there are, one per family of formats. Each refuses options that are not its own.
#pragma once

#include <memory>

#include "agent/base/result.h"
#include "drivers/formats/decoder.h"

namespace storeward {

using MadeDecoder = Result<std::unique_ptr<Decoder>>;

MadeDecoder make_x12_decoder(const FormatOptions& options);
MadeDecoder make_edifact_decoder(const FormatOptions& options);

}  // namespace storeward
