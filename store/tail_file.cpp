#include "store/tail_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <type_traits>

#include "store/crc32c.h"

namespace storeward::store {
namespace {

constexpr std::string_view file_name = "outbox.tail";
constexpr std::size_t epoch_bytes = 36;
constexpr std::array<char, 8> version_2 = {'t', 'a', 'i', 'l', ' ', 'v', '2', '\n'};

struct Note {  // little-endian machines only
  std::array<char, 8> version = version_2;
  std::uint32_t crc = 0;
  EpochNumber number = 0;
  std::array<char, epoch_bytes> epoch{};
  std::uint32_t unused = 0;
  std::array<StreamTail, stream_count> streams{};
};
static_assert(std::has_unique_object_representations_v<Note>, "the checksum is over its bytes");

std::uint32_t crc_of(const Note& note) {
  constexpr std::size_t checked_from = offsetof(Note, crc) + sizeof note.crc;
  const std::string_view bytes(reinterpret_cast<const char*>(&note), sizeof note);
  return Crc32c().add(bytes.substr(checked_from)).value();
}

struct NoteOfVersion1 {
  std::uint32_t crc = 0;
  EpochNumber number = 0;
  std::array<Sequence, stream_count> last{};
  std::array<char, epoch_bytes> epoch{};
};

std::uint32_t crc_of(const NoteOfVersion1& note) {
  Crc32c crc;
  crc.add(std::uint64_t{note.number});
  for (const Sequence last : note.last) crc.add(last);
  return crc.add(std::string_view(note.epoch.data(), note.epoch.size())).value();
}

template <typename AnyNote>
bool read_whole(std::string_view bytes, AnyNote& note) {
  if (bytes.size() < sizeof note) return false;
  std::memcpy(&note, bytes.data(), sizeof note);
  return crc_of(note) == note.crc;
}

}  // namespace

std::optional<Tail> read_tail(const std::filesystem::path& directory) {
  std::array<char, sizeof(Note)> buffer{};
  std::ifstream file(directory / file_name, std::ios::binary);
  file.read(buffer.data(), buffer.size());
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(file.gcount()));
  Note note;
  if (read_whole(bytes, note) && note.version == version_2) {
    return Tail{note.number, Epoch(note.epoch.data(), note.epoch.size()), note.streams};
  }
  // Of an older program, also over what a newer one wrote.
  NoteOfVersion1 old;
  if (!read_whole(bytes, old)) return std::nullopt;
  Tail tail{old.number, Epoch(old.epoch.data(), old.epoch.size()), {}, false};
  for (std::size_t i = 0; i < stream_count; ++i) tail.streams[i].last = old.last[i];
  return tail;
}

TailFile::TailFile(const std::filesystem::path& directory)
    : descriptor_(open((directory / file_name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640)) {}

TailFile::~TailFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void TailFile::write(const Tail& tail) noexcept {
  Note note;
  note.number = tail.number;
  note.streams = tail.streams;
  tail.epoch.copy(note.epoch.data(), note.epoch.size());
  note.crc = crc_of(note);
  // A note that cannot be written is an old one: it proves less.
  [[maybe_unused]] const auto written = pwrite(descriptor_, &note, sizeof note, 0);
}

}  // namespace storeward::store
