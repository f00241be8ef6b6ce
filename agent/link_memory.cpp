#include "agent/link_memory.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <new>

#include "agent/link/link_program.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they allocate for themselves

namespace {

// Everything the process may write to and that is its own: heap, stacks, the libraries' variables.
constexpr rlim_t most_data_bytes = 48u << 20;
// Of each thread; the default of 8 MiB would be most of the limit.
constexpr std::size_t stack_bytes = 1u << 20;

[[noreturn]] void end_without_memory() {
  ::_exit(storeward::link_program::out_of_memory);
}

void* found_or_end(void* memory) {
  if (memory == nullptr) end_without_memory();
  return memory;
}

}  // namespace

// In the place of the C library's own for the whole process, its libraries included; these names
// are the C library's for its originals.
extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t size) noexcept {
  return found_or_end(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  return found_or_end(__libc_calloc(count, size));
}

void* realloc(void* memory, std::size_t size) noexcept {
  void* const moved = __libc_realloc(memory, size);
  return size == 0 ? moved : found_or_end(moved);  // nothing is left of nothing
}
}

namespace storeward {

void limit_memory() {
  std::set_new_handler(end_without_memory);
  // As in the agent, and large blocks go back at once.
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
  const rlimit limit{most_data_bytes, most_data_bytes};
  if (::setrlimit(RLIMIT_DATA, &limit) != 0) {
    std::perror("storeward-link: no memory limit can be set");
  }
}

}  // namespace storeward

#else

namespace storeward {

void limit_memory() {}

}  // namespace storeward

#endif
