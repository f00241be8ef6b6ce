#include "agent/runtime/alert_words.h"

#include "agent/base/assert.h"

namespace storeward {
namespace {

struct Words {
  std::string_view kind;
  std::string_view sentence;
};

Words words_for(AlertKind alert) {
  switch (alert) {
    case AlertKind::hub_refuses:
      return {"hub_refuses",
              "The broker refuses the connection or what is sent to it. Nothing is lost, and it is "
              "tried again."};
    case AlertKind::hub_untrusted:
      return {"hub_untrusted",
              "The broker's certificate cannot be trusted, so nothing is sent. Check hub.url and "
              "hub.ca_file; never switch verification off."};
    case AlertKind::publish_not_authorised:
      return {"publish_not_authorised",
              "The broker does not let this agent publish. Its ACL must allow {root}/up/+, heads, "
              "state and reply."};
    case AlertKind::packet_limit_too_small:
      return {
          "packet_limit_too_small",
          "The broker's maximum packet size is too small for events; raise it to 64 KiB or more."};
    case AlertKind::unknown_epoch_in_ack:
      return {"unknown_epoch_in_ack",
              "The hub confirms an epoch this outbox has never had. Another agent may use the same "
              "identity, or this outbox was replaced."};
    case AlertKind::restored_copy:
      return {"restored_copy",
              "This outbox is an older copy of what the hub has seen (a restored backup or "
              "snapshot). A new epoch has begun; nothing is lost."};
    case AlertKind::confirmation_stalled:
      return {"confirmation_stalled",
              "The hub has confirmed nothing for a while though events are waiting there. Is the "
              "hub's receiver running?"};
    case AlertKind::ack_unreadable:
      return {"ack_unreadable", "The hub's confirmations cannot be read, so nothing is pruned."};
  }
  ASSERT(false);
}

}  // namespace

std::string_view kind_of(AlertKind alert) {
  return words_for(alert).kind;
}

std::string sentence_for(AlertKind alert, std::string_view detail) {
  std::string sentence(words_for(alert).sentence);
  if (!detail.empty()) sentence += " (" + std::string(detail) + ")";
  return sentence;
}

}  // namespace storeward
