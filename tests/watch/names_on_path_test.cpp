#include "daemon/watch/names_on_path.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace kaizen::watch {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::pair<std::string, std::string>>;

// Those below `dir`: what leads there is the machine's.
Names names_on(const std::string& path, const test::TempDir& dir) {
    Names names;
    visit_names_on_path(path, [&](const std::string& directory, const std::string& name) {
        if (directory.starts_with(dir.path())) names.emplace_back(directory.substr(dir.path().size()), name);
        return true;
    });
    return names;
}

TEST(NamesOnPath, end_at_the_first_name_that_does_not_exist) {
    const test::TempDir dir;
    fs::create_directories(dir / "a/b");
    EXPECT_EQ(names_on(dir / "a/b/c/d", dir), (Names{{"", "a"}, {"/a", "b"}, {"/a/b", "c"}}));
}

TEST(NamesOnPath, go_through_links_as_the_kernel_does) {
    const test::TempDir dir;
    fs::create_directories(dir / "real/deep");
    fs::create_directory_symlink("real/./deep", dir / "relative");
    fs::create_directory_symlink(dir / "relative/..", dir / "absolute");
    const Names names = names_on(dir / "absolute/x", dir);
    EXPECT_EQ(names,
              (Names{{"", "absolute"}, {"", "relative"}, {"", "real"}, {"/real", "deep"}, {"/real", "x"}}));
}

TEST(NamesOnPath, end_in_a_loop_of_links) {
    const test::TempDir dir;
    fs::create_directory_symlink("loop", dir / "loop");
    EXPECT_LE(names_on(dir / "loop/x", dir).size(), 41u);
}

TEST(NamesOnPath, end_when_the_visitor_says_so) {
    int visited = 0;
    visit_names_on_path("/usr/bin", [&](const std::string&, const std::string&) { return ++visited, false; });
    EXPECT_EQ(visited, 1);
}

}  // namespace
}  // namespace kaizen::watch
