#include "agent/http/auth.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "agent/base/ascii.h"
#include "agent/base/assert.h"
#include "agent/base/constant_time.h"

namespace storeward::http {
namespace {

constexpr unsigned free_guesses = 10;
constexpr Millis guess_window{60'000};
constexpr std::size_t max_remembered = 4096;
constexpr std::size_t max_token_bytes = 512;

// IPv4: the address. IPv6: the /64, which is what one subscriber has.
std::uint64_t network_of(const RemoteAddress& remote) {
  static constexpr std::uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool v4 = std::memcmp(remote.data(), v4_mapped, sizeof v4_mapped) == 0;
  std::uint64_t network = 0;
  std::memcpy(&network, remote.data() + (v4 ? 8 : 0), sizeof network);
  return network;
}

// RFC 6750 2.1. Empty: there is none.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  if (!equals_lower(authorization.substr(0, scheme.size()), scheme)) return {};
  authorization.remove_prefix(scheme.size());
  while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
  return authorization;
}

HttpResponse unauthorized(std::string_view error) {
  HttpResponse response = error_response(401, error, "send Authorization: Bearer TOKEN");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

Authenticator::Authenticator(std::vector<Client> clients) {
  replace(std::move(clients));
}

void Authenticator::replace(std::vector<Client> clients) {
  clients_ = std::move(clients);
  buckets_.clear();
  for (const Client& client : clients_) {
    buckets_.push_back({static_cast<double>(client.max_events_per_s), Instant{}});
  }
}

const Client* Authenticator::find(std::string_view token) const {
  const Sha256 digest = sha256(token);
  const Client* found = nullptr;
  for (const Client& client : clients_) {
    const bool equal = equal_in_constant_time(bytes_of(digest), bytes_of(client.token_sha256));
    found = equal ? &client : found;  // and on to the last: none answers sooner than another
  }
  return found;
}

Authenticator::Verdict Authenticator::check(std::string_view authorization,
                                            const RemoteAddress& remote, Instant now) {
  const std::string_view token = bearer_token(authorization);
  if (token.empty()) return {nullptr, unauthorized("a bearer token is missing")};
  if (token.size() <= max_token_bytes) {
    if (const Client* client = find(token); client != nullptr) return {client, {}};
  }
  return {nullptr, wrong_guess(remote, now, unauthorized("the bearer token is not known here"))};
}

// Says nothing of what was expected.
HttpResponse Authenticator::wrong_signature(const RemoteAddress& remote, Instant now) {
  return wrong_guess(remote, now, error_response(401, "not authorised"));
}

HttpResponse Authenticator::wrong_guess(const RemoteAddress& remote, Instant now,
                                        HttpResponse&& answer) {
  if (guesses_.size() >= max_remembered) forget_expired(now);
  Guesses& guesses = guesses_[network_of(remote)];
  if (guesses.until <= now) guesses = {0, now + guess_window};
  if (guesses.wrong < free_guesses) {
    ++guesses.wrong;
    return std::move(answer);
  }
  const auto wait = std::chrono::ceil<std::chrono::seconds>(guesses.until - now);
  HttpResponse response =
      error_response(429, "too many wrong tokens or signatures from this address");
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

// With every entry still alive the table is under attack from thousands of networks: start afresh
// rather than grow.
void Authenticator::forget_expired(Instant now) {
  std::erase_if(guesses_, [now](const auto& entry) { return entry.second.until <= now; });
  if (guesses_.size() >= max_remembered) guesses_.clear();
}

Authenticator::Bucket& Authenticator::refill(const Client& client, Instant now) {
  const auto index = static_cast<std::size_t>(&client - clients_.data());
  ASSERT(index < buckets_.size());
  Bucket& bucket = buckets_[index];
  const double seconds = static_cast<double>((now - bucket.filled_at).count()) / 1000.0;
  const double rate = client.max_events_per_s;
  bucket.events = std::min(rate, bucket.events + seconds * rate);
  bucket.filled_at = now;
  return bucket;
}

std::uint32_t Authenticator::wait_seconds(const Client& client, Instant now) {
  if (client.max_events_per_s == 0) return 0;
  const double owed = 1.0 - refill(client, now).events;
  return owed <= 0 ? 0 : static_cast<std::uint32_t>(std::ceil(owed / client.max_events_per_s));
}

void Authenticator::charge(const Client& client, std::size_t events, Instant now) {
  if (client.max_events_per_s == 0) return;
  refill(client, now).events -= static_cast<double>(events);
}

}  // namespace storeward::http
