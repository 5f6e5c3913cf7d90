#include "daemon/tail/unpack.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/packed.h"
#include "tests/support/temp_dir.h"

namespace kaizen::tail {
namespace {

class UnpackTest : public testing::Test {
  protected:
    Result<OpenedFile> unpacked(const std::string& bytes) {
        test::write_file(dir_ / "session.jsonl.zst", bytes);
        return unpack(*open_session_file(dir_.path(), "session.jsonl.zst"), dir_.path());
    }
    test::TempDir dir_;
};

TEST_F(UnpackTest, gives_the_text_in_a_file_that_nobody_else_can_open) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3} << 20}) {
        std::string text(size, 'a');
        for (std::size_t i = 0; i < size; i += 97) text[i] = static_cast<char>('b' + i % 20);
        const auto file = unpacked(test::packed(text));
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(file->size, static_cast<std::int64_t>(size));
        std::string read(size, '\0');
        EXPECT_EQ(::pread(file->fd.get(), read.data(), size, 0), static_cast<ssize_t>(size));
        EXPECT_EQ(read, text);
        struct stat info {};
        ASSERT_EQ(::fstat(file->fd.get(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777U, 0600U);
        EXPECT_EQ(info.st_nlink, 0U);
    }
    std::filesystem::remove(dir_ / "session.jsonl.zst");
    EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(UnpackTest, takes_what_there_is_of_a_file_that_is_still_written) {
    const std::string whole = test::packed(std::string(500'000, 'x') + "y");
    EXPECT_TRUE(unpacked(whole.substr(0, whole.size() - 3)));
    EXPECT_EQ(unpacked(whole + whole)->size, 2 * 500'001) << "frames follow each other";
}

TEST_F(UnpackTest, says_what_is_no_zstd_data) {
    EXPECT_EQ(unpacked("plain text, not packed").error().code, ErrorCode::bad_input);
    std::string broken = test::packed(std::string(100'000, 'x'));
    broken[broken.size() / 2] = static_cast<char>(broken[broken.size() / 2] ^ 0x55);
    const auto file = unpacked(broken);
    EXPECT_TRUE(!file || file->size != 100'000);
}

TEST_F(UnpackTest, says_when_there_is_no_place_for_the_text) {
    test::write_file(dir_ / "session.jsonl.zst", test::packed("x"));
    const auto file = unpack(*open_session_file(dir_.path(), "session.jsonl.zst"), dir_ / "no-such");
    EXPECT_EQ(file.error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace kaizen::tail
