// The exact bytes of events that the store holds, one by one or a whole stream.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/hub/hub_store.h"

namespace storeward::hub {

// Asked for in order, each run is unfolded once.
class HeldEvents {
 public:
  explicit HeldEvents(HubTransaction& transaction) : transaction_(transaction) {}

  std::string at(const Found& place);

 private:
  HubTransaction& transaction_;
  StreamId stream_ = 0;
  std::optional<Run> run_;                // with a plain payload
  std::vector<std::string_view> events_;  // of it
};

// All of a stream, in order; with a note for those that do not count: repeat or rejected.
void for_each_event(HubTransaction& transaction, StreamId stream,
                    const std::function<void(Sequence, std::string_view event,
                                             std::optional<NoteKind> note)>& take);

}  // namespace storeward::hub
