// DirectoryShare: whose a file of a drop directory is. Several drivers may share one: a file is the
// first one's, as they stand in the configuration, whose pattern its name fits; so none is two
// drivers'. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace storeward::file_drop {

struct FilesMeant {
  std::string pattern = "*";
  std::string marker;  // ".done": a file is finished when NAME.done is there; empty: when settled
};

class DirectoryShare {
 public:
  // `drivers` of the directory, in the order of the configuration; `own` is one of them.
  explicit DirectoryShare(std::vector<FilesMeant> drivers = {{}}, std::size_t own = 0);

  const FilesMeant& own() const { return drivers_[own_]; }
  bool is_ours(const std::string& name) const { return owner_of(name) == own_; }
  bool is_anothers(const std::string& name) const;

  // How the directory is shared: the same for all drivers of one share, and for no other.
  std::string text() const;
  static std::string patterns_in(const std::string& text);  // for people

 private:
  std::optional<std::size_t> owner_of(const std::string& name) const;

  std::vector<FilesMeant> drivers_;
  std::size_t own_;
};

}  // namespace storeward::file_drop
