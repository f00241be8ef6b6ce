// argv -> the till, nothing else.
#include "agent/till/command_line.h"

int main(int argc, char** argv) {
  return storeward::till::run_till(argc, argv);
}
