// A file that is there in whole or not at all, whatever is switched off when: written under a name
// that nobody reads, made durable, then given its name.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "drivers/file_drop/descriptor.h"

namespace storeward::file_drop {

class DurableFile {
 public:
  // In the directory with this descriptor, which must stay open.
  static Result<DurableFile> create(int directory, std::string name);
  DurableFile(DurableFile&& other) noexcept = default;
  DurableFile& operator=(DurableFile&&) = delete;
  ~DurableFile();  // what has not been kept is removed

  Result<void> write(std::string_view bytes);
  // Replaces what has the name. The directory is made durable, too.
  Result<void> keep();

 private:
  DurableFile(int directory, std::string name, Descriptor file)
      : directory_(directory), name_(std::move(name)), file_(std::move(file)) {}

  std::string temporary() const { return "." + name_ + ".part"; }

  int directory_;
  std::string name_;
  Descriptor file_;  // none: kept, or moved from
};

Result<void> write_durably(int directory, const std::string& name, std::string_view text);

}  // namespace storeward::file_drop
