#include "daemon/store/database.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <array>
#include <fstream>

#include "daemon/store/aside.h"
#include "daemon/store/disk.h"
#include "daemon/store/fault.h"
#include "daemon/store/migrations.h"
#include "daemon/store/salvage.h"

namespace kaizen::store {
namespace {

constexpr int kProgressEvery = 1'000'000;  // steps of SQLite's machine: some milliseconds
constexpr int kGiveUpEvery = 5'000;
constexpr int kBusyMs = 2'000;

// What SQLite would take for a database of a format to come, and refuse to write or to read.
const std::string& check_header(const std::string& path) {
    std::array<char, 20> header{};
    std::ifstream file(path, std::ios::binary);
    if (!file.read(header.data(), header.size())) return path;  // new
    const auto known = [](char version) { return version == 1 || version == 2; };
    if (!known(header[18]) || !known(header[19])) throw Damaged("its header names no format of SQLite's");
    return path;
}

// While it stands, SQLite calls `on_progress` during long statements.
class ProgressReport {
  public:
    ProgressReport(sqlite3* db, const OnProgress& on_progress) : db_(db), on_progress_(on_progress) {
        const auto call = [](void* self) {
            return static_cast<ProgressReport*>(self)->on_progress_() ? 0 : 1;
        };
        sqlite3_progress_handler(db, kProgressEvery, call, this);
    }
    ~ProgressReport() { sqlite3_progress_handler(db_, 0, nullptr, nullptr); }
    ProgressReport(const ProgressReport&) = delete;
    ProgressReport& operator=(const ProgressReport&) = delete;

  private:
    sqlite3* db_;
    const OnProgress& on_progress_;
};

void use_cache(SQLite::Database& db, int kibibytes) {
    db.exec("PRAGMA cell_size_check=ON");  // finds damage where it is read
    db.exec(fmt::format("PRAGMA cache_size=-{}", kibibytes));
}

// O(size), so only when the computer or the process went down under it.
void check_all(SQLite::Database& db) {
    const std::string found = db.execAndGet("PRAGMA quick_check(1)").getString();
    if (found != "ok") throw Damaged(found);
}

}  // namespace

void forgo_memory_statistics() { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

Database::Database(const std::string& path, OnProgress on_progress)
    : path_(path),
      db_(check_header(create_private(path)), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyMs),
      read_only_(false) {
    if (!on_progress) on_progress = [] { return true; };
    const ProgressReport report(db_.getHandle(), on_progress);
    set_up(file_bytes(path + "-wal") > 0, on_progress);
}

Database::Database(const std::string& path, ReadOnly)
    : path_(path), db_(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, kBusyMs), read_only_(true) {
    use_cache(db_, 1024);
}

void Database::set_up(bool unclean, const OnProgress& on_progress) {
    db_.exec("PRAGMA journal_mode=WAL");
    db_.exec("PRAGMA synchronous=NORMAL");
    db_.exec("PRAGMA foreign_keys=ON");
    use_cache(db_, 8192);
    db_.exec("PRAGMA journal_size_limit=8388608");  // what a checkpoint leaves of the WAL
    if (unclean) check_all(db_);
    migrate(
        db_, [this] { take_over_what_was_set_aside(); }, on_progress);
}

void Database::take_over_what_was_set_aside() {
    const auto damaged = set_aside_before(path_);
    if (!damaged.empty()) take_over_outbox(db_, damaged.back());
}

std::int64_t Database::bytes() const { return file_bytes(path_) + file_bytes(path_ + "-wal"); }

SQLite::Database& Transaction::ready(Database& database) {
    SQLite::Database& handle = database.handle();
    if (sqlite3_get_autocommit(handle.getHandle()) == 0) handle.exec("ROLLBACK");
    return handle;
}

Overwriting::Overwriting(Database& database) : handle_(database.handle()) {
    handle_.exec("PRAGMA secure_delete=ON");
}

Overwriting::~Overwriting() { handle_.tryExec("PRAGMA secure_delete=OFF"); }

void Database::checkpoint() { db_.tryExec("PRAGMA wal_checkpoint(TRUNCATE)"); }

Snapshot::Snapshot(Database& database, std::function<bool()> give_up)
    : handle_(database.handle()), give_up_(std::move(give_up)) {
    handle_.exec("BEGIN");
    const auto ask = [](void* self) { return static_cast<Snapshot*>(self)->give_up_() ? 1 : 0; };
    sqlite3_progress_handler(handle_.getHandle(), kGiveUpEvery, ask, this);
}

Snapshot::~Snapshot() {
    sqlite3_progress_handler(handle_.getHandle(), 0, nullptr, nullptr);
    handle_.tryExec("ROLLBACK");
    sqlite3_db_release_memory(handle_.getHandle());  // the system has the pages, too
}

void Database::release_memory() { sqlite3_db_release_memory(db_.getHandle()); }

}  // namespace kaizen::store
