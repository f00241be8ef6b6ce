// serial: lines from a tty: a scanner, the journal of a receipt printer. docs/drivers/serial.md.
// Everything on the io thread; no thread of its own.
//
// The device is had alone (flock and TIOCEXCL) and opened again, with growing pauses, when it is
// unplugged or missing. With acknowledge = "none" (the rule for a scanner) a line that the store
// does not take now is handed in until it does; meanwhile nothing more is read, and the kernel's
// few KiB and the device's own flow control are all that is left.
#pragma once

#include <memory>
#include <string>

#include "drivers/driver.h"
#include "drivers/frame_intake.h"

namespace storeward {

struct SerialOptions {
  std::string device;  // /dev/ttyUSB0, better /dev/serial/by-id/…
  unsigned baud = 9600;
  FrameRules frames{.acknowledge = Acknowledge::none};
  Millis first_pause{1'000}, longest_pause{30'000};  // before it is opened again
};

class SerialDriver final : public Driver {
 public:
  SerialDriver(SerialOptions options, std::shared_ptr<const FeedPlan> plan, const DriverHost& host);
  ~SerialDriver() override;

  void start() override;
  void set_paused(bool paused) override;
  void begin_stop() override;
  bool idle() const override;
  DriverHealth health() const override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace storeward
