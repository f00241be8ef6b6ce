#include "drivers/formats/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace storeward {
namespace {

struct Free {
  void operator()(struct archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<struct archive, Free>;

std::string reason_of(struct archive* reader) {
  const char* const text = archive_error_string(reader);
  return text != nullptr ? text : "it is damaged";
}

std::string name_of(struct archive_entry* entry) {
  const char* const path = archive_entry_pathname(entry);
  if (path == nullptr) return {};
  const std::string_view whole(path);
  const std::size_t slash = whole.find_last_of("/\\");
  return std::string(slash == std::string_view::npos ? whole : whole.substr(slash + 1));
}

// Blocks of zeros end a tar: one that was cut off between two files looks whole but for them.
bool cut_off(struct archive* reader, std::string_view bytes) {
  constexpr std::size_t block = 512;
  const bool plain_tar =
      (archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR &&
      archive_filter_code(reader, 0) == ARCHIVE_FILTER_NONE;
  return plain_tar && bytes.find_last_not_of('\0') + block >= bytes.size();
}

// Appends what the entry holds; false: more than `most` in all.
Result<bool> read_entry(struct archive* reader, std::string& content, std::size_t most) {
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int code = archive_read_data_block(reader, &block, &size, &offset);
    if (code == ARCHIVE_EOF) return true;
    if (code < ARCHIVE_WARN) return fail(reason_of(reader));
    if (content.size() + size > most) return false;
    content.append(static_cast<const char*>(block), size);
  }
}

}  // namespace

Result<std::vector<ArchivedFile>> unpack(std::string_view bytes, std::size_t most_bytes,
                                         std::size_t most_files) {
  const Reader reader(archive_read_new());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return fail("it is no zip or tar archive: " + reason_of(reader.get()));
  }
  std::vector<ArchivedFile> files;
  std::size_t left = most_bytes;
  for (;;) {
    struct archive_entry* entry = nullptr;
    const int code = archive_read_next_header(reader.get(), &entry);
    if (code == ARCHIVE_EOF) {
      if (cut_off(reader.get(), bytes)) {
        return fail("the archive ends without its end mark: it was cut off");
      }
      return files;
    }
    if (code < ARCHIVE_WARN) return fail("the archive cannot be read: " + reason_of(reader.get()));
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    if (files.size() == most_files) {
      return fail("the archive holds more than " + std::to_string(most_files) + " files");
    }
    ArchivedFile& file = files.emplace_back();
    file.name = name_of(entry);
    const auto whole = read_entry(reader.get(), file.content, left);
    if (!whole) return fail(file.name + " in the archive cannot be read: " + whole.error().message);
    if (!*whole) {
      return fail("the archive holds more than " + std::to_string(most_bytes >> 20) +
                  " MiB; let the source write smaller ones (a day each)");
    }
    left -= file.content.size();
  }
}

}  // namespace storeward
