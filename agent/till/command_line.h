// `storeward till`: argv -> a played sales log or an invented shop, and the exit code.
#pragma once

namespace storeward::till {

// 0: everything is stored; 1: something was not; 2: usage (also a file that cannot be read).
int run_till(int argc, char** argv);

}  // namespace storeward::till
