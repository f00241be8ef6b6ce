#include "drivers/serial/tty.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace storeward {
namespace {

constexpr std::array<std::pair<unsigned, speed_t>, 9> rates = {{{1200, B1200},
                                                                {2400, B2400},
                                                                {4800, B4800},
                                                                {9600, B9600},
                                                                {19200, B19200},
                                                                {38400, B38400},
                                                                {57600, B57600},
                                                                {115200, B115200},
                                                                {230400, B230400}}};

const auto* rate_of(unsigned baud) {
  return std::ranges::find(rates, baud, [](const auto& rate) { return rate.first; });
}

std::string why_not_opened(int error) {
  switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return "is not there: is it plugged in? (ls -l /dev/serial/by-id; a service sees devices "
             "only "
             "with PrivateDevices=no and DeviceAllow=, docs/drivers/serial.md)";
    case EACCES:
      return "may not be opened: put the user storeward into the group dialout, or "
             "SupplementaryGroups=dialout into the unit";
    case EBUSY:
      return "is taken by another program (fuser -v tells which)";
    default:
      return std::strerror(error);
  }
}

Result<void> set_up(int tty, unsigned baud) {
  // flock keeps out a second one of us, also one that runs as root; TIOCEXCL everybody else.
  if (::flock(tty, LOCK_EX | LOCK_NB) != 0) return fail(why_not_opened(EBUSY));
  termios settings{};
  if (::tcgetattr(tty, &settings) != 0) return fail("is no serial line");
  if (::ioctl(tty, TIOCEXCL) != 0) return fail(std::strerror(errno));
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  ::cfsetspeed(&settings, rate_of(baud)->second);
  if (::tcsetattr(tty, TCSANOW, &settings) != 0) return fail(std::strerror(errno));
  return {};
}

}  // namespace

bool is_baud_rate(unsigned baud) {
  return rate_of(baud) != rates.end();
}

Result<int> open_tty(const std::string& device, unsigned baud) {
  ASSERT(is_baud_rate(baud));
  const int tty = ::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (tty < 0) return fail(device + ' ' + why_not_opened(errno));
  if (const auto done = set_up(tty, baud); !done) {
    ::close(tty);
    return fail(device + ' ' + done.error().message);
  }
  return tty;
}

}  // namespace storeward
