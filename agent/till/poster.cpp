#include "agent/till/poster.h"

#include <curl/curl.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include "agent/till/answer.h"

namespace storeward::till {
namespace {

constexpr Millis first_pause{100};
constexpr Millis longest_pause{5000};
constexpr Millis longest_retry_after{30'000};
constexpr Millis farewell{5000};
constexpr Millis longest_poll{100};
constexpr long connect_timeout_ms = 5000;
constexpr long answer_timeout_ms = 60'000;
constexpr std::size_t max_answer_bytes = 1u << 20;

// Ends what one of libcurl's C functions has made.
template <auto end>
struct EndBy {
  template <typename T>
  void operator()(T* made) const {
    static_cast<void>(end(made));
  }
};
using EasyHandle = std::unique_ptr<CURL, EndBy<curl_easy_cleanup>>;
using MultiHandle = std::unique_ptr<CURLM, EndBy<curl_multi_cleanup>>;
using HeaderList = std::unique_ptr<curl_slist, EndBy<curl_slist_free_all>>;

using Microseconds = std::chrono::steady_clock::time_point;

// Events that travel together, from their first sending to their answer.
struct Parcel {
  std::vector<TillEvent> events;
  std::string body;
  Microseconds first_sent{};
};

struct Connection {
  EasyHandle easy;
  std::optional<Parcel> parcel;  // on its way
  std::string answer;
};

std::size_t collect_answer(char* bytes, std::size_t, std::size_t count, void* connection) {
  auto& answer = static_cast<Connection*>(connection)->answer;
  if (answer.size() + count > max_answer_bytes) return 0;
  answer.append(bytes, count);
  return count;
}

Parcel wrap(std::vector<TillEvent> events, bool as_batch) {
  Parcel parcel;
  if (!as_batch) {
    parcel.body = std::move(events.front().json);
  } else {
    for (TillEvent& event : events) {
      parcel.body += parcel.body.empty() ? '[' : ',';
      parcel.body += event.json;
      event.json = {};
    }
    parcel.body += ']';
  }
  parcel.events = std::move(events);
  return parcel;
}

Instant now() {
  return std::chrono::time_point_cast<Millis>(std::chrono::steady_clock::now());
}

// Failures of the set-up rather than of the moment: trying again would fail for ever.
bool is_hopeless(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return true;
    default:
      return false;
  }
}

class Poster {
 public:
  Poster(const PostOptions& options, const EventFeed& feed, Tally& tally, Progress& progress)
      : options_(options), feed_(feed), tally_(tally), progress_(progress) {}

  Result<void> open();
  Result<void> run(const volatile std::sig_atomic_t& stop_asked);

 private:
  void prepare(Connection& connection);
  void send_what_is_due(Instant time);
  bool next_parcel(Instant time, Parcel& parcel);
  bool due(Instant time);
  void send(Connection& connection, Parcel parcel);
  void take_answers();
  void finish(Connection& connection, CURLcode code);
  void settle(const Parcel& parcel, const Answer& answer);
  void try_later(Parcel parcel, const std::string& reason, Millis asked_for);
  void stop(Parcel parcel, const std::string& reason);
  bool all_done(Instant time);
  bool anything_on_its_way() const;
  Millis poll_time(Instant time);
  void count_unanswered();

