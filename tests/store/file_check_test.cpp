// A fault of a statement is no proof of damage; what is, says so of the whole file.

#include "daemon/store/file_check.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <atomic>

#include "daemon/store/fault.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

using Outcome = store::FileCheck::Outcome;

class FileCheck : public testing::Test {
  protected:
    FileCheck() { store::Store store(path_); }

    void change(const std::string& sql) const {
        SQLite::Database database(path_, SQLite::OPEN_READWRITE);
        database.exec(sql);
    }
    [[nodiscard]] store::FileCheck check() const { return store::full_check(path_, cancelled_); }
    [[nodiscard]] store::Fault fault_of(const std::string& sql) const {
        try {
            change(sql);
        } catch (const std::exception& error) {
            return store::fault_of(error, path_);
        }
        ADD_FAILURE() << "it went well: " << sql;
        return store::Fault::none;
    }

    TempDir dir_;
    std::string path_ = dir_ / "kaizen.db";
    std::atomic<bool> cancelled_ = false;
};

TEST_F(FileCheck, finds_a_new_database_sound) { EXPECT_EQ(check().outcome, Outcome::sound) << check().fault; }

TEST_F(FileCheck, ends_when_nobody_waits_for_it) {
    EXPECT_EQ(store::quick_check(path_, [] { return false; }).outcome, Outcome::sound);
    EXPECT_EQ(store::quick_check(path_, [] { return true; }).outcome, Outcome::unfinished);
}

TEST_F(FileCheck, has_nothing_against_what_people_added) {
    change("CREATE TABLE notes (text TEXT); CREATE INDEX my_index ON sessions (id)");
    EXPECT_EQ(check().outcome, Outcome::sound) << check().fault;
}

TEST_F(FileCheck, has_nothing_against_a_schema_of_before) {
    change("DROP TABLE agent_starts; PRAGMA user_version=1");
    EXPECT_EQ(check().outcome, Outcome::sound) << check().fault;
}

TEST_F(FileCheck, finds_a_schema_that_is_not_ours) {
    change("ALTER TABLE agent_starts RENAME COLUMN call_id TO other_id");
    EXPECT_EQ(check().outcome, Outcome::damaged);
    EXPECT_EQ(check().fault, "table agent_starts is not as it was made");
}

TEST_F(FileCheck, finds_a_row_that_names_one_that_is_not_there) {
    change("PRAGMA foreign_keys=OFF; INSERT INTO session_secrets VALUES (77, x'')");
    EXPECT_EQ(check().outcome, Outcome::damaged) << check().fault;
}

TEST_F(FileCheck, is_given_up_when_it_is_cancelled) {
    cancelled_ = true;
    EXPECT_EQ(check().outcome, Outcome::unfinished);
}

TEST_F(FileCheck, what_a_statement_asks_for_is_its_own_fault) {
    EXPECT_EQ(fault_of("SELECT nothing FROM nowhere"), store::Fault::statement);
    EXPECT_EQ(fault_of("INSERT INTO sessions (id) VALUES (NULL)"), store::Fault::statement);
    EXPECT_EQ(fault_of("INSERT INTO agent_starts VALUES (x'00', 'a', 'b')"), store::Fault::statement);
    EXPECT_EQ(store::fault_of(std::bad_alloc(), path_), store::Fault::no_memory);
    EXPECT_EQ(store::fault_of(std::logic_error("ours"), path_), store::Fault::none);
    EXPECT_EQ(store::fault_of(store::Contradiction("rows"), path_), store::Fault::statement);
}

}  // namespace
}  // namespace kaizen::test
