// One file opened through the crash-VFS: reads, writes, syncs, locks and the WAL index.
#include <sqlite3.h>

#include <cstring>
#include <utility>

#include "tests/support/crash_vfs_state.h"

namespace storeward::support {
namespace {

using State = CrashVfs::State;

bool others(const OpenFile& self, auto&& holds) {
  for (const OpenFile* user : self.machine->shared.at(self.file.get()).users) {
    if (user != &self && holds(*user)) return true;
  }
  return false;
}

int file_unmap_index(sqlite3_file* file, int) {
  OpenFile& self = open_file(file);
  self.maps_index = false;
  self.shared_index_locks = self.exclusive_index_locks = 0;
  if (!others(self, [](const OpenFile& user) { return user.maps_index; })) {
    self.machine->shared.at(self.file.get()).index_regions.clear();
  }
  return SQLITE_OK;
}

int file_close(sqlite3_file* file) {
  OpenFile* self = &open_file(file);
  State& machine = *self->machine;
  const auto shared = machine.shared.find(self->file.get());
  shared->second.users.erase(self);
  if (shared->second.users.empty()) machine.shared.erase(shared);
  if (!self->delete_on_close.empty() && !machine.down) machine.disk.remove(self->delete_on_close);
  delete self;
  return SQLITE_OK;
}

int file_read(sqlite3_file* file, void* buffer, int count, sqlite3_int64 offset) {
  OpenFile& self = open_file(file);
  if (const auto fault = self.machine->begin(DiskOperation::read)) {
    self.machine->finish(fault);
    return SQLITE_IOERR_READ;
  }
  const auto wanted = static_cast<std::size_t>(count);
  const std::string_view bytes = self.file->read(static_cast<std::uint64_t>(offset), wanted);
  if (!bytes.empty()) std::memcpy(buffer, bytes.data(), bytes.size());
  std::memset(static_cast<char*>(buffer) + bytes.size(), 0, wanted - bytes.size());
  return bytes.size() == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

// How much of a write the disk still has room for.
std::size_t room_for(const OpenFile& self, std::uint64_t at, std::size_t count) {
  const State& machine = *self.machine;
  const std::uint64_t size = self.file->size();
  if (!machine.capacity || at + count <= size) return count;
  const std::uint64_t used = machine.disk.used_bytes();
  const std::uint64_t free = *machine.capacity > used ? *machine.capacity - used : 0;
  if (at + count <= size + free) return count;
  return size + free > at ? static_cast<std::size_t>(size + free - at) : 0;
}

int file_write(sqlite3_file* file, const void* buffer, int count, sqlite3_int64 offset) {
  OpenFile& self = open_file(file);
  State& machine = *self.machine;
  const auto fault = machine.begin(DiskOperation::write);
  if (machine.down) return SQLITE_IOERR_WRITE;
  const auto at = static_cast<std::uint64_t>(offset);
  const std::string_view bytes(static_cast<const char*>(buffer), static_cast<std::size_t>(count));
  if (fault) {
    const bool whole = fault == DiskFault::power_cut;  // the cut itself tears it
    const std::size_t sectors = machine.random.below(bytes.size() / sector_bytes + 1);
    const std::string_view done = whole ? bytes : bytes.substr(0, sectors * sector_bytes);
    if (!done.empty()) self.file->write(at, done);
    machine.finish(fault);
    return SQLITE_IOERR_WRITE;
  }
  const std::size_t room = room_for(self, at, bytes.size());
  if (room != 0) self.file->write(at, bytes.substr(0, room));
  return room == bytes.size() ? SQLITE_OK : SQLITE_FULL;
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile& self = open_file(file);
  const auto fault = self.machine->begin(DiskOperation::truncate);
  if (self.machine->down) return SQLITE_IOERR_TRUNCATE;
  if (!fault || fault == DiskFault::power_cut)
    self.file->truncate(static_cast<std::uint64_t>(size));
  self.machine->finish(fault);
  return fault ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

int file_sync(sqlite3_file* file, int) {
  OpenFile& self = open_file(file);
  State& machine = *self.machine;
  const auto fault = machine.begin(DiskOperation::sync);
  if (machine.down) return SQLITE_IOERR_FSYNC;
  if (fault) {
    if (fault == DiskFault::io_error) self.file->fail_sync(machine.random);
    machine.finish(fault);
    return SQLITE_IOERR_FSYNC;
  }
  self.file->sync();
  if (std::exchange(self.directory_unsynced, false)) machine.disk.sync_directory();
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  OpenFile& self = open_file(file);
  *size = static_cast<sqlite3_int64>(self.file->size());
  return self.machine->down ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int file_lock(sqlite3_file* file, int level) {
  OpenFile& self = open_file(file);
  const auto held = [&self](int at_least) {
    return others(self, [at_least](const OpenFile& user) { return user.lock_level >= at_least; });
  };
  if (level <= self.lock_level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (held(SQLITE_LOCK_PENDING)) return SQLITE_BUSY;
  } else {
    if (held(SQLITE_LOCK_RESERVED)) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && held(SQLITE_LOCK_SHARED)) {
      self.lock_level = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
  }
  self.lock_level = level;
  return SQLITE_OK;
}

int file_unlock(sqlite3_file* file, int level) {
  open_file(file).lock_level = level;
  return SQLITE_OK;
}

int file_check_reserved(sqlite3_file* file, int* held) {
  const OpenFile& self = open_file(file);
  const auto reserved = [](const OpenFile& user) {
    return user.lock_level >= SQLITE_LOCK_RESERVED;
  };
  *held = reserved(self) || others(self, reserved);
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int file_sector_size(sqlite3_file*) {
  return sector_bytes;
}
int file_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int file_map_index(sqlite3_file* file, int region, int size, int extend, void volatile** bytes) {
  OpenFile& self = open_file(file);
  *bytes = nullptr;
  if (self.machine->down) return SQLITE_IOERR_SHMMAP;
  self.maps_index = true;
  auto& regions = self.machine->shared.at(self.file.get()).index_regions;
  const auto wanted = static_cast<std::size_t>(region);
  if (wanted >= regions.size() && extend == 0) return SQLITE_OK;
  while (wanted >= regions.size()) regions.emplace_back(static_cast<std::size_t>(size), '\0');
  *bytes = regions[wanted].data();
  return SQLITE_OK;
}

int file_lock_index(sqlite3_file* file, int offset, int count, int flags) {
  OpenFile& self = open_file(file);
  const unsigned mask = ((1u << count) - 1) << offset;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    self.shared_index_locks &= ~mask;
    self.exclusive_index_locks &= ~mask;
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  const bool busy = others(self, [mask, exclusive](const OpenFile& user) {
    return ((user.exclusive_index_locks | (exclusive ? user.shared_index_locks : 0)) & mask) != 0;
  });
  if (busy) return SQLITE_BUSY;
  (exclusive ? self.exclusive_index_locks : self.shared_index_locks) |= mask;
  return SQLITE_OK;
}

void file_index_barrier(sqlite3_file*) {}

}  // namespace

const sqlite3_io_methods crash_file_methods = {2,
                                               file_close,
                                               file_read,
                                               file_write,
                                               file_truncate,
                                               file_sync,
                                               file_size,
                                               file_lock,
                                               file_unlock,
                                               file_check_reserved,
                                               file_control,
                                               file_sector_size,
                                               file_characteristics,
                                               file_map_index,
                                               file_lock_index,
                                               file_index_barrier,
                                               file_unmap_index,
                                               nullptr,
                                               nullptr};

}  // namespace storeward::support