  const PostOptions& options_;
  const EventFeed& feed_;
  Tally& tally_;
  Progress& progress_;
  HeaderList headers_;
  MultiHandle multi_;
  std::vector<Connection> connections_;  // after multi_: the easy handles must end first
  std::deque<Parcel> again_;             // to be repeated; at most one per connection
  std::optional<TillEvent> upcoming_;    // taken from the feed, not yet due
  bool feed_ended_ = false;
  Instant started_{};
  Instant pause_until_{};
  Instant last_answer_{};
  Millis pause_ = first_pause;
  std::string last_failure_, stopped_by_;
};

Result<void> Poster::open() {
  multi_.reset(curl_multi_init());
  const std::string type =
      options_.batch > 1 ? "application/cloudevents-batch+json" : "application/cloudevents+json";
  // No "Expect: 100-continue": an agent does not answer it, and curl would wait a second.
  for (const std::string& header : {"Authorization: Bearer " + options_.token,
                                    "Content-Type: " + type, std::string("Expect:")}) {
    curl_slist* longer = curl_slist_append(headers_.get(), header.c_str());
    if (longer == nullptr) return fail("out of memory");
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  connections_.resize(options_.connections);
  for (Connection& connection : connections_) {
    connection.easy.reset(curl_easy_init());
    if (!multi_ || !connection.easy) return fail("libcurl cannot be started");
    prepare(connection);
  }
  return {};
}

void Poster::prepare(Connection& connection) {
  CURL* easy = connection.easy.get();
  const std::string url = intake_address(options_.url);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // the agent is in the shop's own network
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, answer_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect_answer);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &connection);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &connection);
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  }
}

Result<void> Poster::run(const volatile std::sig_atomic_t& stop_asked) {
  started_ = last_answer_ = now();
  std::optional<Instant> deadline;
  while (stopped_by_.empty()) {
    const Instant time = now();
    if (stop_asked != 0 && !deadline) deadline = time + farewell;
    if (deadline && (!anything_on_its_way() || time >= *deadline)) break;
    if (!deadline) send_what_is_due(time);
    if (!deadline && all_done(time)) break;

    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    take_answers();
    if (options_.give_up_after && !again_.empty() &&
        now() - last_answer_ > *options_.give_up_after) {
      stopped_by_ = "no answer for longer than --give-up-after; the last try: " + last_failure_;
    }
    progress_.update(now(), tally_.answered(), tally_.retries());
    const Millis wait = poll_time(now());
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
  count_unanswered();
  progress_.finish();
  if (!stopped_by_.empty()) return fail(stopped_by_);
  return {};
}

bool Poster::due(Instant time) {
  if (!upcoming_ && !feed_ended_) {
    upcoming_ = feed_();
    feed_ended_ = !upcoming_;
  }
  return upcoming_ && started_ + upcoming_->due <= time;
}

bool Poster::next_parcel(Instant time, Parcel& parcel) {
  if (!again_.empty()) {
    parcel = std::move(again_.front());
    again_.pop_front();
    return true;
  }
  std::vector<TillEvent> events;
  while (events.size() < options_.batch && due(time)) {
    events.push_back(std::move(*upcoming_));
    upcoming_.reset();
  }
  if (events.empty()) return false;
  parcel = wrap(std::move(events), options_.batch > 1);
  return true;
}

void Poster::send_what_is_due(Instant time) {
  // After a failure one request at a time asks whether the agent is back.
  if (time < pause_until_ || (pause_ > first_pause && anything_on_its_way())) return;
  for (Connection& connection : connections_) {
    Parcel parcel;
    if (connection.parcel) continue;
    if (!next_parcel(time, parcel)) return;
    send(connection, std::move(parcel));
    if (pause_ > first_pause) return;
  }
}

void Poster::send(Connection& connection, Parcel parcel) {
  if (parcel.first_sent == Microseconds{}) parcel.first_sent = std::chrono::steady_clock::now();
  connection.parcel = std::move(parcel);
  connection.answer.clear();
  const std::string& body = connection.parcel->body;
  CURL* easy = connection.easy.get();
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_multi_add_handle(multi_.get(), easy);
}

void Poster::take_answers() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* easy = message->easy_handle;
    Connection* connection = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &connection);
    curl_multi_remove_handle(multi_.get(), easy);
    finish(*connection, code);
  }
}

