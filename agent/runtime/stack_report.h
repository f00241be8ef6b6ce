// StackReport: what every thread was doing when the process is aborted, be it by systemd's watchdog
// (a thread hangs) or by a broken invariant. Written to stderr, one frame a line, as addresses
// within the programs and libraries: no argument, no memory, so no payload can be in it.
// `addr2line -Cfe` on the same build's debug symbols turns them into lines of source.
#pragma once

namespace storeward::stack_report {

// Once, before threads start. From then on SIGABRT reports the stacks, then ends the process as it
// would have; SIGRTMIN is taken for it.
void write_on_abort();

}  // namespace storeward::stack_report
