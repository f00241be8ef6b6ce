#include "store/file_system.h"

#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "store/failure.h"

namespace storeward::store {
namespace {

// The kernel's numbers (magic.h and the file systems' own headers). Not FUSE, which may be local.
const char* name_of_share(const struct statfs& system) {
  switch (static_cast<std::uint32_t>(system.f_type)) {
    case 0x6969:
      return "NFS";
    case 0x517b:
    case 0xff534d42:
    case 0xfe534d42:
      return "SMB";
    case 0x5346414f:
    case 0x6b414653:
      return "AFS";
    case 0x00c36400:
      return "Ceph";
    default:
      return nullptr;
  }
}

}  // namespace

void refuse_network_share(const std::filesystem::path& directory) {
  struct statfs system {};
  if (statfs(directory.c_str(), &system) != 0) return;  // whoever opens it says what is wrong
  if (const char* share = name_of_share(system)) {
    throw Failure(StoreFailure::invalid,
                  directory.string() + ": is on a network share (" + share +
                      "), which cannot keep what an answer promises; set store.directory to one on "
                      "a local disk");
  }
}

void move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failed;
  std::filesystem::rename(from, to, failed);
  if (failed) {
    throw Failure(StoreFailure::io,
                  from.string() + ": cannot be moved to " + to.string() + ": " + failed.message());
  }
}

void sync(const std::filesystem::path& file_or_directory) {
  const int descriptor = open(file_or_directory.c_str(), O_RDONLY | O_CLOEXEC);
  // Some file systems have nothing to sync in a directory.
  const bool synced = descriptor >= 0 && (fsync(descriptor) == 0 || errno == EINVAL);
  if (descriptor >= 0) close(descriptor);
  if (!synced) throw Failure(StoreFailure::io, file_or_directory.string() + ": cannot be synced");
}

}  // namespace storeward::store
