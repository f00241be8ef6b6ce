// The command line's questions about the outbox, answered as JSON documents from a read-only store:
// by the running agent on its desk thread, or by the command line itself where no agent runs.
//
// Requests: outbox.list, outbox.show, exceptions.list, exceptions.show, audit.list, trace, verify.
// Failures are
// {"error":"…"}, with "storage":true where the database cannot be read and "damaged":true where its
// content is what keeps it from being read. Lists are bounded to 1,000 entries an answer; `next`
// says where to go on.
#pragma once

#include <string>
#include <string_view>

#include "store/outbox_reader.h"

namespace storeward {

bool is_store_question(std::string_view request_name);

// request: a JSON object with "request" and the question's own fields.
std::string answer_from_store(store::OutboxReader& reader, std::string_view request);

}  // namespace storeward
