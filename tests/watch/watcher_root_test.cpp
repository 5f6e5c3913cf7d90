// What both watchers promise about roots that come, go and change.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/unique_fd.h"
#include "tests/support/temp_dir.h"
#include "tests/watch/watch_harness.h"

namespace kaizen::watch::test {
namespace {

namespace fs = std::filesystem;
using kaizen::test::append_file;
using kaizen::test::write_file;

class WatcherRoot : public WatcherTest {};

INSTANTIATE_TEST_SUITE_P(Both, WatcherRoot, testing::Values(Kind::inotify, Kind::poll), name_of);

TEST_P(WatcherRoot, waits_for_a_root_that_does_not_exist) {
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_FALSE(watcher.state().present);
    EXPECT_EQ(watcher.state().problem, "");
    write_file(root_ + "/a.jsonl", "1\n");
    ASSERT_TRUE(watcher.reports("a.jsonl"));
    EXPECT_TRUE(watcher.state().present);
    EXPECT_FALSE(watcher.changes().front().initial);
}

TEST_P(WatcherRoot, waits_for_a_root_whose_parents_come_one_by_one) {
    const std::string root = dir_ / "one/two/root";
    Harness watcher(GetParam(), {session_tree(root)});
    ASSERT_TRUE(watcher.first_look_ends());
    for (const char* step : {"one", "one/two", "one/two/root"}) {
        fs::create_directory(dir_ / step);
        watcher.io().poll();  // the watcher sees each step
    }
    write_file(root + "/a.jsonl", "1\n");
    EXPECT_TRUE(watcher.reports("a.jsonl"));
}

TEST_P(WatcherRoot, follows_a_root_that_is_deleted_and_made_again) {
    write_file(root_ + "/d/a.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    for (int round = 0; round < 3; ++round) {
        fs::remove_all(root_);
        ASSERT_TRUE(
            watcher.run_until([&] { return !watcher.state().present && watcher.state().files == 0; }));
        watcher.forget_changes();
        write_file(root_ + "/d/a.jsonl", "1\n");
        ASSERT_TRUE(watcher.reports("d/a.jsonl"));
        watcher.forget_changes();
        append_file(root_ + "/d/a.jsonl", "2\n");
        ASSERT_TRUE(watcher.reports("d/a.jsonl"));
    }
}

TEST_P(WatcherRoot, follows_a_root_that_is_replaced_while_somebody_holds_a_file_in_it) {
    write_file(root_ + "/a.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    const UniqueFd held(::open((root_ + "/a.jsonl").c_str(), O_RDONLY | O_CLOEXEC));
    fs::remove_all(root_);
    write_file(root_ + "/b.jsonl", "1\n");
    ASSERT_TRUE(watcher.reports("b.jsonl"));
    watcher.forget_changes();
    append_file(root_ + "/b.jsonl", "2\n");
    EXPECT_TRUE(watcher.reports("b.jsonl"));
}

TEST_P(WatcherRoot, follows_a_root_that_is_moved_away_and_back) {
    write_file(root_ + "/d/a.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    fs::rename(root_, dir_ / "away");
    ASSERT_TRUE(watcher.run_until([&] { return !watcher.state().present; }));
    watcher.forget_changes();
    append_file(dir_ / "away/d/a.jsonl", "2\n");
    fs::rename(dir_ / "away", root_);
    ASSERT_TRUE(watcher.reports("d/a.jsonl"));
    watcher.forget_changes();
    append_file(root_ + "/d/a.jsonl", "3\n");
    EXPECT_TRUE(watcher.reports("d/a.jsonl"));
}

TEST_P(WatcherRoot, follows_a_root_whose_parent_is_exchanged) {
    write_file(dir_ / "agent/root/a.jsonl", "1\n");
    write_file(dir_ / "other/root/b.jsonl", "1\n");
    Harness watcher(GetParam(), {session_tree(dir_ / "agent/root")});
    ASSERT_TRUE(watcher.first_look_ends());
    fs::rename(dir_ / "agent", dir_ / "old");
    fs::rename(dir_ / "other", dir_ / "agent");
    ASSERT_TRUE(watcher.reports("b.jsonl"));
    watcher.forget_changes();
    append_file(dir_ / "agent/root/b.jsonl", "2\n");
    EXPECT_TRUE(watcher.reports("b.jsonl"));
}

TEST_P(WatcherRoot, follows_a_symbolic_link_at_the_root_wherever_it_leads) {
    write_file(dir_ / "first/a.jsonl", "1\n");
    write_file(dir_ / "second/b.jsonl", "1\n");
    fs::create_directory_symlink("first", root_);
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_EQ(watcher.times("a.jsonl"), 1u);
    fs::remove(root_);
    fs::create_directory_symlink(dir_ / "second", root_);
    ASSERT_TRUE(watcher.reports("b.jsonl"));
    watcher.forget_changes();
    append_file(dir_ / "second/b.jsonl", "2\n");
    EXPECT_TRUE(watcher.reports("b.jsonl"));
}

TEST_P(WatcherRoot, follows_a_dangling_link_once_its_target_comes) {
    fs::create_directory_symlink(dir_ / "later/real", root_);
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_FALSE(watcher.state().present);
    write_file(dir_ / "later/real/a.jsonl", "1\n");
    EXPECT_TRUE(watcher.reports("a.jsonl"));
}

TEST_P(WatcherRoot, follows_a_root_whose_link_or_parents_go_while_it_is_calm) {
    write_file(dir_ / "real/one/root/a.jsonl", "1\n");
    fs::create_directory_symlink("real", dir_ / "link");
    Harness watcher(GetParam(), {session_tree(dir_ / "link/one/root")});
    const auto is = [&](bool present) {
        return watcher.run_until([&] { return watcher.state().present == present; });
    };
    ASSERT_TRUE(watcher.first_look_ends());
    for (const char* moved : {"link", "real", "real/one", "real/one/root"}) {
        watcher.io().poll();
        fs::rename(dir_ / moved, dir_ / "away");
        ASSERT_TRUE(is(false)) << moved;
        watcher.io().poll();
        fs::rename(dir_ / "away", dir_ / moved);
        ASSERT_TRUE(is(true)) << moved;
        watcher.forget_changes();
        append_file(dir_ / "real/one/root/a.jsonl", "2\n");
        ASSERT_TRUE(watcher.reports("a.jsonl")) << moved;
    }
}

TEST_P(WatcherRoot, follows_one_more_and_no_longer_one_that_it_is_not_to_follow) {
    write_file(root_ + "/a.jsonl", "1\n");
    write_file(dir_ / "other/b.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    watcher.io().poll();
    EXPECT_EQ(watcher.watcher().follow(session_tree(dir_ / "other")), 1u);
    ASSERT_TRUE(watcher.reports("b.jsonl", 1));
    EXPECT_TRUE(watcher.changes().back().initial);
    watcher.forget_changes();
    watcher.watcher().unfollow(0);
    EXPECT_FALSE(watcher.state(0).present);
    EXPECT_TRUE(watcher.state(0).scanned);
    append_file(root_ + "/a.jsonl", "2\n");
    ASSERT_TRUE(watcher.catches_up(dir_ / "other", 1));
    EXPECT_EQ(watcher.times("a.jsonl", 0), 0u);
    EXPECT_EQ(watcher.watcher().follow(session_tree(root_)), 2u);
    ASSERT_TRUE(watcher.reports("a.jsonl", 2));
}

TEST_P(WatcherRoot, says_why_a_root_cannot_be_followed) {
    write_file(root_, "a file");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_FALSE(watcher.state().present);
    EXPECT_EQ(watcher.state().problem, root_ + ": Not a directory");
    fs::remove(root_);
    write_file(root_ + "/a.jsonl", "1\n");
    ASSERT_TRUE(watcher.reports("a.jsonl"));
    EXPECT_TRUE(watcher.run_until([&] { return watcher.state().problem.empty(); }));
}

}  // namespace
}  // namespace kaizen::watch::test
