#include "daemon/insight/thread_names.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace kaizen::insight {
namespace {

void append(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::app) << text; }

TEST(ThreadNames, the_last_one_of_a_thread_holds) {
    const test::TempDir dir;
    const std::string file = dir / "session_index.jsonl";
    ThreadNames names({file});
    names.refresh();
    EXPECT_EQ(names.of("a"), "");
    append(file, R"({"id":"a","thread_name":"first"})"
                 "\n"
                 R"({"id":"b","thread_name":"two\nlines"})"
                 "\nno record\n[1]\n{\"id\":7}\n");
    names.refresh();
    EXPECT_EQ(names.of("a"), "first");
    EXPECT_EQ(names.of("b"), "two lines");
    append(file, R"({"id":"a","thread_name":"second"})"
                 "\n");
    names.refresh();
    EXPECT_EQ(names.of("a"), "second");
    std::filesystem::remove(file);
    names.refresh();
    EXPECT_EQ(names.of("a"), "");
}

TEST(ThreadNames, of_a_large_file_come_from_its_end) {
    const test::TempDir dir;
    const std::string file = dir / "session_index.jsonl";
    append(file, R"({"id":"old","thread_name":"old"})"
                 "\n" +
                     std::string(std::size_t{4} << 20, 'x') + "\n" + R"({"id":"new","thread_name":"new"})");
    ThreadNames names({file});
    names.refresh();
    EXPECT_EQ(names.of("old"), "");
    EXPECT_EQ(names.of("new"), "new");
}

TEST(ThreadNames, are_not_read_from_what_is_no_file) {
    const test::TempDir dir;
    std::filesystem::create_directory(dir / "session_index.jsonl");
    ThreadNames names({dir / "session_index.jsonl", dir / "none"});
    names.refresh();
    EXPECT_EQ(names.of("a"), "");
}

}  // namespace
}  // namespace kaizen::insight
