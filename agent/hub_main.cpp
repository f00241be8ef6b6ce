// argv -> subcommand, nothing else.
#include <cstdio>

int main() {
  std::puts("storeward");
  return 0;
}
