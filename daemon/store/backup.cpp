#include "daemon/store/backup.h"

#include <SQLiteCpp/Backup.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "common/log.h"
#include "daemon/store/disk.h"

namespace kaizen::store {
namespace {

namespace fs = std::filesystem;

constexpr int kPagesAtOnce = 2000;
constexpr std::int64_t kUpgradeNeeds = std::int64_t{16} << 20;

// The copies of upgrades before: one is enough.
void remove_others(const std::string& database, const std::string& kept) {
    const std::string start = fs::path(database).filename().string() + ".before-v";
    for (const auto& entry : fs::directory_iterator(fs::path(database).parent_path())) {
        if (entry.path() != kept && entry.path().filename().string().starts_with(start))
            fs::remove(entry.path());
    }
}

void copy(SQLite::Database& from, const std::string& to, const std::function<bool()>& on_progress) {
    SQLite::Database copy(create_private(to), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, 2000);
    SQLite::Backup backup(copy, from);
    while (backup.executeStep(kPagesAtOnce) != SQLITE_DONE) {
        if (!on_progress()) throw std::runtime_error("the copy was given up");
    }
}

}  // namespace

void keep_copy_before(int version, SQLite::Database& db, const std::function<bool()>& on_progress) {
    const std::string& database = db.getFilename();
    const std::string kept = fmt::format("{}.before-v{}", database, version);
    const std::string part = kept + ".part";
    const std::int64_t size = file_bytes(database) + file_bytes(database + "-wal");
    const auto room = free_bytes(database);
    if (room && *room < size + kUpgradeNeeds) {
        log::warn("no room for a copy of the database, the upgrade goes on without",
                  "needs_bytes={} free_bytes={}", size + kUpgradeNeeds, *room);
        return;
    }
    fs::remove(part);  // of an upgrade that was cut
    try {
        copy(db, part, on_progress);
    } catch (...) {
        fs::remove(part);
        throw;
    }
    fs::rename(part, kept);
    remove_others(database, kept);
    log::info("a copy of the database was made before the upgrade", "copy={}", kept);
}

}  // namespace kaizen::store
