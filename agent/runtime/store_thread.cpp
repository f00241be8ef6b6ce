#include "agent/runtime/store_thread.h"

#include <pthread.h>
#include <asio/post.hpp>

#include <utility>

#include "agent/base/log.h"

namespace storeward {
namespace {

constexpr std::chrono::milliseconds cursor_delay{1'000};
constexpr auto cursor_wait = cursor_delay / 4;
constexpr auto idle_wait = std::chrono::seconds(1);  // an idle agent is to cost nothing
constexpr auto upkeep_wait = std::chrono::milliseconds(10);
// Steps of a merge follow each other for a tenth of a second: tills are to get most of it.
constexpr int commits_per_upkeep = 2;  // of time, while deliveries wait
constexpr auto status_interval = std::chrono::milliseconds(50);

Unexpected<SubmitFailure> fail_submit(const store::StoreError& error) {
  return {SubmitFailure{.reason = error.message}};
}

// Where there are items, each says itself that it is refused.
SubmitResult result_of(store::CommitReport& report, std::size_t delivery) {
  if (report.outcomes[delivery].empty() && !report.refusals[delivery].empty()) {
    return Unexpected{SubmitFailure{.reason = report.refusals[delivery]}};
  }
  return std::move(report.outcomes[delivery]);
}

}  // namespace

StoreThread::StoreThread(store::Outbox outbox, asio::io_context& io, Events events)
    : outbox_(std::move(outbox)), io_(io), events_(std::move(events)), queue_(max_waiting_bytes) {
  publish_status();
  levels_waiting_ = status_->levels_waiting > 0;
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "store");
}

StoreThread::~StoreThread() {
  close();
}

std::optional<store::StoreError> StoreThread::close() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
  return left_badly_;
}

bool StoreThread::submit(Delivery&& delivery, Submitted answer) {
  const std::size_t weight = weight_of(delivery);
  Work work = HandedIn{std::move(delivery), std::move(answer)};
  if (queue_.try_put(work, weight)) return true;
  delivery = std::move(std::get<HandedIn>(work).delivery);
  return false;
}

bool StoreThread::act(std::vector<OperatorAction> actions, Acted answer) {
  std::size_t weight = 0;
  for (const OperatorAction& action : actions) weight += sizeof action + action.text.size();
  Work work = Asked{std::move(actions), std::move(answer)};
  return queue_.try_put(work, weight);
}

void StoreThread::apply(Upkeep upkeep) {
  put(std::move(upkeep));
}

void StoreThread::fork_epoch(std::string reason) {
  put(Fork{std::move(reason)});
}

void StoreThread::put(Work work) {
  // Weightless: bounded by what the forwarder can have outstanding, and it must get through when
  // deliveries fill the queue. A closed queue means we are shutting down: the hub will say it
  // again.
  queue_.try_put(work, 0);
}

std::shared_ptr<const store::OutboxStatus> StoreThread::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

void StoreThread::publish_status() {
  auto status = std::make_shared<const store::OutboxStatus>(outbox_.status());
  status_at_ = std::chrono::steady_clock::now();
  const std::lock_guard lock(status_mutex_);
  status_ = std::move(status);
}

void StoreThread::run() {
  std::vector<Work> work;
  while (queue_.take_all(work, longest_wait())) {
    heartbeat_.beat();
    if (!alive_) continue;  // drains the queue; nobody is answered
    gather(work);
    if (fork_ && !fork()) continue;
    if (commit_due() && !commit(cursors_due())) continue;
    if (std::chrono::steady_clock::now() >= upkeep_next_) maintain();
    if (queue_.empty() || std::chrono::steady_clock::now() - status_at_ > status_interval) {
      publish_status();
    }
  }
  if (alive_ && !cursors_.empty()) commit(true);
  if (alive_) left_badly_ = outbox_.close([this] { heartbeat_.beat(); });
}

std::chrono::milliseconds StoreThread::longest_wait() const {
  if (upkeep_left_) return upkeep_wait;
  return cursors_.empty() ? idle_wait : cursor_wait;
}

