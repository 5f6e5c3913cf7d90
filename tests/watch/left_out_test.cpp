// What both watchers promise about what they do not follow: each thing is counted while it is there.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "daemon/watch/left_out_things.h"
#include "tests/support/temp_dir.h"
#include "tests/watch/watch_harness.h"

namespace kaizen::watch::test {
namespace {

namespace fs = std::filesystem;
using kaizen::test::write_file;

using Numbers = std::map<std::string, std::int64_t>;

class LeftOutTest : public WatcherTest {
  protected:
    [[nodiscard]] Harness watch_it() const { return Harness(GetParam(), {counting_tree(root_)}); }

    static Numbers numbers(const Harness& watcher) {
        Numbers all;
        for (const auto& [reason, left_out] : watcher.state().left_out) {
            if (left_out.count > 0) all[reason] = left_out.count;
        }
        return all;
    }

    // Whether an example is one of those that are there.
    void expect_examples(const Harness& watcher) const {
        for (const auto& [reason, left_out] : watcher.state().left_out) {
            if (left_out.count == 0) continue;
            EXPECT_TRUE(fs::exists(fs::symlink_status(root_ + "/" + left_out.example)))
                << reason << " " << left_out.example;
        }
    }

    void put(const std::string& directory) const {
        fs::create_directories(root_ + "/" + directory + "/skipped");
        fs::create_symlink("nowhere", root_ + "/" + directory + "/link");
        fs::create_directory_symlink(root_, root_ + "/" + directory + "/loop");
        write_file(root_ + "/" + directory + "/old.jsonl.zst", "1");
        write_file(root_ + "/" + directory + "/notes.md", "1");
        ASSERT_EQ(::mkfifo((root_ + "/" + directory + "/pipe").c_str(), 0600), 0);
    }
};

INSTANTIATE_TEST_SUITE_P(Both, LeftOutTest, testing::Values(Kind::inotify, Kind::poll), name_of);

const Numbers kOnce = {{"compressed", 1}, {"link", 2}, {"skipped", 1}, {"special", 1}};
const Numbers kTwice = {{"compressed", 2}, {"link", 4}, {"skipped", 2}, {"special", 2}};

TEST_P(LeftOutTest, is_counted_whether_it_was_there_or_comes) {
    put("a");
    Harness watcher = watch_it();
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_EQ(numbers(watcher), kOnce);
    put("b");
    EXPECT_TRUE(watcher.run_until([&] { return numbers(watcher) == kTwice; }));
    ASSERT_TRUE(watcher.catches_up(root_));
    EXPECT_EQ(numbers(watcher), kTwice);
    expect_examples(watcher);
}

TEST_P(LeftOutTest, is_counted_no_more_when_it_is_gone) {
    put("a");
    put("b");
    Harness watcher = watch_it();
    ASSERT_TRUE(watcher.first_look_ends());
    ASSERT_EQ(numbers(watcher), kTwice);
    for (const char* name : {"link", "loop", "old.jsonl.zst", "pipe", "skipped"})
        fs::remove(root_ + "/a/" + name);
    EXPECT_TRUE(watcher.run_until([&] { return numbers(watcher) == kOnce; }));
    ASSERT_TRUE(watcher.catches_up(root_));
    expect_examples(watcher);
    fs::remove_all(root_ + "/b");
    EXPECT_TRUE(watcher.run_until([&] { return numbers(watcher).empty(); }));
}

TEST_P(LeftOutTest, is_counted_no_more_when_its_directory_is_moved_out_or_the_root_is_gone) {
    put("a");
    put("b");
    Harness watcher = watch_it();
    ASSERT_TRUE(watcher.first_look_ends());
    fs::rename(root_ + "/a", dir_ / "elsewhere");
    EXPECT_TRUE(watcher.run_until([&] { return numbers(watcher) == kOnce; }));
    ASSERT_TRUE(watcher.catches_up(root_));
    expect_examples(watcher);
    fs::rename(root_, dir_ / "away");
    EXPECT_TRUE(watcher.run_until([&] { return numbers(watcher).empty(); }));
}

TEST_P(LeftOutTest, is_another_thing_when_it_is_replaced) {
    put("a");
    write_file(root_ + "/a/s.jsonl", "1\n");
    Harness watcher = watch_it();
    ASSERT_TRUE(watcher.first_look_ends());
    fs::remove(root_ + "/a/link");
    write_file(root_ + "/a/link.tmp", "1\n");
    fs::rename(root_ + "/a/s.jsonl", root_ + "/a/s.jsonl.zst");
    fs::create_symlink("nowhere", root_ + "/a/s.jsonl");
    EXPECT_TRUE(watcher.run_until([&] {
        return numbers(watcher) == Numbers{{"compressed", 2}, {"link", 2}, {"skipped", 1}, {"special", 1}};
    }));
    write_file(root_ + "/a/notes.md", "1\n");
    fs::rename(root_ + "/a/notes.md", root_ + "/a/loop");
    EXPECT_TRUE(watcher.run_until([&] { return numbers(watcher)["link"] == 1; }));
}

TEST_P(LeftOutTest, is_known_of_files_that_go) {
    write_file(root_ + "/d/a.jsonl", "1\n");
    write_file(root_ + "/d/b.jsonl", "1\n");
    write_file(root_ + "/e/c.jsonl", "1\n");
    Harness watcher = watch_it();
    ASSERT_TRUE(watcher.first_look_ends());
    ASSERT_EQ(watcher.state().files, 3u);
    ASSERT_TRUE(
        watcher.run_until([&] { return watcher.gone() == 1; }));  // so that the store is compared once
    fs::remove(root_ + "/d/a.jsonl");
    EXPECT_TRUE(watcher.run_until([&] { return watcher.gone() == 2; }));
    EXPECT_EQ(watcher.state().files, 2u);
    fs::rename(root_ + "/e", dir_ / "elsewhere");
    EXPECT_TRUE(watcher.run_until([&] { return watcher.gone() == 3; }));
    EXPECT_EQ(watcher.state().files, 1u);
}

TEST(LeftOutThings, are_bounded) {
    LeftOutThings::Counts counts;
    LeftOutThings things(counts);
    for (int i = 0; i < 70'000; ++i) things.note(std::to_string(i), "link");
    EXPECT_EQ(counts["link"].count, 65'536);
    things.begin_look();
    things.note("7", "link");
    things.forget_unseen();
    EXPECT_EQ(counts["link"].count, 1);
    EXPECT_EQ(counts["link"].example, "7");
    EXPECT_FALSE(things.forget("7"));
    EXPECT_EQ(counts["link"].count, 0);
    EXPECT_EQ(counts["link"].example, "");
}

TEST(LeftOutThings, say_when_no_example_is_known_any_more) {
    LeftOutThings::Counts counts;
    LeftOutThings things(counts);
    things.note("a", "link");
    things.note("b", "link");
    EXPECT_FALSE(things.forget("b"));
    things.note("b", "link");
    EXPECT_TRUE(things.forget("a"));
}

}  // namespace
}  // namespace kaizen::watch::test
