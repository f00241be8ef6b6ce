#include "store/tail_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "store/crc32c.h"

namespace storeward::store {
namespace {

constexpr std::string_view file_name = "outbox.tail";
constexpr std::size_t epoch_bytes = 36;

struct Note {  // little-endian machines only
  std::uint32_t crc = 0;
  EpochNumber number = 0;
  std::array<Sequence, stream_count> last{};
  std::array<char, epoch_bytes> epoch{};
};

std::uint32_t crc_of(const Note& note) {
  Crc32c crc;
  crc.add(std::uint64_t{note.number});
  for (const Sequence last : note.last) crc.add(last);
  return crc.add(std::string_view(note.epoch.data(), note.epoch.size())).value();
}

}  // namespace

std::optional<Tail> read_tail(const std::filesystem::path& directory) {
  Note note;
  std::ifstream file(directory / file_name, std::ios::binary);
  file.read(reinterpret_cast<char*>(&note), sizeof note);
  if (file.gcount() != sizeof note || crc_of(note) != note.crc) return std::nullopt;
  return Tail{note.number, Epoch(note.epoch.data(), note.epoch.size()), note.last};
}

TailFile::TailFile(const std::filesystem::path& directory)
    : descriptor_(open((directory / file_name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640)) {}

TailFile::~TailFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void TailFile::write(const Tail& tail) noexcept {
  Note note;
  note.number = tail.number;
  note.last = tail.last;
  tail.epoch.copy(note.epoch.data(), note.epoch.size());
  note.crc = crc_of(note);
  // A note that cannot be written is an old one: it proves less.
  [[maybe_unused]] const auto written = pwrite(descriptor_, &note, sizeof note, 0);
}

}  // namespace storeward::store