void StoreThread::gather(std::vector<Work>& work) {
  for (Work& item : work) {
    if (auto* handed_in = std::get_if<HandedIn>(&item)) {
      batch_.deliveries.push_back(std::move(handed_in->delivery));
      answers_.push_back(std::move(handed_in->answer));
    } else if (auto* asked = std::get_if<Asked>(&item)) {
      acted_.emplace_back(asked->actions.size(), std::move(asked->answer));
      std::ranges::move(asked->actions, std::back_inserter(batch_.actions));
    } else if (auto* upkeep = std::get_if<Upkeep>(&item)) {
      if (cursors_.empty()) cursors_since_ = std::chrono::steady_clock::now();
      for (CursorSave& save : upkeep->cursors) cursors_[save.stream] = std::move(save);
      std::ranges::move(upkeep->withheld, std::back_inserter(batch_.withheld));
      std::ranges::move(upkeep->rejected, std::back_inserter(batch_.rejected));
      batch_.take_levels |= upkeep->take_levels;
    } else if (auto* fork = std::get_if<Fork>(&item)) {
      fork_ = std::move(*fork);
    }
  }
}

bool StoreThread::fork() {
  auto forked = outbox_.fork_epoch(fork_->reason, [this] { heartbeat_.beat(); });
  if (!forked) {
    refuse(forked.error());  // nothing may be numbered before it is through
    return false;
  }
  fork_.reset();
  cursors_.clear();  // they speak of the old numbering
  asio::post(io_, [this, status = std::move(*forked)] { events_.on_forked(status); });
  return true;
}

bool StoreThread::commit_due() const {
  return !batch_.deliveries.empty() || !acted_.empty() || !batch_.withheld.empty() ||
         !batch_.rejected.empty() || batch_.take_levels || cursors_due();
}

// Not with each commit: that would be a page of the disk more each time.
bool StoreThread::cursors_due() const {
  return !cursors_.empty() && std::chrono::steady_clock::now() - cursors_since_ >= cursor_delay;
}

bool StoreThread::commit(bool with_cursors) {
  if (with_cursors) {
    for (const auto& [stream, save] : cursors_) batch_.cursors.push_back(save);
  }
  auto report = outbox_.commit(batch_);
  batch_.cursors.clear();
  if (!report) {
    refuse(report.error());
    cursors_since_ = std::chrono::steady_clock::now();
    return alive_;
  }
  auto answers = std::exchange(answers_, {});
  auto acted = std::exchange(acted_, {});
  if (with_cursors) cursors_.clear();
  batch_ = {};
  levels_waiting_ = report->levels_waiting;
  if (queue_.empty()) publish_status();  // so that who has the answer finds it in the status
  asio::post(io_, [this, answers = std::move(answers), acted = std::move(acted),
                   report = std::move(*report)]() mutable {
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i](result_of(report, i));
    auto refusals = report.action_refusals.begin();
    for (const auto& [count, answer] : acted) {
      const auto end = refusals + static_cast<std::ptrdiff_t>(count);
      answer(std::vector<std::string>(refusals, end));
      refusals = end;
    }
    events_.on_committed(report.streams, report.levels_waiting);
  });
  return true;
}

// A full disk passes: the forwarder's wishes stay and are tried again, a second later at the
// latest. Anything else needs a fresh start.
void StoreThread::refuse(const store::StoreError& error) {
  batch_.deliveries.clear();
  batch_.actions.clear();
  asio::post(io_,
             [answers = std::exchange(answers_, {}), acted = std::exchange(acted_, {}), error] {
               for (const Submitted& answer : answers) answer(fail_submit(error));
               for (const auto& [count, answer] : acted) answer(fail_submit(error));
             });
  if (error.kind != store::StoreFailure::full) failed(error);
}

// One step under load; idle time takes all that there is to do.
void StoreThread::maintain() {
  do {
    heartbeat_.beat();
    const auto began = std::chrono::steady_clock::now();
    upkeep_left_ = maintain_step();
    const auto ended = std::chrono::steady_clock::now();
    upkeep_next_ = ended + commits_per_upkeep * (ended - began);
  } while (upkeep_left_ && queue_.empty());
}

bool StoreThread::maintain_step() {
  auto step = outbox_.maintain();
  if (!step) {
    if (step.error().kind != store::StoreFailure::full) failed(step.error());
    return false;
  }
  if (step->pruned) {
    asio::post(io_, [this, pruned = std::move(*step->pruned), levels = levels_waiting_] {
      events_.on_committed({pruned}, levels);
    });
  }
  return step->more;
}

void StoreThread::failed(const store::StoreError& error) {
  alive_ = false;
  left_badly_ = error;
  asio::post(io_, [this] { events_.on_failed(); });
}

}  // namespace storeward
