#include "drivers/exec/driver.h"

#include <algorithm>
#include <utility>

#include "agent/base/log.h"
#include "agent/base/seconds_text.h"
#include "agent/base/sha256.h"
#include "agent/core/masking.h"
#include "drivers/exec/crash_guard.h"
#include "drivers/exec/delivery_queue.h"
#include "drivers/exec/own_notes.h"
#include "drivers/exec/program_run.h"
#include "drivers/exec/protocol.h"
#include "drivers/exec/restarts.h"
#include "drivers/exec/said.h"

namespace storeward::exec {
namespace {

constexpr std::size_t most_unread_bytes = 1u << 20;  // of answers
constexpr Millis unread_patience{60'000};
constexpr Millis queue_look_interval{100};
constexpr Millis half_line_patience{10'000};
constexpr std::size_t longest_detail = 500;
constexpr int garbage_ends = 3;  // the same line in as many lives: kept for a person, passed over

class Exec final : public Driver {
 public:
  Exec(ExecOptions options, std::shared_ptr<const FeedPlan> plan, const DriverHost& host);

  void start() override { read_notes(); }
  void set_paused(bool paused) override;
  void begin_stop() override;
  bool idle() const override { return stopping_ && !run_; }
  DriverHealth health() const override;
  Result<void> answer(const std::string& word) override;

 private:
  void start_after(Millis wait);
  void read_notes();
  void launch(Notes notes);
  void be_down(std::string why);  // not by reference: it may be why_down_

  void on_line(std::string_view line, bool whole);
  void on_cut_line(std::string_view line);
  void take(Word word, std::string_view line);
  void hand_in(Handed& handed);
  void on_garbage(std::string_view line, const std::string& why);
  void on_over(const RunEnd& end);
  void on_settled(const DeliveryQueue::Settled& settled);
  void after_death();
  void set_aside(const CrashGuard::Poison& poison);
  void send(std::string line);
  void watch_unread();
  void hold_if_needed();
  void end_if_stopping();
  std::string question_text() const;

  const ExecOptions options_;
  const std::shared_ptr<const FeedPlan> plan_;
  const DriverHost host_;
  DeliveryQueue queue_;
  CrashGuard guard_;
  KeptKeys kept_keys_;
  UnwrittenIds unwritten_;
  Restarts restarts_;
  std::unique_ptr<NoteReading> notes_;
  std::unique_ptr<ProgramRun> run_;
  asio::steady_timer next_start_, unread_;
  bool watching_unread_ = false;
  bool paused_ = false, stopping_ = false;
  bool dead_ = false;  // its deliveries are still being stored; then it is judged
  Millis next_wait_{0};
  std::string why_down_;                // of its last end, until it has proved sound
  std::optional<std::string> failing_;  // as the program says
  std::optional<Question> question_;
  std::uint64_t garbage_ = 0;  // digest of the line that ended the last run
  int garbage_count_ = 0;
  std::optional<WallTime> last_delivery_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for late handlers
};

Exec::Exec(ExecOptions options, std::shared_ptr<const FeedPlan> plan, const DriverHost& host)
    : options_(std::move(options)),
      plan_(std::move(plan)),
      host_(host),
      queue_(host_, plan_, [this](const DeliveryQueue::Settled& settled) { on_settled(settled); }),
      restarts_({.most = options_.restart_most, .again = options_.again},
                leading_u64(sha256(options_.driver + to_rfc3339(host.clock.wall())))),
      next_start_(host.io),
      unread_(host.io) {}

void Exec::set_paused(bool paused) {
  paused_ = paused;
  hold_if_needed();
}

void Exec::begin_stop() {
  stopping_ = true;
  next_start_.cancel();
  notes_.reset();
  hold_if_needed();
  end_if_stopping();
}

// What the store refuses now is not waited for: the program hands it in again next time.
void Exec::end_if_stopping() {
  if (!stopping_ || (!queue_.empty() && queue_.why_refused().empty())) return;
  queue_.drop();
  if (run_) run_->finish();
}

DriverHealth Exec::health() const {
  DriverHealth health{.state = DriverState::ok, .detail = {}, .last_delivery = last_delivery_};
  if (stopping_) {
    health.state = DriverState::stopped;
  } else if (!why_down_.empty() && !(run_ && restarts_.sound(host_.clock.now()))) {
    health.state = DriverState::failing;
    health.detail = why_down_;
  } else if (question_) {
    health.state = DriverState::failing;
    health.detail = question_text();
    health.asks = true;
  } else if (failing_) {
    health.state = DriverState::failing;
    health.detail = *failing_;
  } else if (run_ && run_->half_line_for() >= half_line_patience) {
    health.state = DriverState::failing;
    health.detail = "the program has begun a line and not ended it for " +
                    seconds_text(run_->half_line_for()) +
                    "; only a line with its line feed is taken: print it, and flush";
  } else if (!queue_.why_refused().empty()) {
    health.state = DriverState::paused;
    health.detail = "the store takes nothing: " + queue_.why_refused();
  } else if (paused_) {
    health.state = DriverState::paused;
    health.detail = "the outbox is full; the program is held back";
  }
  return health;
}

std::string Exec::question_text() const {
  std::string answers;
  for (const std::string& answer : question_->answers) {
    answers += (answers.empty() ? "" : " | ") + mask_text(answer);
  }
  return question_->text + " Answer: storeward drivers answer " + options_.driver + " " + answers;
}

Result<void> Exec::answer(const std::string& word) {
  if (!question_ || !run_) return fail("the driver asks nothing now");
  if (std::ranges::find(question_->answers, word) == question_->answers.end()) {
    return fail("that is none of the answers. " + question_text());
  }
  send(person_line(word));
  return {};
}

void Exec::start_after(Millis wait) {
  next_start_.expires_after(wait);
  next_start_.async_wait(
      [this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& cancelled) {
        if (cancelled || alive.expired() || stopping_) return;
        if (!queue_.empty()) return start_after(queue_look_interval);
        read_notes();
      });
}

// Only when all that the last run handed in is stored: else they would be old.
void Exec::read_notes() {
  notes_ = std::make_unique<NoteReading>(host_, options_.driver, [this](Result<Notes> notes) {
    if (notes) return launch(std::move(*notes));
    be_down("its cursors cannot be read: " + notes.error().message);
  });
}

void Exec::launch(Notes notes) {
  restarts_.begun(host_.clock.now());
  failing_.reset();
  kept_keys_.begin(notes.cursors);
  unwritten_.append_to(notes.skip);
  if (kept_keys_.count() > Notes::most_cursors) {
    log::warn(
        "driver {}: its program keeps {} cursors{}; no new one is taken before it has let go "
        "of all but {}",
        options_.driver, kept_keys_.count(), notes.all_told ? "" : " and more than it is told",
        Notes::most_cursors - 1);
  }
  auto started = ProgramRun::start(
      host_.io, options_.driver,
      {.program = options_.program,
       .max_line_bytes = options_.max_line_bytes,
       .start_timeout = options_.silence_timeout,
       .silence_timeout = options_.silence_timeout},
      {.on_line = [this](std::string_view line, bool whole) { on_line(line, whole); },
       .on_room =
           [this] {
             watch_unread();
             hold_if_needed();
           },
       .on_over = [this](const RunEnd& end) { on_over(end); }});
  if (!started) return be_down(started.error().message);
  run_ = std::move(*started);
  send(hello_line({.driver = options_.driver,
                   .cursors = notes.cursors,
                   .skip = notes.skip,
                   .settings = options_.settings,
                   .max_line_bytes = options_.max_line_bytes}));
  hold_if_needed();
}

// It is not running, and tried again.
void Exec::be_down(std::string why) {
  next_wait_ = restarts_.after_end(host_.clock.now(), false);
  why_down_ = why + "; tried again in " + seconds_text(next_wait_);
  if (restarts_.looping()) {
    why_down_ = "a crash loop: " + why + ", as each time before; tried again only every " +
                seconds_text(options_.restart_most / 2) + " to " +
                seconds_text(options_.restart_most) + " (restart_max_s)";
  }
  start_after(next_wait_);
}

void Exec::on_line(std::string_view line, bool whole) {
  guard_.heard();
  if (!whole) return on_cut_line(line);
  Result<Word> word = read_word(line);
  if (!word) return on_garbage(line, word.error().message);
  take(std::move(*word), line);
  hold_if_needed();
}

void Exec::on_cut_line(std::string_view line) {
  const std::string why = "the line is longer than " + std::to_string(options_.max_line_bytes) +
                          " bytes (max_line_bytes)";
  // Half a card's number may stand where it is cut.
  const std::string begin = shown(line, line.size() - std::min(line.size(), beyond_cut));
  std::string id = id_at_start(line);
  if (id.empty()) return on_garbage(begin, why);
  take(Word{Unreadable{std::move(id), why}}, begin);
  hold_if_needed();
}

void Exec::take(Word word, std::string_view line) {
  if (const auto* const handed = std::get_if<std::unique_ptr<Handed>>(&word)) {
    guard_.handed((*handed)->id, leading_u64(sha256(line)));
    hand_in(**handed);
  } else if (auto* const unreadable = std::get_if<Unreadable>(&word)) {
    guard_.handed(unreadable->id, leading_u64(sha256(line)));
    queue_.add_unreadable(std::move(unreadable->id), line, unreadable->reason);
  } else if (const auto* const begun = std::get_if<Begun>(&word)) {
    guard_.begun(begun->id);
  } else if (const auto* const health = std::get_if<Health>(&word)) {
    failing_.reset();
    question_.reset();
    if (health->ok && !restarts_.looping()) why_down_.clear();
    if (!health->ok) failing_ = mask_unreadable(health->detail, longest_detail);
  } else if (auto* const question = std::get_if<Question>(&word)) {
    question_ = std::move(*question);
    question_->text = mask_unreadable(question_->text, longest_detail);
  }
}

// A key too many is refused and what came with it is kept: without the key the program only hands
// in again what is known. All such keys are one exception.
void Exec::hand_in(Handed& handed) {
  if (!handed.cursor || kept_keys_.take(*handed.cursor)) return queue_.add(handed);
  handed.cursor.reset();
  queue_.add(handed, unreadable(*plan_, "its cursors", "cursors of " + options_.driver,
                                "cursor: the program keeps " + std::to_string(Notes::most_cursors) +
                                    " keys, and more there may not be; this one was not kept. It "
                                    "must let go of an old one first: \"value\":null"));
}

// It is not known what the line was to say, so the program cannot be answered.
void Exec::on_garbage(std::string_view line, const std::string& why) {
  const std::uint64_t digest = leading_u64(sha256(line));
  garbage_count_ = garbage_ == digest ? garbage_count_ + 1 : 1;
  garbage_ = digest;
  if (garbage_count_ >= garbage_ends) {
    queue_.add_unreadable("", line,
                          "the program printed a line that is not of the protocol: " + why);
    return hold_if_needed();
  }
  run_->end("the program printed a line that is not of the protocol (" + why +
            "): " + shown(line, longest_detail / 2) +
            " — what is meant for people goes to standard error. It was ended");
}

void Exec::on_over(const RunEnd& end) {
  run_.reset();
  unread_.cancel();
  watching_unread_ = false;
  failing_.reset();
  question_.reset();
  if (stopping_) return;
  if (end.orderly) {
    why_down_.clear();
    next_wait_ = restarts_.after_end(host_.clock.now(), true);
  } else {
    why_down_ = end.why;
  }
  dead_ = true;
  if (queue_.empty()) after_death();
}

// All that it handed in is stored.
void Exec::after_death() {
  dead_ = false;
  if (why_down_.empty()) {
    guard_ = {};
    return start_after(next_wait_);
  }
  for (const CrashGuard::Poison& poison : guard_.died()) set_aside(poison);
  be_down(why_down_);
}

void Exec::set_aside(const CrashGuard::Poison& poison) {
  unwritten_.add(poison.id);
  const std::string reason = "the program ended " + std::to_string(CrashGuard::deaths) +
                             " times in a row over \"" + kept_id(poison.id) +
                             "\", so it is told to skip it: " + why_down_;
  log::warn("driver {}: {}", options_.driver, reason);
  if (poison.durable) return queue_.add_note(skip_note(poison.id));
  queue_.add_note(skip_note(poison.id),
                  unreadable(*plan_, "delivery " + poison.id, poison.id, reason));
}

void Exec::on_settled(const DeliveryQueue::Settled& settled) {
  if (settled.records) last_delivery_ = host_.clock.wall();
  if (settled.any_new) {
    restarts_.has_handed_in();
    if (run_) why_down_.clear();
  }
  if (!settled.id.empty()) {
    guard_.settled(settled.id);
    if (run_) send(settled.answer);
    if (run_) guard_.answered(settled.id);
  }
  if (dead_ && queue_.empty()) after_death();
  hold_if_needed();
  end_if_stopping();
}

void Exec::send(std::string line) {
  run_->send(std::move(line));
  watch_unread();
}

// A program that does not read its answers hangs.
void Exec::watch_unread() {
  if (run_->waiting_bytes() == 0) {
    if (std::exchange(watching_unread_, false)) unread_.cancel();
    return;
  }
  watching_unread_ = true;
  unread_.expires_after(unread_patience);
  unread_.async_wait(
      [this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& cancelled) {
        if (cancelled || alive.expired() || !run_ || run_->waiting_bytes() == 0) return;
        run_->end("the program has not read its answers for " + seconds_text(unread_patience) +
                  "; it was ended");
      });
}

void Exec::hold_if_needed() {
  if (!run_) return;
  run_->let_wait(!queue_.empty());
  run_->hold(stopping_ || paused_ || queue_.full() || run_->waiting_bytes() > most_unread_bytes);
}

}  // namespace

std::vector<std::string> bare_environment() {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"};
}

std::unique_ptr<Driver> make_exec(ExecOptions options, std::shared_ptr<const FeedPlan> plan,
                                  const DriverHost& host) {
  return std::make_unique<Exec>(std::move(options), std::move(plan), host);
}

}  // namespace storeward::exec
