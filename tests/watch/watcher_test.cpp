// What both watchers promise, on real directories.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "daemon/watch/step_budget.h"
#include "tests/support/temp_dir.h"
#include "tests/watch/watch_harness.h"

namespace kaizen::watch::test {
namespace {

namespace fs = std::filesystem;
using kaizen::test::append_file;
using kaizen::test::write_file;

class Watcher : public WatcherTest {};

INSTANTIATE_TEST_SUITE_P(Both, Watcher, testing::Values(Kind::inotify, Kind::poll), name_of);

TEST_P(Watcher, reports_files_that_are_there_as_history) {
    write_file(root_ + "/a.jsonl", "1\n");
    write_file(root_ + "/deep/er/b.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    ASSERT_EQ(watcher.changes().size(), 2u);
    for (const Change& change : watcher.changes()) EXPECT_TRUE(change.initial) << change.file;
    EXPECT_EQ(watcher.times("a.jsonl"), 1u);
    EXPECT_EQ(watcher.times("deep/er/b.jsonl"), 1u);
    EXPECT_TRUE(watcher.state().present);
    EXPECT_EQ(watcher.state().files, 2u);
    EXPECT_EQ(watcher.state().polling, GetParam() == Kind::poll);
    EXPECT_EQ(watcher.state().problem, "");
}

TEST_P(Watcher, reports_an_append_as_live) {
    write_file(root_ + "/a.jsonl", "1\n");
    write_file(root_ + "/b.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    watcher.forget_changes();
    append_file(root_ + "/a.jsonl", "2\n");
    ASSERT_TRUE(watcher.reports("a.jsonl"));
    ASSERT_TRUE(watcher.catches_up(root_));
    for (const Change& change : watcher.changes()) EXPECT_FALSE(change.initial) << change.file;
    EXPECT_EQ(watcher.times("b.jsonl"), 0u);
}

TEST_P(Watcher, reports_a_new_file_and_counts_it_once) {
    fs::create_directories(root_);
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    write_file(root_ + "/a.jsonl", "1\n");
    ASSERT_TRUE(watcher.reports("a.jsonl"));
    watcher.forget_changes();
    append_file(root_ + "/a.jsonl", "2\n");
    ASSERT_TRUE(watcher.reports("a.jsonl"));
    EXPECT_EQ(watcher.state().files, 1u);
}

TEST_P(Watcher, enters_new_nested_directories_at_once) {
    fs::create_directories(root_);
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    write_file(root_ + "/x/y/z/a.jsonl", "1\n");
    ASSERT_TRUE(watcher.reports("x/y/z/a.jsonl"));
    watcher.forget_changes();
    append_file(root_ + "/x/y/z/a.jsonl", "2\n");
    ASSERT_TRUE(watcher.reports("x/y/z/a.jsonl"));
    EXPECT_FALSE(watcher.changes().front().initial);
}

TEST_P(Watcher, ignores_links_pipes_and_directories_with_a_session_name) {
    write_file(dir_ / "outside/o.jsonl", "1\n");
    fs::create_directories(root_);
    const auto put = [this](const std::string& name) {
        fs::create_symlink(dir_ / "outside/o.jsonl", root_ + "/link" + name);
        fs::create_directory_symlink(dir_ / "outside", root_ + "/linked" + name);
        fs::create_directory_symlink(root_, root_ + "/loop" + name);
        fs::create_directory(root_ + "/directory" + name);
        ASSERT_EQ(::mkfifo((root_ + "/pipe" + name).c_str(), 0600), 0);
    };
    put("1.jsonl");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    put("2.jsonl");
    append_file(dir_ / "outside/o.jsonl", "2\n");
    ASSERT_TRUE(watcher.catches_up(root_));
    for (const Change& change : watcher.changes()) {
        EXPECT_TRUE(change.file.starts_with("marker-")) << change.file;
    }
}

TEST_P(Watcher, reports_a_file_that_is_replaced_by_rename) {
    write_file(root_ + "/a.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    watcher.forget_changes();
    write_file(root_ + "/a.tmp", "2\n");
    fs::rename(root_ + "/a.tmp", root_ + "/a.jsonl");
    ASSERT_TRUE(watcher.reports("a.jsonl"));
    EXPECT_EQ(watcher.times("a.tmp"), 0u);
    EXPECT_EQ(watcher.state().files, 1u);
}

TEST_P(Watcher, follows_a_directory_that_is_renamed_under_its_new_name) {
    write_file(root_ + "/old/sub/a.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    fs::rename(root_ + "/old", root_ + "/new");
    ASSERT_TRUE(watcher.reports("new/sub/a.jsonl"));
    watcher.forget_changes();
    append_file(root_ + "/new/sub/a.jsonl", "2\n");
    ASSERT_TRUE(watcher.reports("new/sub/a.jsonl"));
    EXPECT_EQ(watcher.times("old/sub/a.jsonl"), 0u);
}

TEST_P(Watcher, forgets_a_directory_that_is_moved_out) {
    write_file(root_ + "/gone/a.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    fs::rename(root_ + "/gone", dir_ / "outside");
    ASSERT_TRUE(watcher.catches_up(root_));
    watcher.forget_changes();
    fs::create_directory(root_ + "/gone");
    write_file(root_ + "/gone/a.jsonl", "other\n");
    ASSERT_TRUE(watcher.catches_up(root_));
    watcher.forget_changes();
    append_file(dir_ / "outside/a.jsonl", "2\n");
    ASSERT_TRUE(watcher.catches_up(root_));
    EXPECT_EQ(watcher.times("gone/a.jsonl"), 0u);
}

TEST_P(Watcher, sees_nothing_behind_a_link_that_took_a_directorys_place) {
    write_file(root_ + "/d/a.jsonl", "1\n");
    write_file(dir_ / "outside/a.jsonl", "other\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    watcher.forget_changes();
    fs::rename(root_ + "/d", dir_ / "away");
    fs::create_directory_symlink(dir_ / "outside", root_ + "/d");
    append_file(dir_ / "away/a.jsonl", "2\n");  // that directory may still be watched under its old name
    ASSERT_TRUE(watcher.catches_up(root_));
    EXPECT_EQ(watcher.times("d/a.jsonl"), 0u);
}

TEST_P(Watcher, asks_which_directories_to_enter_and_which_files_to_accept) {
    write_file(root_ + "/a.txt", "1\n");
    write_file(root_ + "/skipped/a.jsonl", "1\n");
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    write_file(root_ + "/b.txt", "1\n");
    append_file(root_ + "/skipped/a.jsonl", "2\n");
    write_file(root_ + "/sub/skipped/a.jsonl", "1\n");
    write_file(root_ + "/new-skipped/a.jsonl", "1\n");
    ASSERT_TRUE(watcher.catches_up(root_));
    for (const Change& change : watcher.changes()) {
        EXPECT_TRUE(change.file.starts_with("marker-")) << change.file;
    }
    EXPECT_EQ(watcher.state().files, 2u);
}

TEST_P(Watcher, keeps_trees_apart_even_where_they_overlap) {
    write_file(root_ + "/inner/a.jsonl", "1\n");
    Harness watcher(GetParam(),
                    {session_tree(root_), session_tree(root_ + "/inner"), session_tree(dir_ / "none")});
    ASSERT_TRUE(watcher.first_look_ends());
    watcher.forget_changes();
    append_file(root_ + "/inner/a.jsonl", "2\n");
    EXPECT_TRUE(watcher.reports("inner/a.jsonl", 0));
    EXPECT_TRUE(watcher.reports("a.jsonl", 1));
    fs::remove_all(root_ + "/inner");
    ASSERT_TRUE(watcher.run_until([&] { return !watcher.state(1).present; }));
    EXPECT_TRUE(watcher.state(0).present);
    EXPECT_TRUE(watcher.catches_up(root_, 0));
}

TEST_P(Watcher, says_each_file_once_per_batch) {
    fs::create_directories(root_);
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    for (int i = 0; i < 50; ++i) {
        append_file(root_ + "/a.jsonl", "1\n");
        append_file(root_ + "/b.jsonl", "1\n");
    }
    ASSERT_TRUE(watcher.catches_up(root_));
    EXPECT_FALSE(watcher.any_batch_with_duplicates());
    EXPECT_LT(watcher.times("a.jsonl"), 50u);
}

TEST_P(Watcher, returns_an_empty_batch_when_stopped) {
    fs::create_directories(root_);
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    watcher.io().poll();
    watcher.forget_changes();
    watcher.stop();
    EXPECT_TRUE(watcher.run_until([&] { return watcher.ended(); }));
    EXPECT_TRUE(watcher.changes().empty());
}

TEST_P(Watcher, returns_at_once_when_stopped_before_it_was_asked) {
    write_file(root_ + "/a.jsonl", "1\n");
    Harness watcher = watch_root();
    watcher.stop();
    EXPECT_TRUE(watcher.run_until([&] { return watcher.ended(); }));
    EXPECT_TRUE(watcher.changes().empty());
}

// For a test that is about permissions: root may read everything.
class AsNobody {
  public:
    AsNobody() {
        if (is_root_ && ::seteuid(65534) != 0) std::abort();
    }
    ~AsNobody() {
        if (is_root_ && ::seteuid(0) != 0) std::abort();
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;

  private:
    const bool is_root_ = ::geteuid() == 0;
};

TEST_P(Watcher, names_a_directory_that_may_not_be_read_and_follows_it_once_it_may) {
    const std::string secret = root_ + "/secret";
    write_file(secret + "/a.jsonl", "1\n");
    fs::permissions(dir_.path(), fs::perms(0755));
    fs::permissions(secret, fs::perms::none);
    std::optional<AsNobody> nobody(std::in_place);
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_EQ(watcher.state().problem, secret + ": Permission denied");
    EXPECT_EQ(watcher.state().polling, GetParam() == Kind::poll);
    nobody.reset();
    fs::permissions(secret, fs::perms(0755));
    ASSERT_TRUE(watcher.reports("secret/a.jsonl"));
    EXPECT_TRUE(watcher.run_until([&] { return watcher.state().problem.empty(); }));
}

TEST_P(Watcher, does_the_same_for_a_new_directory) {
    const std::string secret = root_ + "/secret";
    write_file(root_ + "/a.jsonl", "1\n");
    fs::permissions(dir_.path(), fs::perms(0755));
    Harness watcher = watch_root();
    ASSERT_TRUE(watcher.first_look_ends());
    write_file(secret + "/a.jsonl", "1\n");
    fs::permissions(secret, fs::perms::none);
    std::optional<AsNobody> nobody(std::in_place);
    ASSERT_TRUE(watcher.run_until([&] { return watcher.state().problem == secret + ": Permission denied"; }));
    nobody.reset();
    fs::permissions(secret, fs::perms(0755));
    ASSERT_TRUE(watcher.reports("secret/a.jsonl"));
    EXPECT_TRUE(watcher.run_until([&] { return watcher.state().problem.empty(); }));
}

TEST_P(Watcher, lists_a_hundred_thousand_files_each_once_in_small_steps) {
    constexpr int kDirectories = 100;
    constexpr int kFiles = 1000;
    for (int d = 0; d < kDirectories; ++d) {
        const std::string directory = root_ + "/" + std::to_string(d);
        write_file(directory + "/0.jsonl", "1\n");
        // Names of one inode: ext4 without a journal needs a minute for as many new inodes when others were
        // just deleted.
        for (int f = 1; f < kFiles; ++f) {
            fs::create_hard_link(directory + "/0.jsonl", directory + "/" + std::to_string(f) + ".jsonl");
        }
    }
    Tree tree = session_tree(root_);
    std::size_t entries = 0;  // judged by the handler that runs
    tree.accepts = [&entries](std::string_view file) { return ++entries, file.ends_with(".jsonl"); };
    std::size_t most_entries = 0;
    Harness watcher(GetParam(), {tree});
    ASSERT_TRUE(watcher.run_until([&] {
        most_entries = std::max(most_entries, std::exchange(entries, 0));
        return watcher.state().scanned;
    }));
    EXPECT_LE(most_entries, kStepEntries);
    EXPECT_LE(watcher.largest_batch(), kStepEntries);
    ASSERT_TRUE(watcher.catches_up(root_));
    std::map<std::string, int> times;
    for (const Change& change : watcher.changes()) ++times[change.file];
    EXPECT_EQ(times.size(), kDirectories * kFiles + 2u);
    EXPECT_EQ(watcher.changes().size() - watcher.times("marker-1.jsonl") - watcher.times("marker-2.jsonl"),
              std::size_t{kDirectories} * kFiles);
    EXPECT_TRUE(watcher.changes().front().initial);
}

}  // namespace
}  // namespace kaizen::watch::test
