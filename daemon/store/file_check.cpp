#include "daemon/store/quick_check.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

namespace kaizen::store {
namespace {

struct Limit {
    std::chrono::steady_clock::time_point end;
    const std::atomic<bool>* cancelled;
};

int is_over(void* limit) {
    const auto* given = static_cast<const Limit*>(limit);
    return *given->cancelled || std::chrono::steady_clock::now() > given->end ? 1 : 0;
}

}  // namespace

QuickCheck quick_check(const std::string& path, std::chrono::milliseconds budget,
                       const std::atomic<bool>& cancelled) {
    constexpr int kStepsBetween = 1000;  // of SQLite's machine, some microseconds each
    Limit limit{std::chrono::steady_clock::now() + budget, &cancelled};
    try {
        SQLite::Database database(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, 500);
        sqlite3_progress_handler(database.getHandle(), kStepsBetween, is_over, &limit);
        SQLite::Statement check(database, "PRAGMA quick_check(1)");
        check.executeStep();
        const std::string said = check.getColumn(0).getString();
        if (said == "ok") return {QuickCheck::Outcome::sound, {}};
        return {QuickCheck::Outcome::damaged, said};
    } catch (const SQLite::Exception& error) {
        const int code = error.getErrorCode();
        if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
            return {QuickCheck::Outcome::damaged, error.what()};
        return {QuickCheck::Outcome::unfinished, error.what()};
    }
}

}  // namespace kaizen::store
