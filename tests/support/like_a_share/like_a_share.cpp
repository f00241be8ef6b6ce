// LD_PRELOADed into a program: the file system gives what a share of another machine (SMB, NFS)
// gives: no hint at what others do in it, no leases, no renaming that spares what is there.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/inotify.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

extern "C" int inotify_init1(int) {
  errno = EMFILE;
  return -1;
}

extern "C" int renameat2(int, const char*, int, const char*, unsigned) {
  errno = EINVAL;
  return -1;
}

extern "C" int fcntl(int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (command == F_SETLEASE) {
    errno = EINVAL;
    return -1;
  }
  using Original = int (*)(int, int, ...);
  static const auto original = reinterpret_cast<Original>(dlsym(RTLD_NEXT, "fcntl"));
  return original(descriptor, command, argument);
}
