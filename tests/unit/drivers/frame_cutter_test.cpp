#include "drivers/frame_cutter.h"

#include <catch2/catch.hpp>

#include <random>
#include <vector>

#include "tests/support/seed.h"

using namespace storeward;

namespace {

using Frames = std::vector<std::string>;

// All frames of `bytes`, fed in pieces; the refusal last, as "! …".
Frames cut(FrameForm form, std::size_t most, std::string_view bytes,
           std::size_t piece = std::string::npos) {
  FrameCutter cutter(form, most);
  Frames frames;
  while (!bytes.empty()) {
    const std::string fed(bytes.substr(0, piece));
    bytes.remove_prefix(fed.size());
    cutter.feed(fed);
    std::string_view frame;
    FrameCutter::Step step;
    while ((step = cutter.next(frame)) == FrameCutter::Step::frame) frames.emplace_back(frame);
    CHECK(cutter.kept() <= most + 4);
    if (step == FrameCutter::Step::refused) {
      frames.push_back("! " + cutter.refusal());
      break;
    }
  }
  return frames;
}

std::string counted(std::string_view frame) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(frame.size() >> shift & 0xFF);
  }
  return bytes.append(frame);
}

}  // namespace

TEST_CASE("a line ends at LF, CR or both, and an empty one is nothing", "[frames]") {
  for (const std::size_t piece : {1u, 2u, 3u, 100u}) {
    CHECK(cut(FrameForm::lines, 8, "a\nb\r\nc\rd\n\n\r\n\re\nhalf", piece) ==
          Frames{"a", "b", "c", "d", "e"});
    CHECK(cut(FrameForm::lines, 8, "12345678\n1\n", piece) == Frames{"12345678", "1"});
  }
}

TEST_CASE("a line without an end is refused at the bound", "[frames][F43]") {
  for (const std::size_t piece : {1u, 5u, 1000u}) {
    CHECK(cut(FrameForm::lines, 8, "ok\n" + std::string(500, 'x'), piece) ==
          Frames{"ok", "! a line without an end after 8 bytes"});
  }
  CHECK(cut(FrameForm::lines, 8, "123456789\n1\n").front().front() == '!');
}

TEST_CASE("a length of 4 GB is refused before a byte of it is kept", "[frames][F43]") {
  for (const std::size_t piece : {1u, 3u, 100u}) {
    CHECK(cut(FrameForm::length, 16, counted("abc") + counted("") + counted("d\ne"), piece) ==
          Frames{"abc", "", "d\ne"});
    CHECK(cut(FrameForm::length, 16, counted("a") + "\xFF\xFF\xFF\xFF rest", piece) ==
          Frames{"a", "! a frame of 4294967295 bytes is announced, at most 16 are taken"});
  }
  CHECK(cut(FrameForm::length, 16, counted(std::string(16, 'x'))).size() == 1);
  CHECK(cut(FrameForm::length, 16, counted(std::string(17, 'x'))).front().front() == '!');
}

TEST_CASE("however the bytes come in pieces, the frames are the same", "[frames]") {
  std::mt19937_64 random(storeward::testing::announced_seed("frames in pieces"));
  for (int round = 0; round < 200; ++round) {
    const FrameForm form = random() % 2 == 0 ? FrameForm::lines : FrameForm::length;
    std::string bytes;
    for (int i = 0; i < 20; ++i) {
      const std::string frame(random() % 12, static_cast<char>('a' + i));
      bytes +=
          form == FrameForm::lines ? frame + (random() % 2 == 0 ? "\n" : "\r\n") : counted(frame);
    }
    if (random() % 3 == 0) bytes += std::string(random() % 40, '\xFF');
    const Frames whole = cut(form, 16, bytes);
    CHECK(cut(form, 16, bytes, 1 + random() % 7) == whole);
  }
}
