// CertificateWatch: tells people in time that one of the agent's own certificates ends: an alert at
// 30, 14, 7 and 1 days, and when it has ended, is not valid yet or cannot be used (half-written,
// not of its key). Each step is a kind of its own, so that the hub hears of each once, whatever
// restarts the agent in between. The files are read again when they change. io thread.
//
// The broker's line takes a changed pair with its next connection. The intake takes one with a
// reload only, so for it the dates are those of the pair that was there then.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/runtime/alert_board.h"
#include "config/config.h"

namespace storeward {

struct CertificateDates {
  WallTime valid_from{}, expires{};
};

// Which alert stands for a certificate of these dates: "expires_in_30_days", "expired" and the
// like; empty: none.
std::string_view certificate_stage(const CertificateDates& dates, WallTime now);

class CertificateWatch {
 public:
  CertificateWatch(AlertBoard& board, const config::Config& config);

  // Once a second. A clock that is wrong says nothing about a certificate: what stands stays.
  void look(WallTime now, bool clock_wrong);
  void intake_reloaded();

 private:
  struct Watched {
    std::string name;  // "hub_certificate": the kinds begin with it
    std::filesystem::path cert_file, key_file;
    bool used_after_reload = false;
    std::string what, next_step;
    std::array<std::filesystem::file_time_type, 2> changed;
    std::string unusable;  // why the files are, now; empty: they are fine
    std::optional<CertificateDates> dates;
  };

  void read_again(Watched& watched) const;
  void raise_only(const Watched& watched, std::string_view stage, const std::string& said) const;

  AlertBoard& board_;
  std::vector<Watched> watched_;
};

}  // namespace storeward
