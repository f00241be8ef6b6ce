// argv -> the reference hub, nothing else.
#include "agent/hub/hub.h"

int main(int argc, char** argv) {
  return storeward::hub::run(argc, argv);
}
