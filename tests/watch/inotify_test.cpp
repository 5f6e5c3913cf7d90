// What only the inotify watcher promises: idle is free, and what happens when the kernel's limits are
// reached.

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>

#include "tests/support/temp_dir.h"
#include "tests/watch/watch_harness.h"

namespace kaizen::watch::test {
namespace {

namespace fs = std::filesystem;
using kaizen::test::append_file;
using kaizen::test::read_file;
using kaizen::test::TempDir;
using kaizen::test::write_file;

// Timers of this process that will fire, as the kernel tells: Asio keeps one timerfd per io_context.
int armed_timers() {
    int armed = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code gone;  // the descriptor of this very listing
        if (fs::read_symlink(entry.path(), gone) != "anon_inode:[timerfd]") continue;
        const std::string info = read_file("/proc/self/fdinfo/" + entry.path().filename().string());
        if (info.find("it_value: (0, 0)") == std::string::npos) ++armed;
    }
    return armed;
}

// Whether a hundred polls in a row find no handler to run. Other programs' entries in /tmp, a directory on
// the way to the root, may wake the watcher now and then.
bool falls_silent(Harness& watcher) {
    int silent = 0;
    for (int polls = 0; silent < 100 && polls < 1'000'000; ++polls) {
        silent = watcher.io().poll() == 0 ? silent + 1 : 0;
    }
    return silent == 100;
}

// Whoever was told of a file may have found it gone, or a link on the way to it, when they came to read it.
TEST(InotifyWatcher, reports_what_is_in_directories_that_were_away_however_many) {
    constexpr int kDirectories = 40;  // more than it drops one by one
    const TempDir dir;
    const auto name = [](int i) { return "d" + std::to_string(i); };
    for (int i = 0; i < kDirectories; ++i) write_file(dir / "root/" + name(i) + "/sub/a.jsonl", "1\n");
    Harness watcher(Kind::inotify, {session_tree(dir / "root")});
    ASSERT_TRUE(watcher.first_look_ends());
    for (const int moved : {1, kDirectories}) {
        watcher.forget_changes();
        for (int i = 0; i < moved; ++i) fs::rename(dir / "root/" + name(i), dir / name(i));
        for (int i = 0; i < moved; ++i) fs::rename(dir / name(i), dir / "root/" + name(i));
        for (int i = 0; i < moved; ++i) ASSERT_TRUE(watcher.reports(name(i) + "/sub/a.jsonl")) << i;
    }
}

TEST(InotifyWatcher, does_nothing_at_all_while_nothing_changes) {
    const TempDir dir;
    write_file(dir / "root/a.jsonl", "1\n");
    const std::vector<Tree> trees = {session_tree(dir / "root"), session_tree(dir / "missing/root")};
    Harness watcher(Kind::inotify, trees, std::chrono::hours(1));
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_TRUE(falls_silent(watcher));
    EXPECT_EQ(armed_timers(), 0);
    append_file(dir / "root/a.jsonl", "2\n");
    watcher.forget_changes();
    ASSERT_TRUE(watcher.reports("a.jsonl"));
    EXPECT_TRUE(falls_silent(watcher));
    EXPECT_EQ(armed_timers(), 0);
}

// What comes and goes in a directory on the way to a root that is there is nobody's business.
TEST(InotifyWatcher, is_not_woken_by_names_beside_the_way_to_its_roots) {
    const TempDir dir;
    write_file(dir / "home/agent/root/a.jsonl", "1\n");
    write_file(dir / "home/root/b.jsonl", "1\n");
    fs::create_directory_symlink("home/agent", dir / "link");
    Harness watcher(Kind::inotify, {session_tree(dir / "home/agent/root"), session_tree(dir / "home/root"),
                                    session_tree(dir / "link/missing/root")});
    ASSERT_TRUE(watcher.first_look_ends());
    const auto is_quiet = [&] {
        ASSERT_TRUE(falls_silent(watcher));
        for (const char* place : {"", "home/"}) {
            for (int i = 0; i < 100; ++i)
                write_file(dir / (place + std::string("other")) + std::to_string(i), "");
            for (int i = 0; i < 100; ++i)
                fs::remove(dir / (place + std::string("other")) + std::to_string(i));
        }
        EXPECT_EQ(watcher.io().poll(), 0u);
    };
    is_quiet();
    fs::remove_all(dir / "home/root");
    ASSERT_TRUE(watcher.run_until([&] { return !watcher.state(1).present; }));
    write_file(dir / "home/root/c.jsonl", "1\n");
    ASSERT_TRUE(watcher.reports("c.jsonl", 1));
    is_quiet();
    // Something goes from the top of a root, which may be the beginning of its end.
    fs::remove(dir / "home/root/c.jsonl");
    ASSERT_TRUE(watcher.run_until([&] { return watcher.state(1).files == 0; }));
    write_file(dir / "home/other", "");
    is_quiet();
    write_file(dir / "home/agent/missing/root/d.jsonl", "1\n");
    ASSERT_TRUE(watcher.reports("d.jsonl", 2));
    is_quiet();
}

// The check above can fail: it sees the timer of the watcher that polls.
TEST(PollWatcher, has_a_timer_that_the_idle_check_sees) {
    const TempDir dir;
    Harness watcher(Kind::poll, {session_tree(dir / "root")}, std::chrono::hours(1));
    ASSERT_TRUE(watcher.first_look_ends());
    EXPECT_TRUE(falls_silent(watcher));
    EXPECT_EQ(armed_timers(), 1);
}

TEST(InotifyWatcher, reports_every_file_again_when_notifications_were_lost) {
    const TempDir dir;
    const std::string root = dir / "root";
    const std::vector<std::string> files = {"a.jsonl", "d/b.jsonl", "d/e/c.jsonl"};
    for (const std::string& file : files) write_file(fs::path(root) / file, "1\n");
    Harness watcher(Kind::inotify, {session_tree(root)});
    ASSERT_TRUE(watcher.first_look_ends());
    watcher.forget_changes();

    write_file(root + "/x.tmp", "");
    const int events = std::stoi(read_file("/proc/sys/fs/inotify/max_queued_events"));
    for (int i = 0; i <= events / 4; ++i) {  // four events a round
        fs::rename(root + "/x.tmp", root + "/y.tmp");
        fs::rename(root + "/y.tmp", root + "/x.tmp");
    }
    write_file(root + "/unseen/n.jsonl", "1\n");

    ASSERT_TRUE(watcher.reports("unseen/n.jsonl"));
    for (const std::string& file : files) EXPECT_TRUE(watcher.reports(file));
    ASSERT_TRUE(watcher.catches_up(root));
    for (const std::string& file : files) EXPECT_EQ(watcher.times(file), 1u) << file;
    for (const Change& change : watcher.changes()) EXPECT_FALSE(change.initial) << change.file;
    watcher.forget_changes();
    append_file(root + "/unseen/n.jsonl", "2\n");
    EXPECT_TRUE(watcher.reports("unseen/n.jsonl"));
}

constexpr int kWorks = 0;
constexpr int kNoNamespaces = 77;

// Runs the check in a child, which may do to itself what the test must not, and returns what the check said.
int in_child(const std::function<int()>& check) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(check());
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

// A limit for this process alone.
bool limit_inotify(const std::string& what, int limit) {
    if (::unshare(CLONE_NEWUSER) != 0) return false;
    std::ofstream("/proc/sys/user/max_inotify_" + what) << limit;
    return std::stoi(read_file("/proc/sys/user/max_inotify_" + what)) == limit;
}

constexpr int kLargeDirectories = 30;

// Returns the number of the step that failed, or kWorks.
int poll_the_large_tree(const std::string& large, const std::string& small) {
    if (!limit_inotify("watches", 15)) return kNoNamespaces;
    Harness watcher(Kind::inotify, {session_tree(small), session_tree(large)});
    if (!watcher.first_look_ends()) return 1;
    if (watcher.state(0).polling || !watcher.state(0).problem.empty()) return 2;
    const std::string& problem = watcher.state(1).problem;
    if (!watcher.state(1).polling || !problem.starts_with(large)) return 3;
    if (problem.find("fs.inotify.max_user_watches is too low") == std::string::npos) return 4;
    for (int i = 0; i < kLargeDirectories; ++i) {
        if (watcher.times(std::to_string(i) + "/a.jsonl", 1) != 1) return 5;
    }
    watcher.forget_changes();
    append_file(large + "/29/a.jsonl", "2\n");
    if (!watcher.reports("29/a.jsonl", 1)) return 6;
    append_file(small + "/a.jsonl", "2\n");
    if (!watcher.reports("a.jsonl", 0)) return 7;
    // What the large tree gave back is there for the small one.
    for (int i = 0; i < 5; ++i) write_file(small + "/" + std::to_string(i) + "/b.jsonl", "1\n");
    if (!watcher.reports("4/b.jsonl", 0) || watcher.state(0).polling) return 8;
    fs::rename(large, large + "-away");
    if (!watcher.run_until([&] { return !watcher.state(1).present; })) return 9;
    fs::rename(large + "-away", large);
    if (!watcher.reports("3/a.jsonl", 1)) return 10;
    return watcher.catches_up(large, 1) && watcher.catches_up(small, 0) ? kWorks : 11;
}

TEST(InotifyWatcher, polls_only_the_tree_that_has_more_directories_than_watches) {
    const TempDir dir;
    write_file(dir / "small/a.jsonl", "1\n");
    for (int i = 0; i < kLargeDirectories; ++i) {
        write_file(dir / ("large/" + std::to_string(i) + "/a.jsonl"), "1\n");
    }
    const int result = in_child([&dir] { return poll_the_large_tree(dir / "large", dir / "small"); });
    if (result == kNoNamespaces) GTEST_SKIP() << "no user namespaces here";
    EXPECT_EQ(result, kWorks);
}

int refuse_to_start(const std::string& root) {
    if (!limit_inotify("instances", 0)) return kNoNamespaces;
    try {
        const Harness watcher(Kind::inotify, {session_tree(root)});
    } catch (const std::system_error& error) {
        return error.code() == std::errc::too_many_files_open ? kWorks : 1;
    }
    return 2;
}

TEST(InotifyWatcher, throws_when_the_kernel_refuses_an_instance) {
    const TempDir dir;
    const int result = in_child([&dir] { return refuse_to_start(dir.path()); });
    if (result == kNoNamespaces) GTEST_SKIP() << "no user namespaces here";
    EXPECT_EQ(result, kWorks);
}

int see_the_unmount(const std::string& root) {
    const bool apart =
        ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (!apart || ::mount("none", root.c_str(), "tmpfs", 0, nullptr) != 0) return kNoNamespaces;
    write_file(root + "/mounted.jsonl", "1\n");
    Harness watcher(Kind::inotify, {session_tree(root)});
    if (!watcher.first_look_ends() || watcher.times("mounted.jsonl") != 1) return 1;
    if (::umount(root.c_str()) != 0) return 2;
    if (!watcher.run_until([&] { return watcher.state().files == 0; })) return 3;
    return watcher.catches_up(root) ? kWorks : 4;
}

TEST(InotifyWatcher, starts_anew_when_a_root_is_unmounted) {
    const TempDir dir;
    fs::create_directory(dir / "root");
    const int result = in_child([&dir] { return see_the_unmount(dir / "root"); });
    if (result == kNoNamespaces) GTEST_SKIP() << "no mount namespaces here";
    EXPECT_EQ(result, kWorks);
}

}  // namespace
}  // namespace kaizen::watch::test
