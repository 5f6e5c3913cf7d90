// From older schemas to the present one, and what is refused.

#include "daemon/store/migrations.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "daemon/store/aside.h"
#include "daemon/store/fault.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

namespace fs = std::filesystem;

void make_first_schema(const std::string& path) {
    SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec("PRAGMA journal_mode=WAL");
    db.exec(read_file(fixtures_dir() + "/store/v1.sql"));
}

int version_of(const std::string& path) {
    SQLite::Database db(path, SQLite::OPEN_READONLY);
    return db.execAndGet("PRAGMA user_version").getInt();
}

std::vector<std::string> copies_in(const TempDir& dir) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir.path())) {
        if (entry.path().filename().string().find(".before-v") != std::string::npos)
            names.push_back(entry.path());
    }
    return names;
}

TEST(Migrations, an_old_database_keeps_its_rows_and_stands_beside_as_it_was) {
    const TempDir dir;
    make_first_schema(dir / "kaizen.db");
    write_file(dir / "kaizen.db.before-v1", "of an upgrade long ago");
    store::Store store(dir / "kaizen.db");
    const auto events = store.events.list({});
    ASSERT_EQ(events.size(), 3);
    EXPECT_EQ(events[0].event.text, "rake the leaves");
    EXPECT_EQ(store.outbox.count(store::Count::kept_before), 0);

    const auto copies = copies_in(dir);
    ASSERT_EQ(copies.size(), 1) << "one is enough";
    EXPECT_EQ(copies[0], dir / ("kaizen.db.before-v" + std::to_string(version_of(dir / "kaizen.db"))));
    EXPECT_EQ(version_of(copies[0]), 1);
    struct stat info {};
    ASSERT_EQ(::stat(copies[0].c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    SQLite::Database copy(copies[0], SQLite::OPEN_READONLY);
    EXPECT_EQ(copy.execAndGet("SELECT count(*) FROM events").getInt(), 3);
    EXPECT_EQ(copy.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST(Migrations, a_new_database_needs_no_copy) {
    const TempDir dir;
    const store::Store store(dir / "kaizen.db");
    EXPECT_TRUE(copies_in(dir).empty());
}

// One whose copy takes several steps.
void make_large_first_schema(const std::string& path) {
    make_first_schema(path);
    SQLite::Database db(path, SQLite::OPEN_READWRITE);
    db.exec(
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 12000) "
        "INSERT INTO summary_titles SELECT 1000 + i, hex(zeroblob(500)) FROM n");
}

TEST(Migrations, says_that_it_is_alive_while_it_takes_long) {
    const TempDir dir;
    make_large_first_schema(dir / "kaizen.db");
    int calls = 0;
    const store::Store store(dir / "kaizen.db", [&] { return ++calls > 0; });
    EXPECT_GT(calls, 0);
}

TEST(Migrations, gives_up_when_it_is_told_to_and_is_done_the_next_time) {
    const TempDir dir;
    make_large_first_schema(dir / "kaizen.db");
    EXPECT_ANY_THROW(store::Store(dir / "kaizen.db", [] { return false; }));
    EXPECT_EQ(version_of(dir / "kaizen.db"), 1);
    EXPECT_TRUE(copies_in(dir).empty());
    store::Store store(dir / "kaizen.db");
    EXPECT_EQ(store.events.list({}).size(), 3);
}

TEST(Migrations, one_that_fails_changes_nothing) {
    const TempDir dir;
    make_first_schema(dir / "kaizen.db");
    {
        SQLite::Database db(dir / "kaizen.db", SQLite::OPEN_READWRITE);
        db.exec("CREATE TABLE outbox (in_the_way)");
    }
    EXPECT_THROW(store::Store(dir / "kaizen.db"), store::Unusable);
    EXPECT_EQ(version_of(dir / "kaizen.db"), 1);
    SQLite::Database db(dir / "kaizen.db", SQLite::OPEN_READONLY);
    EXPECT_FALSE(db.tableExists("responses")) << "the step before the one that failed";
    EXPECT_EQ(store::set_aside_before(dir / "kaizen.db").size(), 0);
}

TEST(Migrations, a_newer_database_is_refused_and_left_alone) {
    const TempDir dir;
    { const store::Store made(dir / "kaizen.db"); }
    {
        SQLite::Database db(dir / "kaizen.db", SQLite::OPEN_READWRITE);
        db.exec("PRAGMA user_version=99");
    }
    const std::string before = read_file(dir / "kaizen.db");
    try {
        const store::Store store(dir / "kaizen.db");
        ADD_FAILURE() << "it was opened";
    } catch (const store::Unusable& error) {
        EXPECT_NE(std::string(error.what()).find("newer kaizend"), std::string::npos) << error.what();
        EXPECT_FALSE(error.hint().empty());
    }
    EXPECT_EQ(read_file(dir / "kaizen.db"), before);
}

}  // namespace
}  // namespace kaizen::test
