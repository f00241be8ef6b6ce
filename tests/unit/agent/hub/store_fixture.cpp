#include "store_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <pqxx/pqxx>

namespace storeward::hub::test {
namespace {

std::filesystem::path temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "storeward-hub-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

class SqliteFile final : public FreshStore {
 public:
  ~SqliteFile() override { std::filesystem::remove_all(folder_); }
  std::string where() const override { return (folder_ / "hub.db").string(); }

 private:
  std::filesystem::path folder_ = temporary_folder();
};

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(fd, any, size) == 0);
  REQUIRE(::getsockname(fd, any, &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

// PostgreSQL refuses to run as root: then as the user its package has made.
class Server {
 public:
  Server() : folder_(temporary_folder()), port_(free_port()) {
    const std::string folder = folder_.string();
    if (::geteuid() == 0) {
      as_ = "setpriv --reuid=postgres --regid=postgres --clear-groups ";
      run("chown postgres:postgres " + folder);
    }
    run(as_ + bin + "initdb -A trust -U postgres -D " + folder + "/data > " + folder + "/log 2>&1");
    run(as_ + bin + "pg_ctl -w -D " + folder + "/data -l " + folder + "/server.log -o '-p " +
        std::to_string(port_) + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" +
        folder + "' start > /dev/null");
  }
  ~Server() {
    const std::string stop =
        as_ + bin + "pg_ctl -m immediate -D " + folder_.string() + "/data stop > /dev/null 2>&1";
    if (std::system(stop.c_str()) == 0) std::filesystem::remove_all(folder_);
  }

  std::string url(const std::string& database) const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/" + database;
  }

  static Server& instance() {
    static Server server;
    return server;
  }

 private:
  static void run(const std::string& command) {
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
  }

  static constexpr const char* bin = "/usr/lib/postgresql/15/bin/";
  std::filesystem::path folder_;
  int port_;
  std::string as_;
};

class Database final : public FreshStore {
 public:
  Database() {
    static int count = 0;
    name_ = "hub_" + std::to_string(++count);
    pqxx::connection connection(Server::instance().url("postgres"));
    pqxx::nontransaction(connection).exec("CREATE DATABASE " + name_);
  }
  std::string where() const override { return Server::instance().url(name_); }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<HubStore> FreshStore::open() const {
  auto store = open_store(where(), Access::write);
  if (!store) FAIL(store.error().message);
  return std::move(*store);
}

std::unique_ptr<FreshStore> OnSqlite::make() {
  return std::make_unique<SqliteFile>();
}

std::unique_ptr<FreshStore> OnPostgres::make() {
  return std::make_unique<Database>();
}

}  // namespace storeward::hub::test
