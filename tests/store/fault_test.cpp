// What an exception of the store is taken for; of a real database wherever one can be brought to it.

#include "daemon/store/fault.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

using store::Fault;

template <class Do>
Fault fault_of(const std::string& path, Do&& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return store::fault_of(error, path);
    }
    ADD_FAILURE() << "nothing was thrown";
    return Fault::other;
}

TEST(Fault, a_database_that_another_one_writes_is_locked) {
    const TempDir dir;
    store::Store store(dir / "kaizen.db");
    SQLite::Database other(dir / "kaizen.db", SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    store.database.handle().setBusyTimeout(0);
    EXPECT_EQ(fault_of(dir / "kaizen.db", [&] { const store::Transaction begins(store.database); }),
              Fault::locked);
    other.exec("ROLLBACK");
    const store::Transaction works(store.database);
}

TEST(Fault, a_database_at_its_limit_is_full) {
    const TempDir dir;
    store::Store store(dir / "kaizen.db");
    store.database.handle().exec("PRAGMA max_page_count=1");  // at most what it has
    const auto fill = [&] {
        store::Transaction transaction(store.database);
        for (int i = 0; i < 1000; ++i)
            store.lines.keep_title(static_cast<std::uint64_t>(i), std::string(500, 'x'));
        transaction.commit();
    };
    EXPECT_EQ(fault_of(dir / "kaizen.db", fill), Fault::full);
}

TEST(Fault, what_is_no_database_is_damaged) {
    const TempDir dir;
    write_file(dir / "text.db", std::string(8192, 'x'));
    EXPECT_EQ(fault_of(dir / "text.db", [&] { store::Store store(dir / "text.db"); }), Fault::damaged);
}

TEST(Fault, a_database_that_may_only_be_read_is_read_only) {
    const TempDir dir;
    { const store::Store made(dir / "kaizen.db"); }
    SQLite::Database db(dir / "kaizen.db", SQLite::OPEN_READONLY);
    EXPECT_EQ(fault_of(dir / "kaizen.db", [&] { db.exec("DELETE FROM events"); }), Fault::read_only);
}

TEST(Fault, a_directory_that_is_not_there_is_none_of_these) {
    const TempDir dir;
    const std::string path = dir / "nowhere/kaizen.db";
    EXPECT_EQ(fault_of(path, [&] { const store::Store store(path); }), Fault::other);
}

}  // namespace
}  // namespace kaizen::test
