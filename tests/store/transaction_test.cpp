// A transaction whose end failed does not stand in the way of the next one.

#include <gtest/gtest.h>

#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

TEST(Transaction, begins_where_another_was_left_open_and_keeps_nothing_of_that) {
    const TempDir dir;
    store::Store store(dir / "kaizen.db");
    store.database.handle().exec("BEGIN IMMEDIATE");
    store.lines.keep_title(1, "left open");
    {
        store::Transaction transaction(store.database);
        store.lines.keep_title(2, "kept");
        transaction.commit();
    }
    EXPECT_EQ(store.lines.titles().size(), 1U);
    EXPECT_TRUE(store.lines.titles().contains(2));
}

}  // namespace
}  // namespace kaizen::test
