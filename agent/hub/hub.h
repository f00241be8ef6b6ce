// The reference hub as a program: options, the loop that ties broker, receiver and store together.
#pragma once

namespace storeward::hub {

// The process's exit code: 0, 1 not found (--find), 2 usage, 74 storage. See --help.
int run(int argc, char** argv);

}  // namespace storeward::hub
