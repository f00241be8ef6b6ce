// What a person at the command line asks the store to do, and what is written down about it.
//
// Invariant: an action and its audit entry become durable in one transaction, or neither does.
#pragma once

#include <cstdint>
#include <string>

namespace storeward {

// One line of the audit trail. Texts are cut to longest_text bytes when they are written down; they
// must hold no card data.
struct AuditEntry {
  static constexpr std::size_t longest_text = 1000;

  std::string actor;    // "user 1000 (process 4711)", as the kernel names the peer
  std::string action;   // a stable word: "exceptions.discard"
  std::string subject;  // "exception 17"
  std::string detail;   // the reason given, what changed
};

struct OperatorAction {
  enum class Kind : std::uint8_t {
    note,    // done elsewhere, only written down here
    failed,  // a retry, written down here; `text` is now the reason of the exception if it is open,
             // beside its first one
    edit,    // `text` takes the place of what the open exception keeps
    discard  // the open exception is closed; `text` says why
  };

  Kind kind = Kind::note;
  std::uint64_t exception = 0;  // 0 for a note
  std::string text;             // failed, edit: masked
  AuditEntry audit;
};

}  // namespace storeward
