#include "daemon/runtime/instance_lock.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "tests/support/temp_dir.h"

namespace kaizen::runtime {
namespace {

using testing::HasSubstr;

// A child process that holds the lock until it is killed.
class Holder {
  public:
    explicit Holder(const std::string& path) {
        int ready[2];
        if (::pipe(ready) != 0) throw std::runtime_error("pipe");
        pid_ = ::fork();
        if (pid_ == 0) {
            const auto lock = InstanceLock::acquire(path);
            const char holds = lock ? 'y' : 'n';
            if (::write(ready[1], &holds, 1) == 1) ::pause();
            ::_exit(1);
        }
        char holds = 'n';
        if (::read(ready[0], &holds, 1) != 1 || holds != 'y')
            throw std::runtime_error("the child has no lock");
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Holder() { kill(); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

  private:
    pid_t pid_ = -1;
};

TEST(InstanceLock, held_by_another_process_is_busy_and_names_it) {
    const test::TempDir dir;
    const Holder holder(dir / "lock");
    const auto second = InstanceLock::acquire(dir / "lock");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy);
    EXPECT_THAT(second.error().message, HasSubstr(fmt::format("pid {} ", holder.pid())));
}

TEST(InstanceLock, is_free_again_when_its_holder_was_killed) {
    const test::TempDir dir;
    Holder holder(dir / "lock");
    holder.kill();
    const auto lock = InstanceLock::acquire(dir / "lock");
    ASSERT_TRUE(lock) << lock.error().message;
    EXPECT_THAT(test::read_file(dir / "lock"), HasSubstr(fmt::format("pid {} ", ::getpid())));
}

TEST(InstanceLock, holds_within_one_process_too_and_ends_with_its_object) {
    const test::TempDir dir;
    std::optional<Result<InstanceLock>> first(InstanceLock::acquire(dir / "lock"));
    ASSERT_TRUE(*first);
    EXPECT_FALSE(InstanceLock::acquire(dir / "lock"));
    first.reset();
    EXPECT_TRUE(InstanceLock::acquire(dir / "lock"));
    EXPECT_TRUE(std::filesystem::exists(dir / "lock")) << "unlinking it would let two daemons in";
}

TEST(InstanceLock, leaves_nothing_of_a_longer_text_before) {
    const test::TempDir dir;
    test::write_file(dir / "lock", std::string(500, 'x'));
    const auto lock = InstanceLock::acquire(dir / "lock");
    ASSERT_TRUE(lock);
    EXPECT_EQ(test::read_file(dir / "lock").find('x'), std::string::npos);
}

TEST(InstanceLock, names_the_path_that_it_cannot_open) {
    const test::TempDir dir;
    const auto lock = InstanceLock::acquire(dir / "missing/lock");
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().code, ErrorCode::denied);
    EXPECT_THAT(lock.error().message, HasSubstr(dir / "missing/lock"));
}

TEST(InstanceLock, does_not_follow_a_link) {
    const test::TempDir dir;
    test::write_file(dir / "notes", "mine");
    std::filesystem::create_symlink(dir / "notes", dir / "lock");
    EXPECT_FALSE(InstanceLock::acquire(dir / "lock"));
    EXPECT_EQ(test::read_file(dir / "notes"), "mine");
}

}  // namespace
}  // namespace kaizen::runtime
