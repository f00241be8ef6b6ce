#include "config/changes.h"

#include <catch2/catch.hpp>

using namespace storeward::config;

TEST_CASE("a reload knows what changed and what of it needs a restart", "[config][F50]") {
  Config before;
  before.http.clients = {{.name = "till-1", .token_sha256 = std::string(64, 'a')}};
  Config after = before;
  CHECK(changes(before, after).empty());

  after.http.clients[0].token_sha256 = std::string(64, 'b');
  after.hub.urls = {"mqtt://elsewhere"};
  const auto found = changes(before, after);
  REQUIRE(found.size() == 2);
  CHECK(found[0].key == "hub.url");
  CHECK_FALSE(found[0].reloadable);
  CHECK(found[1].key == "http.client[0].token_sha256");
  CHECK(found[1].reloadable);

  after = before;
  after.http.clients.clear();
  for (const Change& change : changes(before, after)) CHECK(change.reloadable);
  CHECK_FALSE(changes(before, after).empty());
}
