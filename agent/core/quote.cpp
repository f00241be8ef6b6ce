#include "agent/core/quote.h"

#include "agent/core/masking.h"
#include "agent/core/utf8.h"

namespace storeward {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 60;
  const std::string masked = mask_text(text);
  return std::string("\"").append(utf8_prefix(masked, longest)).append("\"");
}

}  // namespace storeward
