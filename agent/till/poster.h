// Hands events to an agent over HTTP and stays with each until it has its answer.
//
// Several connections, each with one request on its way; an event goes out at its time and is
// repeated, byte for byte, until the agent has answered. When the agent is away all connections
// wait together, ever longer (0.1 s to 5 s, or what Retry-After asks for, at most 30 s). In memory
// are only the events on their way. Owned by one thread, which is the one that runs it.
#pragma once

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/till/progress.h"
#include "agent/till/tally.h"
#include "agent/till/till_event.h"

namespace storeward::till {

struct PostOptions {
  std::string url;  // of the intake: http(s)://host:port, with or without a path
  std::string token;
  std::filesystem::path ca_file;  // empty: the system's
  std::size_t connections = 1;
  std::size_t batch = 1;                // events in a request
  std::optional<Millis> give_up_after;  // without any answer; none: never
};

// The address events are posted to: "/v1/events" appended where the URL has no path.
std::string intake_address(std::string_view url);

// Runs until the feed has ended and everything is answered, `stop` becomes nonzero (what is on its
// way then gets 5 s), or asking on makes no sense: then the reason. The tally is right in every
// case.
Result<void> post_all(const PostOptions& options, const EventFeed& feed,
                      const volatile std::sig_atomic_t& stop, Tally& tally, Progress& progress);

}  // namespace storeward::till
