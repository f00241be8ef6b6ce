// Who is asking: bearer tokens, the price of guessing, and a client's own rate. Pure (time comes
// in); owned by the io thread.
//
// Invariants: a token is compared by its SHA-256, over all clients, in constant time; a valid token
// is never locked out, whatever others do from the same address; memory is bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/sha256.h"
#include "agent/http/message.h"

namespace storeward::http {

struct Client {
  std::string name;
  Sha256 token_sha256{};
  std::vector<std::string> sources;    // it may speak for, beside its own name
  std::uint32_t max_events_per_s = 0;  // 0: no limit
};

class Authenticator {
 public:
  explicit Authenticator(std::vector<Client> clients);

  struct Verdict {
    const Client* client = nullptr;  // null: `refusal` is the answer (401 or 429)
    HttpResponse refusal;
  };
  // `authorization` as in the header. Ten wrong tokens from one address (an IPv6 /64) within a
  // minute: 429 for further wrong ones until the minute is over.
  Verdict check(std::string_view authorization, const RemoteAddress& remote, Instant now);

  // The answer to a body with a wrong signature: 401, or 429. Counts like a wrong token.
  HttpResponse wrong_signature(const RemoteAddress& remote, Instant now);

  // Seconds until this client may hand in again; 0: now. A burst of one second's worth is allowed.
  std::uint32_t wait_seconds(const Client& client, Instant now);
  // Counts what was handed in; more than allowed at once is owed and waited for.
  void charge(const Client& client, std::size_t events, Instant now);

  std::size_t remembered() const { return guesses_.size(); }  // networks that guessed wrong

  // Takes effect at once; pointers from earlier verdicts are void.
  void replace(std::vector<Client> clients);

 private:
  struct Guesses {
    unsigned wrong = 0;
    Instant until{};
  };
  struct Bucket {
    double events = 0;
    Instant filled_at{};
  };
  const Client* find(std::string_view token) const;
  HttpResponse wrong_guess(const RemoteAddress& remote, Instant now, HttpResponse&& answer);
  Bucket& refill(const Client& client, Instant now);
  void forget_expired(Instant now);

  std::vector<Client> clients_;
  std::vector<Bucket> buckets_;  // one per client
  std::unordered_map<std::uint64_t, Guesses> guesses_;
};

}  // namespace storeward::http
