// LD_PRELOADed into a program: its wall clock shows the real time and so many seconds more, and is
// synchronised or not, and the machine was asleep for so many seconds since it began, as the file
// STOREWARD_CLOCK_FILE says (three 64-bit integers in the machine's order). The file is read at
// each call, so the clock jumps when somebody writes to it. What waits until a wall-clock time
// waits as the kernel has it: a jump backwards makes the wait longer.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
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
  std::atomic<std::int64_t> seconds_ahead, synchronised, seconds_asleep;
};

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

bool is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

timespec real(clockid_t clock) {
  timespec now{};
  syscall(SYS_clock_gettime, clock, &now);
  return now;
}

timespec shown() {
  timespec now = real(CLOCK_REALTIME);
  now.tv_sec += setting().seconds_ahead.load();
  return now;
}

std::int64_t nanoseconds_to(const timespec& until) {
  const timespec now = shown();
  return (until.tv_sec - now.tv_sec) * 1'000'000'000 + until.tv_nsec - now.tv_nsec;
}

// In short pieces by the real clock, so that a jump meanwhile counts.
template <typename Wait>
int wait_by_the_wall(const timespec& until, Wait wait) {
  constexpr std::int64_t piece = 10'000'000;
  while (true) {
    const std::int64_t left = nanoseconds_to(until);
    if (left <= 0) return ETIMEDOUT;
    timespec real_until = real(CLOCK_REALTIME);
    real_until.tv_nsec += std::min(left, piece);
    real_until.tv_sec += real_until.tv_nsec / 1'000'000'000;
    real_until.tv_nsec %= 1'000'000'000;
    const int result = wait(real_until);
    if (result != ETIMEDOUT) return result;
  }
}

bool waits_by_the_monotonic_clock(const pthread_cond_t* condition) {
  return (condition->__data.__wrefs & 2u) != 0;  // glibc: what pthread_condattr_setclock() chose
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  *now = is_wall(clock) ? shown() : real(clock);
  if (clock == CLOCK_BOOTTIME) now->tv_sec += setting().seconds_asleep.load();
  return 0;
}

extern "C" time_t time(time_t* now) noexcept {
  const time_t seconds = shown().tv_sec;
  if (now != nullptr) *now = seconds;
  return seconds;
}

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  const timespec wall = shown();
  *now = {wall.tv_sec, wall.tv_nsec / 1000};
  return 0;
}

extern "C" int adjtimex(timex*) noexcept {
  return setting().synchronised.load() != 0 ? TIME_OK : TIME_ERROR;
}

extern "C" int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* until) {
  using Original = int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  static const auto original =
      reinterpret_cast<Original>(dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2"));
  if (waits_by_the_monotonic_clock(condition)) return original(condition, mutex, until);
  return wait_by_the_wall(
      *until, [&](const timespec& piece) { return original(condition, mutex, &piece); });
}

extern "C" int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      clockid_t clock, const timespec* until) {
  using Original = int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*);
  static const auto original =
      reinterpret_cast<Original>(dlsym(RTLD_NEXT, "pthread_cond_clockwait"));
  if (!is_wall(clock)) return original(condition, mutex, clock, until);
  return wait_by_the_wall(
      *until, [&](const timespec& piece) { return original(condition, mutex, clock, &piece); });
}
