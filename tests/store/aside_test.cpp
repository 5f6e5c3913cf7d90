// How a damaged database is moved out of the way, and found again.

#include "daemon/store/aside.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/store/fault.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

constexpr UnixMs kNow = 1'764'117'873'000;  // 2025-11-26T00:44:33Z
constexpr UnixMs kHour = 3'600'000;

TEST(Aside, the_database_moves_with_its_companions_and_keeps_their_content) {
    const TempDir dir;
    for (const char* end : {"", "-wal", "-shm"})
        write_file(dir / "kaizen.db" + end, std::string("content") + end);
    store::set_aside(dir / "kaizen.db", kNow);
    const std::string moved = dir / "kaizen.db.corrupt-2025-11-26T00-44-33Z";
    for (const char* end : {"", "-wal", "-shm"}) {
        EXPECT_EQ(read_file(moved + end), std::string("content") + end);
        EXPECT_FALSE(std::filesystem::exists(dir / "kaizen.db" + end));
    }
    const auto all = store::set_aside_before(dir / "kaizen.db");
    ASSERT_EQ(all.size(), 1);
    EXPECT_EQ(all[0].path, moved);
    EXPECT_EQ(all[0].at, kNow);
    EXPECT_GT(all[0].written_at, kNow) << "the file's own time";
}

TEST(Aside, not_twice_within_an_hour_whichever_way_the_clock_went) {
    const TempDir dir;
    write_file(dir / "kaizen.db", "first");
    store::set_aside(dir / "kaizen.db", kNow);
    write_file(dir / "kaizen.db", "second");
    EXPECT_THROW(store::set_aside(dir / "kaizen.db", kNow + kHour - 1000), store::Unusable);
    EXPECT_THROW(store::set_aside(dir / "kaizen.db", kNow - kHour + 1000), store::Unusable);
    EXPECT_EQ(read_file(dir / "kaizen.db"), "second");
    store::set_aside(dir / "kaizen.db", kNow + kHour);
    EXPECT_EQ(store::set_aside_before(dir / "kaizen.db").size(), 2);
}

TEST(Aside, other_files_are_not_taken_for_one) {
    const TempDir dir;
    for (const char* name : {"kaizen.db.corrupt-yesterday", "kaizen.db.corrupt-2025-11-26T00-44-33Z-wal",
                             "kaizen.db.before-v3", "other.db.corrupt-2025-11-26T00-44-33Z"})
        write_file(dir / name, "x");
    EXPECT_TRUE(store::set_aside_before(dir / "kaizen.db").empty());
}

}  // namespace
}  // namespace kaizen::test
