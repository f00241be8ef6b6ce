// FAULTS F12, F13: outbox.tail, the note of where the streams end.
#include "store/tail_file.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>

#include "store/crc32c.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;
using namespace storeward::store;

namespace {

const Epoch epoch = "0198c1de-0000-7000-8000-000000000001";

struct TailFixture {
  support::TemporaryDirectory directory;

  static Tail some_tail() {
    Tail tail{3, epoch, {}};
    tail.streams[index_of(Stream::sales)] = {100, 80, 50, sha256("h(50)")};
    tail.streams[index_of(Stream::ops)] = {7, 0, 0, {}};
    return tail;
  }

  void write_bytes(const std::string& bytes) {
    std::ofstream(directory.path() / "outbox.tail", std::ios::binary) << bytes;
  }

  std::string bytes() {
    std::ifstream file(directory.path() / "outbox.tail", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // As the programs before version 2 wrote it.
  static std::string version_1(Sequence sales) {
    std::string bytes(104, '\0');
    const std::uint32_t number = 3;
    std::memcpy(bytes.data() + 4, &number, 4);
    std::memcpy(bytes.data() + 8, &sales, 8);
    std::memcpy(bytes.data() + 64, epoch.data(), 36);
    Crc32c crc;
    crc.add(std::uint64_t{number}).add(sales);
    for (int i = 1; i < 7; ++i) crc.add(std::uint64_t{0});
    const std::uint32_t value = crc.add(epoch).value();
    std::memcpy(bytes.data(), &value, 4);
    return bytes;
  }
};

}  // namespace

TEST_CASE_METHOD(TailFixture, "F12: the note of the ends is read as it was written",
                 "[store][salvage][F12]") {
  TailFile(directory.path()).write(some_tail());
  const auto tail = read_tail(directory.path());
  REQUIRE(tail);
  CHECK(tail->number == 3);
  CHECK(tail->epoch == epoch);
  CHECK(tail->knows_confirmed);
  const StreamTail& sales = tail->streams[index_of(Stream::sales)];
  CHECK(sales.last == 100);
  CHECK(sales.confirmed == 80);
  CHECK(sales.pruned_through == 50);
  CHECK(sales.pruned_chain == sha256("h(50)"));
  CHECK(tail->streams[index_of(Stream::ops)].last == 7);
}

TEST_CASE_METHOD(TailFixture, "F12: a note of the ends that is torn or flipped proves nothing",
                 "[store][salvage][F12]") {
  CHECK_FALSE(read_tail(directory.path()));
  TailFile(directory.path()).write(some_tail());
  const std::string whole = bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_bytes(whole.substr(0, size));
    CHECK_FALSE(read_tail(directory.path()));
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    write_bytes(flipped);
    CHECK_FALSE(read_tail(directory.path()));
  }
}

TEST_CASE_METHOD(TailFixture, "F49: a note of the ends by an older program still tells the ends",
                 "[store][salvage][F49]") {
  const std::string newer = GENERATE(true, false) ? std::string(400, 'n') : std::string();
  write_bytes(version_1(100) + newer);  // a downgrade leaves the rest of what was there
  const auto tail = read_tail(directory.path());
  REQUIRE(tail);
  CHECK(tail->number == 3);
  CHECK(tail->epoch == epoch);
  CHECK_FALSE(tail->knows_confirmed);
  CHECK(tail->streams[index_of(Stream::sales)].last == 100);
  CHECK(tail->streams[index_of(Stream::ops)].last == 0);
}
