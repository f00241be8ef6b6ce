// What a broker can make the process storeward-link take: limited, so that whatever it sends costs
// no more than the process. Paho takes a packet of 256 MiB into memory before anybody is asked.
#pragma once

namespace storeward {

// Once, before anything else. From then on an allocation that fails ends the process with
// link_program::out_of_memory: neither Paho C nor OpenSSL can be trusted to go on after one.
void limit_memory();

}  // namespace storeward
