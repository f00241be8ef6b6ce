// A slow disk: preloaded, it makes every fsync and fdatasync take STOREWARD_SYNC_DELAY_MS longer.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int synced_late(const char* name, int file) {
  const char* delay_ms = getenv("STOREWARD_SYNC_DELAY_MS");
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (delay_ms != NULL) usleep((useconds_t)atoi(delay_ms) * 1000);
  return real(file);
}

int fsync(int file) {
  return synced_late("fsync", file);
}
int fdatasync(int file) {
  return synced_late("fdatasync", file);
}
