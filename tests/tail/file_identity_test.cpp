#include "daemon/tail/file_identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace kaizen::tail {
namespace {

class FileIdentityTest : public testing::Test {
  protected:
    FileIdentity remember(std::int64_t offset) {
        return *identify(*open_session_file(dir_.path(), "session.jsonl"), offset);
    }
    bool same(const FileIdentity& known, std::int64_t offset) {
        return *is_same(*open_session_file(dir_.path(), "session.jsonl"), known, offset);
    }

    test::TempDir dir_;
    std::string file_ = dir_ / "session.jsonl";
};

TEST_F(FileIdentityTest, a_file_that_grew_is_the_same) {
    test::write_file(file_, std::string(10'000, 'a'));
    const auto known = remember(9'000);
    test::append_file(file_, "more");
    EXPECT_TRUE(same(known, 9'000));
}

TEST_F(FileIdentityTest, a_copy_under_another_inode_is_the_same) {
    test::write_file(file_, "one\ntwo\n");
    const auto known = remember(8);
    std::filesystem::copy_file(file_, dir_ / "copy");
    std::filesystem::rename(dir_ / "copy", file_);
    EXPECT_TRUE(same(known, 8));
}

TEST_F(FileIdentityTest, a_file_that_shrank_is_another) {
    test::write_file(file_, "one\ntwo\n");
    const auto known = remember(8);
    ASSERT_EQ(::truncate(file_.c_str(), 4), 0);
    EXPECT_FALSE(same(known, 8));
}

TEST_F(FileIdentityTest, another_beginning_is_another_file) {
    test::write_file(file_, "one\ntwo\n");
    const auto known = remember(8);
    test::write_file(file_, "ONE\ntwo\nthree\n");
    EXPECT_FALSE(same(known, 8));
}

TEST_F(FileIdentityTest, other_bytes_before_the_offset_are_another_file) {
    std::string content(20'000, 'a');
    test::write_file(file_, content);
    const auto known = remember(20'000);
    content[19'900] = 'b';
    test::write_file(file_, content);
    EXPECT_FALSE(same(known, 20'000));
}

TEST_F(FileIdentityTest, nothing_consumed_fits_any_file) {
    test::write_file(file_, "anything");
    EXPECT_TRUE(same(FileIdentity(), 0));
}

TEST_F(FileIdentityTest, refuses_what_is_no_regular_file_and_says_which) {
    const auto refusal = [&](const char* name) { return open_session_file(dir_.path(), name).error(); };
    EXPECT_EQ(refusal("missing").code, ErrorCode::not_found);
    ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(refusal("fifo").message, "not a regular file");
    EXPECT_EQ(open_session_file("/dev", "zero").error().message, "not a regular file");
    std::filesystem::create_directory(dir_ / "directory");
    EXPECT_EQ(refusal("directory").message, "not a regular file");
    test::write_file(file_, "x");
    EXPECT_EQ(refusal("session.jsonl/x").code, ErrorCode::not_found);
    std::filesystem::create_symlink(file_, dir_ / "link");
    EXPECT_EQ(refusal("link").message, "a symbolic link");
    std::filesystem::create_directory_symlink(".", dir_ / "here");
    EXPECT_EQ(refusal("here/session.jsonl").message, "a symbolic link");
    EXPECT_EQ(refusal("../session.jsonl").message, "cannot open: Invalid argument");
}

}  // namespace
}  // namespace kaizen::tail
