// A text as a person wants it: from a file, from standard input, or through their editor.
#pragma once

#include <optional>
#include <string>

#include "agent/base/result.h"

namespace storeward::cli {

// file: "-" is standard input. Fails where it cannot be read or has more than 1 MiB.
Result<std::string> text_of_file(const std::string& file);

// Runs $VISUAL or $EDITOR (else `editor`, `vi`) on a private copy of `text`. None: it was left as
// it is. Where the editor fails, what it has written stays, and the error says where.
Result<std::optional<std::string>> edited_by_person(const std::string& text);

}  // namespace storeward::cli
