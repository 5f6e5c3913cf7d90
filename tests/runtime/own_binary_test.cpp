#include "daemon/runtime/own_binary.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace kaizen::runtime {
namespace {

namespace fs = std::filesystem;

TEST(OwnBinary, knows_the_file_of_this_process) {
    EXPECT_EQ(fs::path(own_path()).filename(), "kaizen_runtime_test");
    EXPECT_FALSE(OwnBinary(own_path()).replaced());
}

TEST(OwnBinary, notices_another_file_at_its_path) {
    const test::TempDir dir;
    test::write_file(dir / "kaizend", "one");
    const OwnBinary binary(dir / "kaizend");
    EXPECT_FALSE(binary.replaced());
    test::write_file(dir / "new", "one");  // the same content does not make it the same file
    fs::rename(dir / "new", dir / "kaizend");
    EXPECT_TRUE(binary.replaced());
}

TEST(OwnBinary, notices_the_same_file_with_another_content) {
    const test::TempDir dir;
    test::write_file(dir / "kaizend", "one");
    const OwnBinary binary(dir / "kaizend");
    test::write_file(dir / "kaizend", "three");
    EXPECT_TRUE(binary.replaced());
}

TEST(OwnBinary, waits_while_there_is_none) {
    const test::TempDir dir;
    test::write_file(dir / "kaizend", "one");
    const OwnBinary binary(dir / "kaizend");
    fs::remove(dir / "kaizend");
    EXPECT_FALSE(binary.replaced());
    fs::create_directory(dir / "kaizend");
    EXPECT_FALSE(binary.replaced());
}

TEST(OwnBinary, cannot_know_what_was_there_when_it_was_gone_from_the_start) {
    const test::TempDir dir;
    const OwnBinary binary(dir / "kaizend");
    test::write_file(dir / "kaizend", "one");
    EXPECT_FALSE(binary.replaced());
}

}  // namespace
}  // namespace kaizen::runtime
