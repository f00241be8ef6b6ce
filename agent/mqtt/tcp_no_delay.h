// Small packets on TCP go at once (TCP_NODELAY, RFC 896 and 1122 section 4.2.3.4). Any thread.
#pragma once

namespace storeward {

// For every TCP connection that the process has open now. Paho sets no such option and hands out no
// descriptor. Without it a sale waits up to 40 ms: the few bytes that acknowledged the hub's last
// word have not been acknowledged themselves, and what follows them is held back until they are.
void send_small_packets_at_once();

}  // namespace storeward
