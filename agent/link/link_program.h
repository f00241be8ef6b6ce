// What the agent and the program storeward-link know of each other beside the frames.
#pragma once

#include "agent/base/clock.h"

namespace storeward::link_program {

constexpr const char* name = "storeward-link";

// Exit codes; 0: the agent closed the line.
constexpr int out_of_memory = 12;
constexpr int other_version = 13;
constexpr int not_understood = 14;  // the agent's bytes are no frames

// The line says so as often as its thread that calls Paho makes progress.
constexpr Millis beat_interval{1'000};

}  // namespace storeward::link_program