void Poster::finish(Connection& connection, CURLcode code) {
  Parcel parcel = std::move(*connection.parcel);
  connection.parcel.reset();
  if (code != CURLE_OK) {
    const std::string reason = curl_easy_strerror(code);
    if (is_hopeless(code)) return stop(std::move(parcel), options_.url + ": " + reason);
    return try_later(std::move(parcel), reason, Millis{0});
  }
  long status = 0;
  curl_easy_getinfo(connection.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  const Answer answer = read_answer(status, connection.answer, parcel.events);
  if (answer.verdict == Answer::Verdict::answered) return settle(parcel, answer);
  if (answer.verdict == Answer::Verdict::give_up) return stop(std::move(parcel), answer.reason);
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(connection.easy.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
  const auto asked_for =
      std::clamp<curl_off_t>(retry_after_s, 0, longest_retry_after.count() / 1000);
  try_later(std::move(parcel), answer.reason, Millis{asked_for * 1000});
}

void Poster::settle(const Parcel& parcel, const Answer& answer) {
  const auto took = std::chrono::steady_clock::now() - parcel.first_sent;
  tally_.answered_in(std::chrono::duration_cast<std::chrono::microseconds>(took));
  for (std::size_t i = 0; i < parcel.events.size(); ++i) {
    const TillEvent& event = parcel.events[i];
    const EventAnswer& result = answer.events[i];
    switch (result.fate) {
      case Fate::stored:
        tally_.stored(event.kind);
        break;
      case Fate::duplicate:
        tally_.duplicate(event.kind);
        break;
      case Fate::not_stored:
        tally_.not_stored(event.kind, {event.id, result.status, result.reason});
        break;
    }
  }
  last_answer_ = now();
  pause_until_ = Instant{};
  pause_ = first_pause;
  progress_.going_on();
}

void Poster::try_later(Parcel parcel, const std::string& reason, Millis asked_for) {
  tally_.retried();
  again_.push_back(std::move(parcel));
  const Instant time = now();
  // Requests that fail together are one failure: only the first of them makes the pause longer.
  if (time >= pause_until_) {
    pause_until_ = time + std::max(pause_, asked_for);
    pause_ = std::min(pause_ * 2, longest_pause);
  }
  last_failure_ = reason;
  progress_.waiting(reason);
}

void Poster::stop(Parcel parcel, const std::string& reason) {
  again_.push_back(std::move(parcel));
  stopped_by_ = reason;
}

bool Poster::anything_on_its_way() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const Connection& connection) { return connection.parcel.has_value(); });
}

bool Poster::all_done(Instant time) {
  return again_.empty() && !anything_on_its_way() && !due(time) && feed_ended_;
}

Millis Poster::poll_time(Instant time) {
  Millis wait = longest_poll;
  if (pause_until_ > time) {
    wait = std::min(wait, pause_until_ - time);
  } else if (upcoming_) {
    wait = std::min(wait, std::max(Millis{0}, started_ + upcoming_->due - time));
    const bool all_busy = std::all_of(connections_.begin(), connections_.end(),
                                      [](const Connection& c) { return c.parcel.has_value(); });
    if (all_busy) wait = longest_poll;
  } else if (!anything_on_its_way()) {
    wait = Millis{0};
  }
  return wait;
}

void Poster::count_unanswered() {
  for (const Parcel& parcel : again_) tally_.unanswered(parcel.events.size());
  for (Connection& connection : connections_) {
    if (!connection.parcel) continue;
    tally_.unanswered(connection.parcel->events.size());
    curl_multi_remove_handle(multi_.get(), connection.easy.get());
  }
}

}  // namespace

std::string intake_address(std::string_view url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto path = url.find('/', host);
  if (path != std::string_view::npos && path + 1 < url.size()) return std::string(url);
  return std::string(url.substr(0, path)) + "/v1/events";
}

Result<void> post_all(const PostOptions& options, const EventFeed& feed,
                      const volatile std::sig_atomic_t& stop, Tally& tally, Progress& progress) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail("libcurl cannot be started");
  Result<void> result;
  {
    Poster poster(options, feed, tally, progress);
    result = poster.open();
    if (result) result = poster.run(stop);
  }
  curl_global_cleanup();
  return result;
}

}  // namespace storeward::till
