#include "store/outbox_reader.h"

#include <type_traits>

#include "store/audit_table.h"
#include "store/database_pages.h"
#include "store/exception_table.h"
#include "store/reader_state.h"
#include "store/rescue.h"
#include "store/salvage.h"
#include "store/source_cursor_table.h"

namespace storeward::store {
namespace {

template <typename Work>
StoreResult<std::invoke_result_t<Work>> answer(const OutboxOptions& options, Work work) {
  try {
    return work();
  } catch (const Failure& failure) {
    StoreError error = failure.error();
    if (error.kind == StoreFailure::corrupt) {
      const std::string cut = DatabasePages::cut_in_words(options.directory / "outbox.db");
      if (!cut.empty()) error.message += "; " + cut;
      mark_damaged(options, error.message);
    }
    return Unexpected<StoreError>{error};
  }
}

// Before the lock file is made: one that belongs to whoever looks would shut the agent's user out.
void refuse_absent(const std::filesystem::path& directory) {
  const std::string database = (directory / "outbox.db").string();
  std::error_code unknown;  // what may not be looked at is left to the lock to name
  if (std::filesystem::exists(directory / rescued_name, unknown)) {
    throw Failure(StoreFailure::io,
                  database + ": was taken away while the agent ran; all it held is in " +
                      rescued_name + ", from which the agent goes on when it is started");
  }
  const bool there = std::filesystem::exists(database, unknown);
  if (unknown) return;
  if (!there && is_marked_damaged(directory)) {
    throw Failure(StoreFailure::corrupt,
                  database + ": set aside as damaged; start the agent, which saves what is whole");
  }
  if (const std::string lost = lost_database(directory); !lost.empty()) {
    throw Failure(StoreFailure::corrupt, directory.string() + ": " + lost);
  }
  if (there) return;
  throw Failure(StoreFailure::absent, "there is no outbox yet in " + directory.string() +
                                          "; the first `storeward run` makes it");
}

}  // namespace

// A database of which nothing has left the WAL looks new without it.
OutboxReader::State::Checked::Checked(Connection& db, const OutboxOptions& options) {
  if (options.vfs.empty() && db.integer("PRAGMA user_version") == 0) {
    if (const std::string used = noted_streams(options.directory); !used.empty()) {
      throw Failure(StoreFailure::corrupt,
                    "outbox.db is empty, and has held " + used +
                        ": what was committed is gone (was outbox.db-wal cut or deleted?)");
    }
  }
  check_schema(db);
}

OutboxReader::State::State(const OutboxOptions& given, std::unique_ptr<DirectoryLock> held)
    : options(given),
      lock(std::move(held)),
      db(options.directory / "outbox.db", Connection::Mode::read_only, options.vfs),
      checked(db, options),
      runs(db),
      cursor(
          db,
          "SELECT e.no,coalesce(s.pruned_through,0),s.pruned_chain FROM epoch e LEFT JOIN stream "
          "s ON s.epoch_no=e.no AND s.stream=?2 WHERE e.uuid=?1"),
      absent(db,
             "SELECT first,last FROM absent WHERE epoch_no=?1 AND stream=?2 AND last>=?3 "
             "AND first<=?4 ORDER BY first") {
  if (options.vfs.empty()) files.emplace(options.directory / "outbox.db");
}

OutboxReader::OutboxReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutboxReader::~OutboxReader() = default;
OutboxReader::OutboxReader(OutboxReader&&) noexcept = default;

StoreResult<OutboxReader> OutboxReader::open(const OutboxOptions& options) {
  return answer(options, [&] { return OutboxReader(std::make_unique<State>(options, nullptr)); });
}

StoreResult<OutboxReader> OutboxReader::open_unattended(const OutboxOptions& options) {
  return answer(options, [&] {
    refuse_absent(options.directory);
    auto lock = std::make_unique<DirectoryLock>(options.directory);
    return OutboxReader(std::make_unique<State>(options, std::move(lock)));
  });
}

StoreResult<Message> OutboxReader::read(const ReadRequest& request) {
  return answer(state_->options, [&] { return state_->read(request); });
}

StoreResult<std::optional<Sha256>> OutboxReader::hash_at(const StreamKey& stream,
                                                         Sequence sequence) {
  return answer(state_->options, [&] { return state_->hash_at(stream, sequence); });
}

StoreResult<std::vector<StreamState>> OutboxReader::streams() {
  return answer(state_->options, [&] {
    const Snapshot snapshot(state_->db);
    const std::vector<EpochRow> epochs = StreamTable::read_epochs(state_->db);
    const auto rows = StreamTable::read(state_->db, state_->runs);
    std::vector<StreamState> result;
    for (auto epoch = epochs.rbegin(); epoch != epochs.rend(); ++epoch) {
      for (const Stream stream : all_streams) {
        const StreamRow& row = rows.at({epoch->number, stream});
        if (epoch == epochs.rbegin() || row.last > row.pruned_through) {
          result.push_back({{epoch->uuid, stream}, row.head()});
        }
      }
    }
    return result;
  });
}

StoreResult<std::vector<StoredEvent>> OutboxReader::list(const StreamKey& stream, Sequence from,
                                                         std::size_t limit) {
  return answer(state_->options, [&] { return state_->list(stream, from, limit); });
}

StoreResult<std::vector<StoredEvent>> OutboxReader::find(std::string_view id) {
  return answer(state_->options, [&] { return state_->find_id(id); });
}

StoreResult<std::vector<Exception>> OutboxReader::exceptions(const ExceptionFilter& filter) {
  return answer(state_->options, [&] { return read_exceptions(state_->db, filter); });
}

StoreResult<std::optional<Exception>> OutboxReader::exception(std::uint64_t number) {
  return answer(state_->options, [&]() -> std::optional<Exception> {
    auto found = read_exceptions(state_->db, {.from = number, .limit = 1});
    if (found.empty() || found.front().number != number) return std::nullopt;
    return std::move(found.front());
  });
}

StoreResult<std::vector<std::string>> OutboxReader::exception_drivers() {
  return answer(state_->options, [&] { return read_exception_drivers(state_->db); });
}

StoreResult<Unannounced> OutboxReader::unannounced(std::uint64_t after, std::size_t limit) {
  return answer(state_->options, [&] {
    const Snapshot snapshot(state_->db);
    return read_unannounced(state_->db, after, limit);
  });
}

StoreResult<std::vector<AuditLine>> OutboxReader::audit(std::uint64_t from, std::size_t limit) {
  return answer(state_->options, [&] { return read_audit(state_->db, from, limit); });
}

StoreResult<std::optional<std::string>> OutboxReader::source_cursor(std::string_view driver,
                                                                    std::string_view key) {
  return answer(state_->options, [&] { return read_source_cursor(state_->db, driver, key); });
}

StoreResult<std::vector<SourceCursor>> OutboxReader::source_cursors(std::string_view driver,
                                                                    std::string_view after_key,
                                                                    std::size_t limit) {
  return answer(state_->options,
                [&] { return read_source_cursors(state_->db, driver, after_key, limit); });
}

StoreResult<std::vector<RegisterDay>> OutboxReader::register_days(std::uint64_t after_touched,
                                                                  std::size_t limit) {
  return answer(state_->options,
                [&] { return read_register_days(state_->db, after_touched, limit); });
}

StoreResult<RegisterDayBook> OutboxReader::register_day(const RegisterDay& day) {
  return answer(state_->options, [&] { return read_register_day(state_->db, day); });
}

StoreResult<std::vector<MissingEnd>> OutboxReader::missing_ends() {
  return answer(state_->options, [&] { return state_->missing_ends(); });
}

StoreResult<VerifyReport> OutboxReader::verify(
    const std::function<void(std::uint64_t events)>& progress) {
  return answer(state_->options, [&] {
    VerifyReport report = state_->verify(progress);
    for (const VerifyFinding& finding : report.findings) {
      if (finding.in_audit) continue;
      mark_damaged(state_->options, finding.place + ": " + finding.what);
      break;
    }
    return report;
  });
}

}  // namespace storeward::store
