#include "daemon/ingest/workspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/temp_dir.h"

namespace kaizen::ingest {
namespace {

TEST(Workspaces, are_the_git_root_that_holds_the_directory) {
    test::TempDir dir;
    std::filesystem::create_directories(dir / "app/.git");
    std::filesystem::create_directories(dir / "app/src/deep");
    Workspaces workspaces;
    EXPECT_EQ(workspaces.of(dir / "app/src/deep"), dir / "app");
    EXPECT_EQ(workspaces.of(dir / "app"), dir / "app");
}

TEST(Workspaces, know_a_worktree_by_its_git_file_and_else_take_the_directory_itself) {
    test::TempDir dir;
    test::write_file(dir / "tree/.git", "gitdir: elsewhere\n");
    Workspaces workspaces;
    EXPECT_EQ(workspaces.of(dir / "tree/gone/sub"), dir / "tree");
    EXPECT_EQ(workspaces.of("/no/such/place"), "/no/such/place");
    EXPECT_EQ(workspaces.of("relative"), "relative");
}

std::string slug_of(const std::string& path) {
    std::string slug = path.substr(1);
    std::replace_if(
        slug.begin(), slug.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '-');
    return slug;
}

TEST(DirectoryOfSlug, finds_the_directory_whose_path_reads_like_it) {
    test::TempDir dir;
    std::filesystem::create_directories(dir / "my-app/sub.dir");
    std::filesystem::create_directories(dir / "my/other");
    EXPECT_EQ(directory_of_slug(slug_of(dir / "my-app/sub.dir")), dir / "my-app/sub.dir");
    EXPECT_EQ(directory_of_slug(slug_of(dir / "my/other")), dir / "my/other");
}

TEST(DirectoryOfSlug, is_empty_when_there_is_none) {
    EXPECT_EQ(directory_of_slug("no-such-directory-anywhere"), "");
    EXPECT_EQ(directory_of_slug("1765750086837"), "");
    EXPECT_EQ(directory_of_slug(""), "");
}

}  // namespace
}  // namespace kaizen::ingest
