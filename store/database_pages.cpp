#include "store/database_pages.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

namespace storeward::store {
namespace {

constexpr std::size_t wal_header_bytes = 32, frame_header_bytes = 24;
constexpr std::size_t database_header_bytes = 100;  // page 1 begins with it
constexpr unsigned char table_leaf = 13;
constexpr std::size_t most_columns = 64;
constexpr std::uint64_t longest_payload = 64u << 20;

std::uint64_t big_endian(const unsigned char* bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[i];
  return value;
}

std::uint32_t u32(const unsigned char* bytes) {
  return static_cast<std::uint32_t>(big_endian(bytes, 4));
}

// Reads a varint at `at` and moves on; none at the end of the bytes.
std::optional<std::uint64_t> varint(const unsigned char* bytes, std::size_t size, std::size_t& at) {
  std::uint64_t value = 0;
  for (int i = 0; i < 9; ++i) {
    if (at >= size) return std::nullopt;
    const unsigned char byte = bytes[at++];
    if (i == 8) return value << 8 | byte;
    value = value << 7 | (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::size_t size_of_serial(std::uint64_t type) {
  constexpr std::array<std::size_t, 12> sizes = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
  return type < sizes.size() ? sizes[type] : static_cast<std::size_t>((type - 12) / 2);
}

std::int64_t signed_integer(const unsigned char* bytes, std::size_t size) {
  const std::uint64_t value = big_endian(bytes, size);
  const unsigned unused = static_cast<unsigned>(64 - 8 * size);
  return static_cast<std::int64_t>(value << unused) >> unused;
}

// The columns of a record; nothing if it is none.
bool read_record(std::string_view payload, std::vector<StoredValue>& columns) {
  columns.clear();
  const auto* bytes = reinterpret_cast<const unsigned char*>(payload.data());
  std::size_t at = 0;
  const auto header = varint(bytes, payload.size(), at);
  if (!header || *header > payload.size() || *header < at) return false;
  std::size_t body = *header;
  while (at < *header) {
    const auto type = varint(bytes, *header, at);
    if (!type || *type == 10 || *type == 11 || columns.size() == most_columns) return false;
    const std::size_t size = size_of_serial(*type);
    if (size > payload.size() - body) return false;
    if (*type == 0 || *type == 7) {
      columns.emplace_back();  // NULL; the outbox has no floating point
    } else if (*type == 8 || *type == 9) {
      columns.emplace_back(static_cast<std::int64_t>(*type - 8));
    } else if (*type < 10) {
      columns.emplace_back(signed_integer(bytes + body, size));
    } else {
      columns.emplace_back(payload.substr(body, size));
    }
    body += size;
  }
  return body == payload.size();
}

// How many bytes of a payload stand in the leaf itself (file format, 1.6).
std::size_t local_part(std::uint64_t payload) {
  constexpr std::uint64_t most = page_bytes - 35;
  constexpr std::uint64_t least = (page_bytes - 12) * 32 / 255 - 23;
  if (payload <= most) return static_cast<std::size_t>(payload);
  const std::uint64_t fitting = least + (payload - least) % (page_bytes - 4);
  return static_cast<std::size_t>(fitting <= most ? fitting : least);
}

// The checksum of the WAL (file format, 4.2), over pairs of words.
struct WalChecksum {
  bool big_endian_words = false;
  std::uint32_t first = 0, second = 0;

  void add(const unsigned char* bytes, std::size_t size) {
    for (std::size_t i = 0; i + 8 <= size; i += 8) {
      first += word(bytes + i) + second;
      second += word(bytes + i + 4) + first;
    }
  }
  std::uint32_t word(const unsigned char* bytes) const {
    if (big_endian_words) return u32(bytes);
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);  // little-endian machines only
    return value;
  }
};

// The salts that the frames of the current round bear: the header's, or where that is damaged those
// of the first frame.
struct WalHead {
  std::array<unsigned char, wal_header_bytes> bytes{};
  std::array<unsigned char, 8> salts{};
  WalChecksum sum;
  bool whole = false;

  bool bears_salts(const unsigned char* frame) const {
    return std::memcmp(frame + 8, salts.data(), salts.size()) == 0;
  }
};

struct Descriptor {
  explicit Descriptor(const std::string& path) : number(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

bool read_at(int file, std::uint64_t offset, unsigned char* into, std::size_t size) {
  return file >= 0 &&
         pread(file, into, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

std::optional<WalHead> wal_head(int wal) {
  WalHead head;
  std::array<unsigned char, frame_header_bytes> frame{};
  if (!read_at(wal, 0, head.bytes.data(), head.bytes.size()) ||
      !read_at(wal, wal_header_bytes, frame.data(), frame.size())) {
    return std::nullopt;
  }
  head.sum.big_endian_words = (u32(head.bytes.data()) & 1) != 0;
  head.sum.add(head.bytes.data(), 24);
  head.whole = head.sum.first == u32(head.bytes.data() + 24) &&
               head.sum.second == u32(head.bytes.data() + 28);
  std::memcpy(head.salts.data(), head.whole ? head.bytes.data() + 16 : frame.data() + 8, 8);
  return head;
}

}  // namespace

DatabasePages::DatabasePages(const std::filesystem::path& database)
    : file_(open(database.c_str(), O_RDONLY | O_CLOEXEC)),
      wal_(open((database.string() + "-wal").c_str(), O_RDONLY | O_CLOEXEC)) {
  const off_t end = file_ < 0 ? 0 : lseek(file_, 0, SEEK_END);
  file_pages_ = static_cast<std::uint32_t>(static_cast<std::uint64_t>(end) / page_bytes);
  const auto head = wal_head(wal_);
  std::array<unsigned char, frame_header_bytes> frame{};
  for (std::uint64_t at = wal_header_bytes; head && read_at(wal_, at, frame.data(), frame.size());
       at += frame.size() + page_bytes) {
    if (!head->bears_salts(frame.data())) continue;  // of an earlier round through the WAL
    frames_.emplace_back(u32(frame.data()), at + frame.size());
    newest_in_wal_[u32(frame.data())] = at + frame.size();
  }
}

DatabasePages::~DatabasePages() {
  if (file_ >= 0) close(file_);
  if (wal_ >= 0) close(wal_);
}

bool DatabasePages::read_frame(std::uint64_t offset, Page& page) const {
  return read_at(wal_, offset, page.data(), page.size());
}

bool DatabasePages::read(View view, std::uint32_t number, Page& page) const {
  if (number == 0) return false;
  const auto newer = newest_in_wal_.find(number);
  if (view == View::newest && newer != newest_in_wal_.end()) return read_frame(newer->second, page);
  return number <= file_pages_ &&
         read_at(file_, std::uint64_t{number - 1} * page_bytes, page.data(), page.size());
}

void DatabasePages::for_each_row(const RowVisitor& visit) const {
  Page page;
  for (std::uint32_t number = 1; number <= file_pages_; ++number) {
    if (!read(View::file_only, number, page)) continue;
    const std::size_t header = number == 1 ? database_header_bytes : 0;
    // Overflow pages may have moved on in the WAL, or not.
    visit_leaf(View::file_only, page, header, visit);
    if (!newest_in_wal_.empty()) visit_leaf(View::newest, page, header, visit);
  }
  for (const auto& [number, offset] : frames_) {
    if (!read_frame(offset, page)) continue;
    visit_leaf(View::newest, page, number == 1 ? database_header_bytes : 0, visit);
  }
}

void DatabasePages::visit_leaf(View view, const Page& page, std::size_t header,
                               const RowVisitor& visit) const {
  if (page[header] != table_leaf) return;
  const std::size_t cells = big_endian(page.data() + header + 3, 2);
  std::vector<StoredValue> columns;
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t pointer = header + 8 + 2 * i;
    if (pointer + 2 > page.size()) return;
    std::int64_t rowid = 0;
    const auto payload = payload_at(view, page, big_endian(page.data() + pointer, 2), rowid);
    if (payload && read_record(*payload, columns)) visit(rowid, columns);
  }
}

std::optional<std::string> DatabasePages::payload_at(View view, const Page& page, std::size_t at,
                                                     std::int64_t& rowid) const {
  const auto size = varint(page.data(), page.size(), at);
  const auto id = varint(page.data(), page.size(), at);
  if (!size || !id || *size > longest_payload) return std::nullopt;
  rowid = static_cast<std::int64_t>(*id);
  const std::size_t local = local_part(*size);
  const bool overflows = local < *size;
  if (at + local + (overflows ? 4 : 0) > page.size()) return std::nullopt;
  std::string payload(reinterpret_cast<const char*>(page.data() + at), local);
  if (!overflows) return payload;
  std::uint32_t next = u32(page.data() + at + local);
  for (Page more; payload.size() < *size; next = u32(more.data())) {
    if (!read(view, next, more)) return std::nullopt;
    const std::size_t part = std::min<std::size_t>(page_bytes - 4, *size - payload.size());
    payload.append(reinterpret_cast<const char*>(more.data() + 4), part);
  }
  return payload;
}

bool DatabasePages::wal_is_cut_within(const std::filesystem::path& database) {
  const Descriptor wal(database.string() + "-wal");
  const auto head = wal_head(wal.number);
  if (!head) return false;
  WalChecksum sum = head->sum;
  bool whole = head->whole;
  bool commit_behind_break = false;
  std::array<unsigned char, frame_header_bytes + page_bytes> frame{};
  for (std::uint64_t at = wal_header_bytes; read_at(wal.number, at, frame.data(), frame.size());
       at += frame.size()) {
    const bool ours = head->bears_salts(frame.data());
    if (whole) {
      sum.add(frame.data(), 8);
      sum.add(frame.data() + frame_header_bytes, page_bytes);
      whole = ours && sum.first == u32(frame.data() + 16) && sum.second == u32(frame.data() + 20);
    }
    if (whole || !ours) continue;
    // A transaction is synced before the next one is begun: only the last may be torn.
    if (commit_behind_break) return true;
    commit_behind_break = u32(frame.data() + 4) != 0;
  }
  return false;
}

std::string DatabasePages::cut_in_words(const std::filesystem::path& database) {
  constexpr std::uint64_t count_at = 28;  // in the header; file format, 1.3.9
  const Descriptor file(database.string());
  std::array<unsigned char, 4> count{};
  if (!read_at(file.number, count_at, count.data(), count.size())) return {};
  const off_t end = lseek(file.number, 0, SEEK_END);
  const std::uint64_t pages = static_cast<std::uint64_t>(end) / page_bytes;
  if (pages >= u32(count.data())) return {};
  return "the file was cut: it ends after page " + std::to_string(pages) + " of " +
         std::to_string(u32(count.data()));
}

}  // namespace storeward::store
