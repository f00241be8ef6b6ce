#include "store/salvage.h"

#include <algorithm>
#include <fstream>

#include "store/database_pages.h"
#include "store/file_system.h"
#include "store/rescue.h"
#include "store/reserve.h"
#include "store/salvage_rows.h"
#include "store/schema.h"
#include "store/tail_file.h"
#include "store/tuning.h"

namespace storeward::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view mark_name = "outbox.damaged";  // folder to set aside in, then the cause
constexpr std::string_view report_name = "report.txt";
constexpr std::string_view folder_prefix = "damaged-";

struct Mark {
  std::string folder, cause;
};

Mark read_mark(const fs::path& directory) {
  Mark mark;
  std::ifstream file(directory / mark_name);
  std::getline(file, mark.folder);
  std::getline(file, mark.cause);
  // The mark itself may be what the disk has damaged.
  if (!mark.folder.starts_with(folder_prefix) || mark.folder.find('/') != std::string::npos) {
    mark.folder = std::string(folder_prefix) + "unknown";
  }
  return mark;
}

// Moves what belongs to the damaged outbox. What an earlier attempt moved stays moved.
void set_aside(const fs::path& directory, const fs::path& folder) {
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (failed) {
    throw Failure(StoreFailure::io, folder.string() + ": cannot be made: " + failed.message());
  }
  for (const char* name : {"outbox.db", "outbox.db-wal", "outbox.db-shm", "outbox.tail"}) {
    if (fs::exists(directory / name) && !fs::exists(folder / name)) {
      move_file(directory / name, folder / name);
    }
  }
  sync(folder);
  sync(directory);
}

// SQLite deletes the WAL of a database that has no page: one of zeros keeps it.
void give_first_page(const fs::path& database) {
  std::error_code absent;
  if (fs::file_size(database, absent) > 0 && !absent) return;
  std::ofstream made(database, std::ios::app);
  fs::resize_file(database, page_bytes, absent);
}

std::string new_folder() {
  std::string folder = std::string(folder_prefix) + to_rfc3339(SystemClock().wall());
  std::erase_if(folder, [](char c) { return c == ':'; });
  return folder;
}

std::string in_words(const SalvageReport& report, const Mark& mark) {
  std::string text =
      "The outbox was damaged" + (mark.cause.empty() ? std::string() : " (" + mark.cause + ")") +
      " and has been salvaged: " + std::to_string(report.events) + " events are kept";
  if (report.lost_events > 0) {
    text += ", " + std::to_string(report.lost_events) +
            " are lost and have been announced to the hub as absent; any that it confirmed in the "
            "last moment are safe.";
  } else {
    text += report.doubtful_events > 0 ? "." : ", none of those that were known is lost.";
  }
  if (report.doubtful_events > 0) {
    text += " Up to " + std::to_string(report.doubtful_events) +
            " may be lost and have been announced to the hub as absent: how far it had confirmed "
            "them is not known any more, and those that it has confirmed are safe.";
  }
  if (report.confirmed_events > 0) {
    text += " " + std::to_string(report.confirmed_events) +
            " are not in the outbox any more, and safe: the hub has confirmed them.";
  }
  if (report.foreign_events > 0) {
    text += " " + std::to_string(report.foreign_events) +
            " are of another agent or another outbox and have not been taken.";
  }
  if (!report.ends_known) {
    text += " Whether newer ones were lost is not known: outbox.tail is missing or damaged.";
  }
  if (!report.lost_parts.empty()) {
    text += " Not readable in full: ";
    for (const std::string& part : report.lost_parts) text += part + ", ";
    text.replace(text.size() - 2, 2, ".");
  }
  return text + " The damaged files are in " + mark.folder +
         "; once they are no longer needed, move that folder away. Check the disk (smartctl).\n";
}

}  // namespace

void mark_damaged(const OutboxOptions& options, const std::string& cause) noexcept {
  try {
    if (!options.vfs.empty() || is_marked_damaged(options.directory)) return;
    const std::string folder = new_folder();
    std::ofstream file(options.directory / mark_name);
    file << folder << '\n' << cause << '\n';
  } catch (const std::exception&) {
    // Not marked: the damage will be met again.
  }
}

bool is_marked_damaged(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / mark_name, ignored);
}

std::string noted_streams(const fs::path& directory) {
  const auto tail = read_tail(directory);
  std::string used;
  for (const Stream stream : all_streams) {
    const Sequence last = tail ? tail->streams[index_of(stream)].last : 0;
    if (last == 0) continue;
    if (!used.empty()) used += ", ";
    used += std::string(name_of(stream)) + " 1 to " + std::to_string(last);
  }
  return used;
}

std::string lost_database(const fs::path& directory) {
  const auto bytes = [&directory](const char* name) -> std::uintmax_t {
    std::error_code absent;
    const std::uintmax_t found = fs::file_size(directory / name, absent);
    return absent ? 0 : found;
  };
  if (bytes("outbox.db") > 0) return {};
  if (bytes("outbox.db-wal") > 0) {
    return "outbox.db is gone, and what stands in outbox.db-wal is left";
  }
  if (const std::string used = noted_streams(directory); !used.empty()) {
    return "outbox.db is gone, with all that was not yet at the hub of " + used;
  }
  // It is made after the database.
  std::error_code unknown;
  if (fs::exists(reserve_file(directory), unknown)) return "outbox.db is gone";
  return {};
}

void put_rescued_in_place(const fs::path& directory) {
  const fs::path rescued = directory / rescued_name;
  if (!fs::exists(rescued)) return;
  const fs::path folder = directory / new_folder();
  set_aside(directory, folder);
  std::ofstream(folder / report_name)
      << "The outbox's files were deleted, moved or replaced while the agent ran. All it held was "
         "written anew, nothing is lost. What lay in their place is in "
      << folder.filename().string()
      << "; once it is no longer needed, move that folder away. Find out who touched "
      << directory.string() << ", and start no agent on what was moved.\n";
  sync(folder / report_name);
  move_file(rescued, directory / "outbox.db");
  sync(directory);
}

void salvage(const OutboxOptions& options, const Clock& clock) {
  const Mark mark = read_mark(options.directory);
  const fs::path folder = options.directory / mark.folder;
  const fs::path outbox = options.directory / "outbox.db";
  const fs::path fresh = options.directory / "outbox.salvaged";
  // Both there: an earlier attempt was through but for its last step.
  if (!(fs::exists(outbox) && fs::exists(folder / "outbox.db"))) {
    give_up_reserve(options.directory);  // its room is needed now
    std::error_code ignored;
    set_aside(options.directory, folder);
    give_first_page(folder / "outbox.db");
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(fresh.string() + suffix, ignored);
    const SalvageReport report =
        salvage_rows(folder / "outbox.db", fresh, options, "salvaged: " + mark.cause, clock);
    if (fs::exists(fresh.string() + "-wal")) {
      throw Failure(StoreFailure::io, fresh.string() + ": could not be completed");
    }
    std::ofstream(folder / report_name) << in_words(report, mark);
    move_file(fresh, outbox);
    sync(options.directory);
  }
  std::error_code ignored;
  fs::remove(options.directory / mark_name, ignored);
  sync(options.directory);
}

std::optional<std::string> salvage_notice(const fs::path& directory) {
  std::string newest;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(folder_prefix) && fs::exists(entry.path() / report_name)) {
      newest = std::max(newest, name);
    }
  }
  if (newest.empty()) return std::nullopt;
  std::string line;
  std::ifstream file(directory / newest / report_name);
  std::getline(file, line);
  return line;
}

}  // namespace storeward::store
