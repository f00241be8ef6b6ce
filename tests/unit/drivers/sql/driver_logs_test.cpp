#include "drivers/sql/driver_logs.h"

#include <catch2/catch.hpp>

using namespace storeward;

TEST_CASE("PostgreSQL's driver is told to keep no log, and no other line is touched", "[sql]") {
  CHECK(sql::without_driver_logs("[PostgreSQL ANSI]\n"
                                 "Driver=psqlodbca.so\n"
                                 "Debug=1\n"
                                 "CommLog=1\n"
                                 "[PostgreSQL Unicode]\n"
                                 "Driver = psqlodbcw.so\n"
                                 "CommLog = 1\n"
                                 "UsageCount=1\n"
                                 "[Another]\n"
                                 "Debug=1\n"
                                 "CommLog=1") ==
        "[PostgreSQL ANSI]\n"
        "Driver=psqlodbca.so\n"
        "debug=0\n"
        "commlog=0\n"
        "[PostgreSQL Unicode]\n"
        "Driver = psqlodbcw.so\n"
        "commlog=0\n"
        "UsageCount=1\n"
        "[Another]\n"
        "Debug=1\n"
        "CommLog=1\n");
  CHECK(sql::without_driver_logs("").empty());
}
