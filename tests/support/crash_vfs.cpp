#include "tests/support/crash_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "agent/base/assert.h"

namespace storeward::support {

struct OpenFile;

// What all who have a file open share: locks and the WAL index. Gone with the last of them, as the
// real ones go with the process.
struct Shared {
  std::set<OpenFile*> users;
  std::vector<std::vector<char>> index_regions;
};

struct OpenFile {
  CrashVfs::State* machine;
  std::shared_ptr<DiskFile> file;
  std::string delete_on_close;      // its name, or empty
  bool directory_unsynced = false;  // a journal or WAL: its first sync is for its name too
  int lock_level = SQLITE_LOCK_NONE;
  bool maps_index = false;
  unsigned shared_index_locks = 0, exclusive_index_locks = 0;
};

struct CrashVfs::State {
  State(std::string vfs_name, std::uint64_t seed) : name(std::move(vfs_name)), random(seed) {}

  // Counts an operation and says which fault it meets.
  std::optional<DiskFault> begin(DiskOperation kind) {
    if (down) return DiskFault::io_error;
    if (paused) return std::nullopt;
    ++counts[static_cast<std::size_t>(kind)];
    if (fault_in == 0 || --fault_in != 0) return std::nullopt;
    if (planned == DiskFault::full) {
      capacity = disk.used_bytes();
      return std::nullopt;
    }
    return planned;
  }

  // The end of an operation that was done as far as it got: now the machine stops, if it has to.
  void finish(std::optional<DiskFault> fault) {
    if (down) return;
    if (fault == DiskFault::power_cut) disk.lose_power(random);
    if (fault == DiskFault::power_cut || fault == DiskFault::kill) down = true;
  }

  std::string name;
  Random random;
  CrashDisk disk;
  std::map<DiskFile*, Shared> shared;
  std::array<std::uint64_t, disk_operation_count> counts{};
  std::uint64_t fault_in = 0;  // operations until the planned fault; 0: none
  DiskFault planned = DiskFault::io_error;
  std::optional<std::uint64_t> capacity;
  bool down = false;
  bool paused = false;
  sqlite3_vfs vfs{};
};

namespace {

using State = CrashVfs::State;

struct Handle {
  sqlite3_file base;  // first, as SQLite wants it
  OpenFile* open;
};

OpenFile& open_file(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file)->open;
}

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

constexpr sqlite3_io_methods file_methods = {2,
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

State& machine_of(sqlite3_vfs* vfs) {
  return *static_cast<State*>(vfs->pAppData);
}

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  State& machine = machine_of(vfs);
  file->pMethods = nullptr;
  const auto fault = machine.begin(DiskOperation::open);
  if (fault) {
    machine.finish(fault);
    return SQLITE_CANTOPEN;
  }
  std::shared_ptr<DiskFile> content;
  if (name == nullptr) {
    content = std::make_shared<DiskFile>();  // a nameless temporary
  } else {
    content = machine.disk.find(name);
    if (content && (flags & SQLITE_OPEN_EXCLUSIVE) != 0) return SQLITE_CANTOPEN;
    if (!content && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (!content) content = machine.disk.create(name);
  }
  constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  auto* self = new OpenFile{.machine = &machine, .file = std::move(content), .delete_on_close = {}};
  if (name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) != 0) self->delete_on_close = name;
  self->directory_unsynced = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & journals) != 0;
  machine.shared[self->file.get()].users.insert(self);
  auto* handle = reinterpret_cast<Handle*>(file);
  handle->open = self;
  handle->base.pMethods = &file_methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  State& machine = machine_of(vfs);
  const auto fault = machine.begin(DiskOperation::remove);
  if (machine.down) return SQLITE_IOERR_DELETE;
  if (!machine.disk.find(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (!fault || fault == DiskFault::power_cut) machine.disk.remove(name);
  machine.finish(fault);
  if (fault) return SQLITE_IOERR_DELETE;
  if (sync_directory != 0) machine.disk.sync_directory();
  return SQLITE_OK;
}

int vfs_access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  const State& machine = machine_of(vfs);
  *result = machine.disk.find(name) ? 1 : 0;
  return machine.down ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

int vfs_full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int vfs_randomness(sqlite3_vfs* vfs, int count, char* out) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<char>(machine_of(vfs).random.next());
  return count;
}

int vfs_sleep(sqlite3_vfs*, int microseconds) {
  return microseconds;
}

int vfs_time(sqlite3_vfs*, double* julian_day) {
  *julian_day = 2461000.5;  // nothing of ours may depend on SQLite's clock
  return SQLITE_OK;
}

int vfs_last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

CrashVfs::CrashVfs(std::string name, std::uint64_t seed)
    : state_(std::make_unique<State>(std::move(name), seed)) {
  sqlite3_vfs& vfs = state_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = state_->name.c_str();
  vfs.pAppData = state_.get();
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_full_path;
  vfs.xRandomness = vfs_randomness;
  vfs.xSleep = vfs_sleep;
  vfs.xCurrentTime = vfs_time;
  vfs.xGetLastError = vfs_last_error;
  ASSERT(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed | 1), nullptr);
}

CrashVfs::~CrashVfs() {
  ASSERT(state_->shared.empty());
  sqlite3_vfs_unregister(&state_->vfs);
}

const std::string& CrashVfs::name() const {
  return state_->name;
}

void CrashVfs::fail_at(std::uint64_t nth, DiskFault fault) {
  ASSERT(nth >= 1);
  state_->fault_in = nth;
  state_->planned = fault;
}

void CrashVfs::set_capacity(std::optional<std::uint64_t> bytes) {
  state_->capacity = bytes;
}

void CrashVfs::pause_faults(bool paused) {
  state_->paused = paused;
}

bool CrashVfs::fault_planned() const {
  return state_->fault_in != 0 || state_->capacity || state_->down;
}

void CrashVfs::clear_faults() {
  state_->fault_in = 0;
  state_->capacity.reset();
}

void CrashVfs::power_cut() {
  state_->finish(DiskFault::power_cut);
}

void CrashVfs::kill() {
  state_->finish(DiskFault::kill);
}

bool CrashVfs::down() const {
  return state_->down;
}

void CrashVfs::restart() {
  ASSERT(state_->shared.empty());
  state_->down = false;
}

CrashDisk::Image CrashVfs::image() const {
  return state_->disk.image();
}

void CrashVfs::restore(const CrashDisk::Image& image) {
  ASSERT(state_->shared.empty());
  state_->disk.restore(image);
}

std::uint64_t CrashVfs::operations() const {
  std::uint64_t all = 0;
  for (const std::uint64_t count : state_->counts) all += count;
  return all;
}

std::uint64_t CrashVfs::operations(DiskOperation kind) const {
  return state_->counts[static_cast<std::size_t>(kind)];
}

std::uint64_t CrashVfs::used_bytes() const {
  return state_->disk.used_bytes();
}

}  // namespace storeward::support
