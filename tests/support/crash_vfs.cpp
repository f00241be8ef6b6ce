#include "tests/support/crash_vfs.h"

#include <sqlite3.h>

#include <utility>

#include "agent/base/assert.h"
#include "tests/support/crash_vfs_state.h"

namespace storeward::support {
namespace {

using State = CrashVfs::State;

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
  handle->base.pMethods = &crash_file_methods;
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
