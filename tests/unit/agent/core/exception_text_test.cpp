// What an exception keeps, as it is edited and handed in again.
#include "agent/core/exception_text.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "agent/core/rejection_notice.h"

using namespace storeward;

TEST_CASE("a published event goes back to what its source handed in", "[exceptions]") {
  const std::string published =
      R"({"epoch":"e","sequence":"00000000000000000007","recordedtime":"2026-11-20T09:15:02.120Z",)"
      R"("stream":"sales","partitionkey":"k","data":{"epoch":"stays"},"id":"1",)"
      R"("source":"/acme/store/main/till-1","specversion":"1.0","type":"t"})";
  CHECK(nlohmann::json::parse(submitted_form(published)) ==
        nlohmann::json::parse(R"({"data":{"epoch":"stays"},"id":"1","source":"till-1",)"
                              R"("specversion":"1.0","type":"t"})"));
}

TEST_CASE("what was never published is handed in as it was kept", "[exceptions]") {
  for (const char* text : {R"({"id":"1","source":"till-1"})", "17;4.90;EUR", "{\"id\":", ""}) {
    CHECK(submitted_form(text) == text);
  }
}

TEST_CASE("an edited text is masked again", "[exceptions][F48]") {
  const auto event = masked_edit(R"({"cvv":"123","note":"card 4111 1111 1111 1111","a":1})", 1000);
  REQUIRE(event);
  CHECK(event->find("4111 1111") == std::string::npos);
  CHECK(event->find("123") == std::string::npos);
  CHECK(event->find(R"("a":1)") != std::string::npos);
  const auto line = masked_edit("17;4111111111111111;4.90\n", 1000);
  REQUIRE(line);
  CHECK(*line == "17;************1111;4.90");
}

TEST_CASE("an edited text that cannot be looked into is not kept", "[exceptions][F48]") {
  using namespace std::string_literals;
  CHECK_FALSE(masked_edit("\0\1\2\3\4\5\6\7\0\0\0"s, 1000));
  CHECK_FALSE(masked_edit("", 1000));
  CHECK_FALSE(masked_edit("\r\n", 1000));
  CHECK_FALSE(masked_edit(std::string(1001, 'x'), 1000));
}

TEST_CASE("a notice of an exception follows from the exception alone", "[exceptions]") {
  const auto notice = [] {
    return rejection_notice(17, "2026-11-20T09:15:02.120Z", "", "pos-files", "a \"reason\"");
  };
  CHECK(notice() == notice());
  const auto event = nlohmann::json::parse(notice());
  CHECK(event["id"] == "exception-17");
  CHECK(event["data"]["source"] == "pos-files");
  CHECK(event["data"]["reason"] == "a \"reason\"");
  const auto summary = nlohmann::json::parse(rejection_summary(18, 57, 40, "2026-11-20T09:15:02Z"));
  CHECK(summary["id"] == "exceptions-18-57");
  CHECK(summary["data"]["reason"] == "40 more exceptions, numbers 18 to 57");
}
