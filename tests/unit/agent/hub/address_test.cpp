#include "agent/hub/address.h"

#include <catch2/catch.hpp>

using namespace storeward::hub;

TEST_CASE("the hub shows an address without user, password and options", "[hub]") {
  CHECK(shown("mqtt://hub:S3CRET@host:1883") == "mqtt://host:1883");
  CHECK(shown("postgresql://hub:a?b/@c@host/db?sslmode=require") == "postgresql://host/db");
  CHECK(shown("postgresql://host/db?password=S3CRET") == "postgresql://host/db");
  CHECK(shown("/var/lib/a@b?.db") == "/var/lib/a@b?.db");
}

TEST_CASE("the hub takes a broker's address as far as it can be one", "[hub]") {
  for (const char* right : {"mqtt://h", "mqtts://h:8883", "ws://h:80/mqtt", "wss://h/mqtt",
                            "mqtt://[::1]", "mqtt://[::1]:1883", "mqtt://10.0.0.1:65535"}) {
    INFO(right);
    CHECK(check_broker(right));
  }
  for (const char* wrong :
       {"", "h", "h:1883", "http://h", "mqtt://", "mqtt://:1883", "mqtt://h:", "mqtt://h:0",
        "mqtt://h:65536", "mqtt://h:18x", "mqtt://u:p@h", "mqtt://[::1]:x"}) {
    INFO(wrong);
    CHECK_FALSE(check_broker(wrong));
  }
}

TEST_CASE("the hub takes a file or a database, and no database for a file", "[hub]") {
  for (const char* right : {"hub.db", "postgres.db", "postgresql://h/db", "postgres://u@h,i:1/db",
                            "postgresql://u:%40%2f%25@h/db", "postgresql:///db"}) {
    INFO(right);
    CHECK(check_store(right));
  }
  for (const char* wrong :
       {"", "postgresql:/u:p@h/db", "mysql://h/db", "host=h password=p", "postgres://u:p%@h/db",
        "postgres://u:p%00@h/db", "postgres://u:p/@h/db", "postgres://u:p@q@h/db"}) {
    INFO(wrong);
    CHECK_FALSE(check_store(wrong));
  }
}

TEST_CASE("the hub takes a prefix that an agent may have", "[hub]") {
  CHECK(check_prefix("storeward/v1"));
  CHECK(check_prefix("a"));
  for (const char* wrong : {"", "/a", "a/", "a//b", "a/#", "+/a", "a b"}) {
    INFO(wrong);
    CHECK_FALSE(check_prefix(wrong));
  }
}
