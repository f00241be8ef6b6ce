#include "agent/core/hub_protocol.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {
const Epoch e2 = "0190c8e2-0000-7000-8000-000000000002";
}

TEST_CASE("the contract's ack is read and written back", "[hub_protocol]") {
  const auto ack = parse_hub_ack(
      R"({"serial":17,"epochs":{"E2":{"confirmed":{"sales":4711,"stock":90},"missing":{"sales":[[4600,4610]]},)"
      R"("rejected":[{"stream":"stock","sequence":88,"reason":"no such item"}],"hash":{}}},"later":true})");
  REQUIRE(ack);
  CHECK(ack->serial == 17);
  const EpochAck& epoch = ack->epochs.at("E2");
  CHECK(epoch.confirmed.at(Stream::sales) == 4711);
  CHECK(epoch.confirmed.contains(Stream::orders) == false);  // not named: unknown, not 0
  CHECK(epoch.missing.at(Stream::sales) == std::vector<Range>{{4600, 4610}});
  CHECK(epoch.rejected.at(0).reason == "no such item");
  const auto again = parse_hub_ack(to_json(*ack));
  REQUIRE(again);
  CHECK(to_json(*again) == to_json(*ack));
}

TEST_CASE("an ack of the wrong shape names the field", "[hub_protocol]") {
  const auto reason = [](std::string_view json) {
    const auto ack = parse_hub_ack(json);
    return ack ? std::string("read") : ack.error().message;
  };
  CHECK(reason("[1]") == "document: is not an object");
  CHECK(reason("{") == "document is not JSON");
  CHECK(reason("{}") == "serial: is not a whole number");
  CHECK(reason(R"({"serial":-1})") == "serial: is not a whole number");
  CHECK(reason(R"({"serial":1,"epochs":{"E":{"confirmed":{"sales":1.5}}}})") ==
        "ack.epochs.E.confirmed.sales: is not a whole number");
  CHECK(reason(R"({"serial":1,"epochs":{"E":{"missing":{"sales":[[5,4]]}}}})") ==
        "ack.epochs.E.missing.sales: ends before it begins");
  CHECK(reason(R"({"serial":1,"epochs":{"E":{"confirmed":{"sales":18446744073709551616}}}})") ==
        "ack.epochs.E.confirmed.sales: is not a whole number");
  CHECK(reason(R"({"serial":1,"epochs":{"E":{"hash":{"sales":"zz"}}}})") ==
        "ack.epochs.E.hash.sales: is not a SHA-256 in hex");
  CHECK(reason(R"({"serial":1,"epochs":{"E":{"confirmed":{"unknown-stream":"x"}}}})") == "read");
  CHECK(reason(std::string(2u << 20, ' ')) == "document is larger than 1 MiB");
  CHECK(reason(std::string("{\"serial\":1}\0junk", 17)) == "document is not JSON");
}

TEST_CASE("a word of the hub that nests without end is refused", "[hub_protocol]") {
  const auto deep = [](std::size_t depth) {
    return R"({"serial":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(parse_hub_ack(deep(63)).error().message == "serial: is not a whole number");
  const std::string refusal = "document nests deeper than 64 levels";
  CHECK(parse_hub_ack(deep(64)).error().message == refusal);
  CHECK(parse_hub_ack(deep(500'000)).error().message == refusal);
  CHECK(parse_heads(deep(500'000)).error().message == refusal);
  CHECK(parse_command(deep(500'000)).error().message == refusal);
  // Brackets in a text are none.
  CHECK(parse_hub_ack(R"({"serial":1,"x":"\"[)" + std::string(100, '[') + "\"}"));
}

TEST_CASE("heads are read and written back with what is absent", "[hub_protocol]") {
  Heads heads;
  heads.current = e2;
  StreamHead& head = heads.streams[{e2, Stream::sales}];
  head = {1,  90,          88,
          80, sha256("x"), {{{5, 5}, AbsentReason::withheld}, {{7, 9}, AbsentReason::salvage}}};
  const auto again = parse_heads(to_json(heads));
  REQUIRE(again);
  CHECK(again->current == e2);
  CHECK(to_json(*again) == to_json(heads));
  CHECK(again->streams.at({e2, Stream::sales}).absent.at(1).reason == AbsentReason::salvage);
}

TEST_CASE("a replay command is read; an unknown one is refused by name", "[hub_protocol]") {
  const auto replay =
      parse_command(R"({"command":"replay","epoch":"E2","stream":"sales","from":1,"to":99})");
  REQUIRE(replay);
  CHECK(replay->stream == StreamKey{"E2", Stream::sales});
  CHECK(replay->range == Range{1, 99});
  CHECK(parse_command(R"({"command":"format-disk"})").error().message ==
        "command: \"format-disk\" is unknown; known: replay");
}

TEST_CASE("a card number in the hub's words is masked before anybody repeats them",
          "[hub_protocol][F47]") {
  const auto ack =
      parse_hub_ack(R"({"serial":1,"epochs":{"E2":{"rejected":[{"stream":"sales","sequence":7,)"
                    R"("reason":"no 4111111111111111"}]}}})");
  REQUIRE(ack);
  CHECK(ack->epochs.at("E2").rejected.at(0).reason == "no ************1111");
  const auto cut = parse_hub_ack(
      R"({"serial":1,"epochs":{"E2":{"rejected":[{"stream":"sales","sequence":7,"reason":")" +
      std::string(990, '.') + R"(4111111111111111"}]}}})");
  REQUIRE(cut);
  CHECK(cut->epochs.at("E2").rejected.at(0).reason == std::string(990, '.') + "**********");
  CHECK(parse_command(R"({"command":"4111111111111111"})").error().message ==
        "command: \"************1111\" is unknown; known: replay");
}

TEST_CASE("a batch is split into the exact bytes of its events", "[hub_protocol]") {
  const std::string batch = R"([{"a":"}],{\"","b":[{}]}, {"c":1}])";
  const auto events = split_batch(batch);
  REQUIRE(events);
  CHECK(*events == std::vector<std::string_view>{R"({"a":"}],{\"","b":[{}]})", R"({"c":1})"});
  CHECK(split_batch("[]")->empty());
  for (const std::string_view bad :
       {"", "{}", "[", "[{}", "[{},]", "[,{}]", "[{}{}]", "[{}]x", "[1]", "[{\"a\":\"}]"}) {
    INFO(bad);
    CHECK_FALSE(split_batch(bad));
  }
}

TEST_CASE("a zstd frame unfolds only within its limit", "[hub_protocol]") {
  const std::string text(100'000, 'x');
  const std::string frame = zstd_compress(text);
  CHECK(is_zstd(frame));
  CHECK(frame.size() < 200);
  CHECK(*zstd_decompress(frame) == text);
  CHECK_FALSE(zstd_decompress(frame, 99'999));
  CHECK_FALSE(zstd_decompress(frame.substr(0, frame.size() / 2)));
  CHECK_FALSE(zstd_decompress("[{}]"));
}
