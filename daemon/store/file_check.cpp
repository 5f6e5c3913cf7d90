#include "daemon/store/file_check.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <exception>
#include <functional>
#include <map>
#include <string_view>

#include "daemon/session/usage_ledger.h"
#include "daemon/store/fault.h"
#include "daemon/store/migrations.h"

namespace kaizen::store {
namespace {

using IsOver = std::function<bool()>;

int ends_it(void* is_over) { return (*static_cast<IsOver*>(is_over))() ? 1 : 0; }

void check_by(SQLite::Database& database, const char* pragma) {
    SQLite::Statement check(database, pragma);
    check.executeStep();
    const std::string said = check.getColumn(0).getString();
    if (said != "ok") throw Damaged(said);
}

void check_foreign_keys(SQLite::Database& database) {
    SQLite::Statement check(database, "PRAGMA foreign_key_check");
    if (!check.executeStep()) return;
    throw Damaged(fmt::format("a row of {} names one of {} that is not there", check.getColumn(0).getString(),
                              check.getColumn(2).getString()));
}

std::map<std::string, std::string> schema_of(SQLite::Database& database) {
    std::map<std::string, std::string> schema;
    SQLite::Statement all(database, "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema");
    while (all.executeStep()) schema[all.getColumn(0).getString()] = all.getColumn(1).getString();
    return schema;
}

int version_of(SQLite::Database& database) { return database.execAndGet("PRAGMA user_version").getInt(); }

// What people added by hand is theirs, and one that is not upgraded yet has another schema.
void check_schema(SQLite::Database& database) {
    SQLite::Database ours(":memory:", SQLite::OPEN_READWRITE);
    migrate(
        ours, [] {}, [] { return true; });
    if (version_of(database) != version_of(ours)) return;
    const auto found = schema_of(database);
    for (const auto& [name, sql] : schema_of(ours)) {
        const auto same = found.find(name);
        if (same == found.end() || same->second != sql) throw Damaged(name + " is not as it was made");
    }
}

// What SQLite knows nothing of.
void check_usage(SQLite::Database& database) {
    if (!database.tableExists("usage")) return;
    SQLite::Statement all(database, "SELECT sums FROM usage");
    while (all.executeStep()) {
        const SQLite::Column sums = all.getColumn(0);
        const std::string_view bytes(static_cast<const char*>(sums.getBlob()),
                                     static_cast<std::size_t>(sums.getBytes()));
        if (!session::UsageSum::unpack(bytes)) throw Damaged("a row of usage is not what was written");
    }
}

FileCheck run(const std::string& path, IsOver is_over, const std::function<void(SQLite::Database&)>& checks) {
    constexpr int kStepsBetween = 1000;  // of SQLite's machine, some microseconds each
    if (is_over()) return {FileCheck::Outcome::unfinished, "given up"};
    try {
        SQLite::Database database(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, 500);
        sqlite3_progress_handler(database.getHandle(), kStepsBetween, ends_it, &is_over);
        checks(database);
        return {FileCheck::Outcome::sound, {}};
    } catch (const std::exception& error) {
        const bool damaged = fault_of(error, path) == Fault::damaged;
        return {damaged ? FileCheck::Outcome::damaged : FileCheck::Outcome::unfinished, error.what()};
    }
}

}  // namespace

FileCheck quick_check(const std::string& path, const std::function<bool()>& cancelled) {
    return run(path, cancelled,
               [](SQLite::Database& database) { check_by(database, "PRAGMA quick_check(1)"); });
}

FileCheck full_check(const std::string& path, const std::atomic<bool>& cancelled) {
    return run(
        path, [&cancelled] { return cancelled.load(); },
        [](SQLite::Database& database) {
            check_schema(database);  // or what follows may fail on it, which proves nothing
            check_by(database, "PRAGMA integrity_check(1)");
            check_foreign_keys(database);
            check_usage(database);
        });
}

void throw_if_damaged(const std::exception& error, const std::string& path,
                      const std::atomic<bool>& cancelled) {
    const Fault fault = fault_of(error, path);
    if (fault != Fault::statement && fault != Fault::damaged) return;
    const FileCheck check = full_check(path, cancelled);
    if (check.outcome == FileCheck::Outcome::damaged) throw Damaged(check.fault);
}

}  // namespace kaizen::store
