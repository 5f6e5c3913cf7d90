// A child that dies leaves a note of where it was.

#include "daemon/runtime/crash_note.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

using runtime::CrashNote;

class CrashNotes : public testing::Test {
  protected:
    // Returns the signal that ended the child.
    int run_child(const std::function<void(CrashNote&)>& child) const {
        const pid_t pid = ::fork();
        if (pid == 0) {
            const rlimit no_core{};
            ::setrlimit(RLIMIT_CORE, &no_core);
            std::freopen("/dev/null", "w", stderr);
            CrashNote note(path_);
            note.enter("/home/a b\n.jsonl");
            note.at(4711);
            child(note);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }
    [[nodiscard]] std::optional<CrashNote::Left> left() const { return CrashNote(path_).left(); }

    TempDir dir_;
    std::string path_ = dir_ / "reading";
};

TEST_F(CrashNotes, an_aborted_process_says_where_it_was) {
    EXPECT_EQ(run_child([](CrashNote&) { std::abort(); }), SIGABRT);
    ASSERT_TRUE(left());
    EXPECT_EQ(left()->subject, "/home/a b\n.jsonl");
    EXPECT_EQ(left()->position, 4711);
    EXPECT_EQ(left()->deaths, 1);
    run_child([](CrashNote&) { std::abort(); });
    EXPECT_EQ(left()->deaths, 2);
}

TEST_F(CrashNotes, so_does_one_that_a_signal_ends) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
        ::unlink(path_.c_str());
        run_child([signal](CrashNote&) { ::raise(signal); });
        ASSERT_TRUE(left()) << signal;
        EXPECT_EQ(left()->position, 4711);
    }
}

TEST_F(CrashNotes, one_that_another_process_aborts_because_it_hangs_does_too) {
    EXPECT_EQ(run_child([](CrashNote&) {
                  if (::fork() == 0) ::kill(::getppid(), SIGABRT), ::_exit(0);
                  while (true) ::pause();
              }),
              SIGABRT);
    EXPECT_TRUE(left());
}

TEST_F(CrashNotes, another_threads_crash_says_nothing_of_this_one) {
    EXPECT_EQ(run_child([](CrashNote&) { std::thread([] { std::abort(); }).join(); }), SIGABRT);
    EXPECT_FALSE(left());
}

TEST_F(CrashNotes, nothing_is_noted_of_what_was_left) {
    run_child([](CrashNote& note) {
        note.leave();
        std::abort();
    });
    EXPECT_FALSE(left());
    EXPECT_EQ(run_child([](CrashNote&) {}), 0) << "an end without a crash";
    EXPECT_FALSE(left());
}

TEST_F(CrashNotes, are_cleared_and_survive_anything_in_their_file) {
    run_child([](CrashNote&) { std::abort(); });
    CrashNote(path_).clear();
    EXPECT_FALSE(left());
    for (const char* text : {"", "1", "1 ", "1 2", "1 2 ", "x 2 /a", "99999999999999999999 1 /a", "1 x /a"}) {
        write_file(path_, text);
        EXPECT_FALSE(left()) << text;
    }
    write_file(path_, "3 17 /a");
    EXPECT_EQ(left()->deaths, 3);
}

}  // namespace
}  // namespace kaizen::test
