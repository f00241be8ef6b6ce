// LD_PRELOADed into a program: its wall clock shows the real time and so many seconds more, and is
// synchronised or not, the machine was asleep for so many seconds since it began, and since a
// moment of the monotonic clock all clocks have run so many times as fast (0: as ever), as the file
// STOREWARD_CLOCK_FILE says (64-bit integers in the machine's order). The file is read at each
// call, so the clock jumps when somebody writes to it. What waits until a wall-clock time waits as
// the kernel has it: a jump backwards makes the wait longer. What waits for a time waits the
// shorter, the faster the clocks run.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

struct Setting {
  std::atomic<std::int64_t> seconds_ahead, synchronised, seconds_asleep, speed, fast_since_ns;
};

constexpr std::int64_t second_ns = 1'000'000'000;

const Setting& setting() {
  static const Setting& shared = []() -> const Setting& {
    static const Setting right{};
    const char* const file = std::getenv("STOREWARD_CLOCK_FILE");
    const int descriptor = file == nullptr ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return right;
    void* const mapped = mmap(nullptr, sizeof(Setting), PROT_READ, MAP_SHARED, descriptor, 0);
    close(descriptor);
    return mapped == MAP_FAILED ? right : *static_cast<const Setting*>(mapped);
  }();
  return shared;
}

template <typename Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * second_ns + time.tv_nsec;
}

timespec as_timespec(std::int64_t nanoseconds) {
  return {nanoseconds / second_ns, nanoseconds % second_ns};
}

bool is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

bool is_processor_time(clockid_t clock) {
  return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || clock < 0;
}

std::int64_t real(clockid_t clock) {
  timespec now{};
  syscall(SYS_clock_gettime, clock, &now);
  return nanoseconds(now);
}

std::int64_t speed() {
  return std::max<std::int64_t>(setting().speed.load(), 1);
}

std::int64_t shown(clockid_t clock) {
  std::int64_t now = real(clock);
  if (is_processor_time(clock)) return now;
  if (speed() > 1) now += (real(CLOCK_MONOTONIC) - setting().fast_since_ns.load()) * (speed() - 1);
  if (is_wall(clock)) now += setting().seconds_ahead.load() * second_ns;
  if (clock == CLOCK_BOOTTIME) now += setting().seconds_asleep.load() * second_ns;
  return now;
}

// Never 0 where it was more: 0 does not wait, or waits for ever.
std::int64_t really(std::int64_t shown_duration) {
  return shown_duration <= 0 ? shown_duration : (shown_duration + speed() - 1) / speed();
}

timespec really(const timespec& shown_duration) {
  return as_timespec(really(nanoseconds(shown_duration)));
}

// By the wall clock in short pieces, so that a jump meanwhile counts.
template <typename Wait>
int wait_until(clockid_t clock, const timespec& until, Wait wait) {
  constexpr std::int64_t piece = 10'000'000;
  while (true) {
    const std::int64_t left = really(nanoseconds(until) - shown(clock));
    const bool is_last = !is_wall(clock) || left <= piece;
    const int result = wait(as_timespec(real(clock) + (is_last ? left : piece)));
    if (is_last || result != ETIMEDOUT) return result;
  }
}

clockid_t clock_of(const pthread_cond_t* condition) {
  // glibc: what pthread_condattr_setclock() chose
  return (condition->__data.__wrefs & 2u) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  *now = as_timespec(shown(clock));
  return 0;
}

extern "C" time_t time(time_t* now) noexcept {
  const time_t seconds = shown(CLOCK_REALTIME) / second_ns;
  if (now != nullptr) *now = seconds;
  return seconds;
}

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  const timespec wall = as_timespec(shown(CLOCK_REALTIME));
  *now = {wall.tv_sec, wall.tv_nsec / 1000};
  return 0;
}

extern "C" int adjtimex(timex*) noexcept {
  return setting().synchronised.load() != 0 ? TIME_OK : TIME_ERROR;
}

extern "C" int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* until) {
  using Original = int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  static const auto wait =
      reinterpret_cast<Original>(dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2"));
  return wait_until(clock_of(condition), *until, [&](const timespec& real_until) {
    return wait(condition, mutex, &real_until);
  });
}

extern "C" int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      clockid_t clock, const timespec* until) {
  static const auto wait = original<decltype(pthread_cond_clockwait)>("pthread_cond_clockwait");
  return wait_until(clock, *until, [&](const timespec& real_until) {
    return wait(condition, mutex, clock, &real_until);
  });
}

extern "C" int timerfd_settime(int timer, int flags, const itimerspec* next,
                               itimerspec* earlier) noexcept {
  static const auto set = original<decltype(timerfd_settime)>("timerfd_settime");
  if ((flags & TFD_TIMER_ABSTIME) != 0) return set(timer, flags, next, earlier);  // Asio's "now"
  const itimerspec sooner{really(next->it_interval), really(next->it_value)};
  return set(timer, flags, &sooner, earlier);
}

extern "C" int epoll_wait(int set, epoll_event* events, int most, int milliseconds) {
  static const auto wait = original<decltype(epoll_wait)>("epoll_wait");
  return wait(set, events, most, static_cast<int>(really(milliseconds)));
}

extern "C" int poll(pollfd* files, nfds_t count, int milliseconds) {
  static const auto wait = original<decltype(poll)>("poll");
  return wait(files, count, static_cast<int>(really(milliseconds)));
}

extern "C" int select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* most) {
  static const auto wait = original<decltype(select)>("select");
  if (most == nullptr) return wait(count, read, write, except, most);
  const std::int64_t microseconds = really(most->tv_sec * 1'000'000 + most->tv_usec);
  timeval sooner{microseconds / 1'000'000, microseconds % 1'000'000};
  return wait(count, read, write, except, &sooner);
}

extern "C" int nanosleep(const timespec* duration, timespec* left) {
  static const auto rest = original<decltype(nanosleep)>("nanosleep");
  const timespec shorter = really(*duration);
  return rest(&shorter, left);
}

extern "C" int usleep(useconds_t microseconds) {
  static const auto rest = original<decltype(usleep)>("usleep");
  return rest(static_cast<useconds_t>(really(microseconds)));
}
