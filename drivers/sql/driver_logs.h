// The logs that ODBC drivers write of their own accord, and how that is kept from happening.
//
// Debian's odbcinst.ini has PostgreSQL's driver (psqlodbc) keep one: CommLog=1, and each process
// leaves a /tmp/psqlodbc_*.log in which statements may stand. CommLog=0 in a connection string
// holds only as long as its connection is open: closing it is logged again.
#pragma once

#include <string>
#include <string_view>

namespace storeward::sql {

// An odbcinst.ini as it is, but that psqlodbc keeps no log.
std::string without_driver_logs(std::string_view odbcinst);

// Has unixODBC read odbcinst.ini so in this process. Before the first call of ODBC, and while there
// is one thread. Where the environment names another odbcinst.ini that one is left as it is.
void keep_drivers_from_logging();

}  // namespace storeward::sql
