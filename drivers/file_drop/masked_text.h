// MaskedText: a file as the source wrote it -> its copy without card data, in pieces. Pure.
//
// A piece is cut where no card number goes across: behind a line end, else behind what is neither
// digit nor letter nor one of the marks that may stand within a number. Text in which
// nothing is found stays as it is, byte for byte. What cannot be looked into (NUL bytes: binary,
// UTF-16) is not copied: it fails closed.
#pragma once

#include <string>
#include <string_view>

namespace storeward::file_drop {

class MaskedText {
 public:
  // The masked form of what is certain by now; valid until the next call. `last`: all the rest.
  std::string_view add(std::string_view bytes, bool last);

  // The copy must not be kept: a NUL byte was in it, or a column is named for a secret (cvv, pin).
  bool failed() const { return not_text_ || secret_column_; }
  bool not_text() const { return not_text_; }

 private:
  std::size_t certain(bool last) const;
  void look_for_secret_columns(std::string_view text);

  std::string waiting_, masked_;
  bool first_ = true, not_text_ = false, secret_column_ = false;
};

}  // namespace storeward::file_drop
