#include "common/small_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace kaizen {
namespace {

namespace fs = std::filesystem;
using test::write_file;

std::string text_of(const Result<std::optional<SmallFile>>& file) {
    return !file ? file.error().message : *file ? (*file)->text : "none";
}

class SmallFileTest : public testing::Test {
  protected:
    [[nodiscard]] std::string read(const std::string& name) const {
        return text_of(read_small_file(dir_ / name));
    }
    [[nodiscard]] std::string fault(const std::string& name, const std::string& why) const {
        return dir_ / name + ": " + why;
    }

    test::TempDir dir_;
};

TEST_F(SmallFileTest, is_read_whole_up_to_its_limit) {
    const std::string most(1 << 20, 'x');
    write_file(dir_ / "most", most);
    write_file(dir_ / "larger", most + "x");
    write_file(dir_ / "empty", "");
    EXPECT_EQ(read("most"), most);
    EXPECT_EQ(read("larger"), fault("larger", "larger than 1 MiB"));
    EXPECT_EQ(read("empty"), "");
    EXPECT_EQ(read("missing"), "none");
    EXPECT_EQ(read("most/missing"), "none");
}

TEST_F(SmallFileTest, may_be_larger_where_it_is_said_and_tells_when_it_was_written) {
    const std::string two(2 << 20, 'x');
    write_file(dir_ / "two", two);
    EXPECT_EQ(text_of(read_small_file(dir_ / "two", 2)), two);
    write_file(dir_ / "three", two + "x");
    EXPECT_EQ(text_of(read_small_file(dir_ / "three", 2)), fault("three", "larger than 2 MiB"));
    constexpr timespec kThen[2] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (dir_ / "two").c_str(), kThen, 0), 0);
    EXPECT_EQ((*read_small_file(dir_ / "two", 2))->modified, 1'700'000'000'000);
}

TEST_F(SmallFileTest, is_no_fifo_no_device_and_no_directory) {
    ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
    fs::create_directory(dir_ / "directory");
    EXPECT_EQ(read("fifo"), fault("fifo", "not a regular file"));
    EXPECT_EQ(read("directory"), fault("directory", "not a regular file"));
    EXPECT_EQ(text_of(read_small_file("/dev/zero")), "/dev/zero: not a regular file");
}

TEST_F(SmallFileTest, may_be_behind_a_link_and_is_held_to_the_same) {
    write_file(dir_ / "dotfiles/config", "text");
    fs::create_symlink("dotfiles/config", dir_ / "link");
    fs::create_symlink("/dev/zero", dir_ / "zero");
    EXPECT_EQ(read("link"), "text");
    EXPECT_EQ(read("zero"), fault("zero", "not a regular file"));
}

}  // namespace
}  // namespace kaizen
