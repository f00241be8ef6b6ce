#include "agent/runtime/certificate_watch.h"

#include <array>
#include <system_error>
#include <utility>

#include "agent/http/tls_identity.h"

namespace storeward {
namespace {

using std::chrono::days;

struct Stage {
  std::string_view name;
  days left;
};
constexpr std::array<Stage, 4> stages = {{{"expires_in_1_day", days(1)},
                                          {"expires_in_7_days", days(7)},
                                          {"expires_in_14_days", days(14)},
                                          {"expires_in_30_days", days(30)}}};
constexpr std::string_view expired = "expired", not_yet_valid = "not_valid_yet",
                           unusable = "unusable";

std::string in_days(Millis left) {
  const auto whole = std::chrono::floor<days>(left).count();
  if (whole < 1) return "in less than a day";
  return whole == 1 ? "in a day" : "in " + std::to_string(whole) + " days";
}

std::string said_of(std::string_view stage, const CertificateDates& dates, WallTime now) {
  if (stage == expired) return "expired on " + to_rfc3339(dates.expires);
  if (stage == not_yet_valid) return "is not valid before " + to_rfc3339(dates.valid_from);
  return "expires " + in_days(dates.expires - now) + ", on " + to_rfc3339(dates.expires);
}

}  // namespace

std::string_view certificate_stage(const CertificateDates& dates, WallTime now) {
  if (now >= dates.expires) return expired;
  if (now < dates.valid_from) return not_yet_valid;
  // One that lives for a few weeks altogether is renewed late in its life.
  const Millis half_its_life = (dates.expires - dates.valid_from) / 2;
  for (const Stage& stage : stages) {
    if (dates.expires - now <= stage.left && stage.left <= half_its_life) return stage.name;
  }
  return {};
}

CertificateWatch::CertificateWatch(AlertBoard& board, const config::Config& config)
    : board_(board) {
  if (!config.hub.cert_file.empty()) {
    watched_.push_back({.name = "hub_certificate",
                        .cert_file = config.hub.cert_file,
                        .key_file = config.hub.key_file,
                        .what = "The agent's own certificate for the broker",
                        .next_step = "Have it renewed and replace hub.cert_file and hub.key_file: "
                                     "the next connection uses them. What is sold meanwhile is "
                                     "kept and sent later."});
  }
  if (!config.http.tls_cert_file.empty()) {
    watched_.push_back({.name = "intake_certificate",
                        .cert_file = config.http.tls_cert_file,
                        .key_file = config.http.tls_key_file,
                        .used_after_reload = true,
                        .what = "The certificate that tills and handhelds see",
                        .next_step = "Have it renewed, replace http.tls_cert_file and "
                                     "http.tls_key_file, then: systemctl reload storeward. Until "
                                     "then tills that check it hand nothing in."});
  }
}

void CertificateWatch::look(WallTime now, bool clock_wrong) {
  for (Watched& watched : watched_) {
    read_again(watched);
    if (!watched.unusable.empty()) {
      raise_only(watched, unusable, "cannot be used: " + watched.unusable);
    } else if (watched.dates && !clock_wrong) {
      const std::string_view stage = certificate_stage(*watched.dates, now);
      raise_only(watched, stage, said_of(stage, *watched.dates, now));
    }
  }
}

void CertificateWatch::intake_reloaded() {
  for (Watched& watched : watched_) {
    if (watched.used_after_reload) watched.dates.reset();
  }
}

// What cannot be used is read again each time: it is being written, perhaps.
void CertificateWatch::read_again(Watched& watched) const {
  std::error_code none_yet, no_key_yet;
  const std::array changed = {std::filesystem::last_write_time(watched.cert_file, none_yet),
                              std::filesystem::last_write_time(watched.key_file, no_key_yet)};
  if (watched.dates && watched.unusable.empty() && changed == watched.changed) return;
  watched.changed = changed;
  const auto identity = http::load_tls_identity(watched.cert_file, watched.key_file);
  watched.unusable = identity ? "" : identity.error().message;
  if (!identity || (watched.used_after_reload && watched.dates)) return;
  watched.dates = CertificateDates{identity->valid_from, identity->expires};
}

void CertificateWatch::raise_only(const Watched& watched, std::string_view stage,
                                  const std::string& said) const {
  const auto each = [&](std::string_view kind) {
    const std::string full = watched.name + "_" + std::string(kind);
    if (kind != stage) return board_.clear(full);
    board_.raise(full, watched.what + " (" + watched.cert_file.string() + ") " + said + ". " +
                           watched.next_step);
  };
  for (const Stage& one : stages) each(one.name);
  for (const std::string_view other : {expired, not_yet_valid, unusable}) each(other);
}

}  // namespace storeward
