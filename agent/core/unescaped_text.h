// Text as it reads once what is written in another way for JSON, XML or a URI is read, so that card
// data is found in it: "\u0034", "\n", "&#52;", "&nbsp;", "%34", and digits of full width or Arabic
// ones as those of ASCII. For a look only: nothing says that the text is in any of these. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace storeward {

struct UnescapedText {
  std::string text;
  // Where in the original stands what each byte was made of, and last its size.
  std::vector<std::size_t> origins;
};

// Nothing where nothing of the kind is in it. Quick then.
std::optional<UnescapedText> unescaped(std::string_view original);

}  // namespace storeward
