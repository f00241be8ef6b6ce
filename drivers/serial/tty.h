// Opens a tty raw (8 data bits, no parity, no echo), non-blocking, and for us alone.
#pragma once

#include <string>

#include "agent/base/result.h"

namespace storeward {

// Bits per second that a tty can be set to here.
bool is_baud_rate(unsigned baud);

// The descriptor; the caller closes it. Fails with what to do about it.
Result<int> open_tty(const std::string& device, unsigned baud);

}  // namespace storeward
