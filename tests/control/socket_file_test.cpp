#include "daemon/control/socket_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "tests/support/temp_dir.h"

namespace kaizen::control {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string failure_to_bind(const std::string& path) {
    try {
        const SocketFile file(path);
    } catch (const std::system_error& error) {
        return error.what();
    }
    return "bound";
}

TEST(SocketFile, is_for_its_owner_only_and_goes_with_its_object) {
    const test::TempDir dir;
    {
        const SocketFile file(dir / "s");
        EXPECT_EQ(fs::status(dir / "s").permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }
    EXPECT_FALSE(fs::exists(fs::symlink_status(dir / "s")));
}

TEST(SocketFile, leaves_the_process_umask_as_it_was) {
    const test::TempDir dir;
    const mode_t before = ::umask(022);
    const SocketFile file(dir / "s");
    EXPECT_EQ(::umask(before), 022U);
}

TEST(SocketFile, replaces_an_old_one_and_an_old_one_does_not_remove_the_new) {
    const test::TempDir dir;
    std::optional<SocketFile> old;
    old.emplace(dir / "s");
    const SocketFile fresh(dir / "s");
    old.reset();
    EXPECT_TRUE(fs::is_socket(dir / "s"));
}

TEST(SocketFile, leaves_any_other_file_alone) {
    const test::TempDir dir;
    test::write_file(dir / "notes", "mine");
    EXPECT_THAT(failure_to_bind(dir / "notes"),
                HasSubstr((dir / "notes") + ": a file that is no socket stands there"));
    EXPECT_EQ(test::read_file(dir / "notes"), "mine");
    fs::create_symlink(dir / "notes", dir / "link");
    EXPECT_THAT(failure_to_bind(dir / "link"), HasSubstr("no socket"));
    EXPECT_TRUE(fs::is_symlink(dir / "link"));
}

TEST(SocketFile, says_which_path_is_too_long_and_what_to_do) {
    const std::string path = "/tmp/" + std::string(200, 'x');
    EXPECT_THAT(failure_to_bind(path), HasSubstr(path + ": 205 bytes"));
    EXPECT_THAT(failure_to_bind(path), HasSubstr("KAIZEN_SOCKET"));
}

TEST(SocketFile, says_which_directory_is_missing) {
    const test::TempDir dir;
    EXPECT_THAT(failure_to_bind(dir / "no/s"), HasSubstr((dir / "no/s") + ": No such file"));
}

}  // namespace
}  // namespace kaizen::control
