#include "daemon/ingest/workspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ingest {
namespace {

class WorkspacesTest : public testing::Test {
  protected:
    test::TempDir dir_;
    store::Store store_{dir_ / "kaizen.db"};
    Workspaces workspaces_{store_};

    [[nodiscard]] std::string root_of(const std::string& cwd) { return workspaces_.of(cwd).root; }
    // A repository "app" with the worktree "fix" beside it, as git makes them.
    void make_worktree() {
        test::write_file(dir_ / "app/.git/worktrees/fix/commondir", "../..\n");
        test::write_file(dir_ / "app/.git/worktrees/fix/gitdir", (dir_ / "fix/.git") + "\n");
        test::write_file(dir_ / "fix/.git", "gitdir: " + (dir_ / "app/.git/worktrees/fix") + "\n");
        std::filesystem::create_directories(dir_ / "fix/src");
    }
};

TEST_F(WorkspacesTest, are_the_git_root_that_holds_the_directory) {
    std::filesystem::create_directories(dir_ / "app/.git");
    std::filesystem::create_directories(dir_ / "app/src/deep");
    EXPECT_EQ(root_of(dir_ / "app/src/deep"), dir_ / "app");
    EXPECT_EQ(root_of(dir_ / "app"), dir_ / "app");
}

TEST_F(WorkspacesTest, are_the_directory_itself_where_git_leads_nowhere) {
    test::write_file(dir_ / "tree/.git", "gitdir: elsewhere\n");
    EXPECT_EQ(root_of(dir_ / "tree/gone/sub"), dir_ / "tree");
    EXPECT_EQ(root_of("/no/such/place"), "/no/such/place");
    EXPECT_EQ(root_of("relative"), "relative");
}

TEST_F(WorkspacesTest, of_a_worktree_are_its_repository_also_when_it_is_gone) {
    make_worktree();
    for (int round = 0; round < 2; ++round) {
        const Workspace found = workspaces_.of(dir_ / "fix/src");
        EXPECT_EQ(found.root, dir_ / "app") << round;
        EXPECT_EQ(found.worktree, dir_ / "fix") << round;
        std::filesystem::remove_all(dir_ / "fix");
        std::filesystem::remove_all(dir_ / "app");
    }
    EXPECT_EQ(root_of(dir_ / "fixed/src"), dir_ / "fixed/src");
}

TEST_F(WorkspacesTest, are_under_their_new_name_as_soon_as_they_have_one) {
    std::filesystem::create_directories(dir_ / "app/.git");
    std::filesystem::create_directories(dir_ / "app/src");
    EXPECT_EQ(root_of(dir_ / "app/src"), dir_ / "app");
    std::filesystem::rename(dir_ / "app", dir_ / "shop");
    EXPECT_EQ(root_of(dir_ / "shop/src"), dir_ / "shop");
    EXPECT_EQ(root_of(dir_ / "app/src"), dir_ / "app/src") << "nothing is there";
}

// The worktree stays where it is, and so does what the agent says.
TEST_F(WorkspacesTest, of_a_worktree_are_the_repository_that_was_renamed_and_repaired) {
    make_worktree();
    EXPECT_EQ(root_of(dir_ / "fix/src"), dir_ / "app");
    std::filesystem::rename(dir_ / "app", dir_ / "shop");
    test::write_file(dir_ / "fix/.git", "gitdir: " + (dir_ / "shop/.git/worktrees/fix") + "\n");
    EXPECT_EQ(root_of(dir_ / "fix/src"), dir_ / "shop");
    EXPECT_EQ(workspaces_.of(dir_ / "fix/src").worktree, dir_ / "fix");
    std::filesystem::remove_all(dir_ / "fix");
    EXPECT_EQ(root_of(dir_ / "fix/src"), dir_ / "shop") << "as it was last seen";
}

// "git worktree repair" writes both.
TEST_F(WorkspacesTest, of_a_worktree_inside_move_with_the_repository) {
    test::write_file(dir_ / "app/.git/worktrees/fix/commondir", "../..\n");
    test::write_file(dir_ / "app/.git/worktrees/fix/gitdir", (dir_ / "app/wt/fix/.git") + "\n");
    test::write_file(dir_ / "app/wt/fix/.git", "gitdir: " + (dir_ / "app/.git/worktrees/fix") + "\n");
    EXPECT_EQ(root_of(dir_ / "app/wt/fix"), dir_ / "app");
    std::filesystem::rename(dir_ / "app", dir_ / "shop");
    test::write_file(dir_ / "shop/.git/worktrees/fix/gitdir", (dir_ / "shop/wt/fix/.git") + "\n");
    test::write_file(dir_ / "shop/wt/fix/.git", "gitdir: " + (dir_ / "shop/.git/worktrees/fix") + "\n");
    EXPECT_EQ(root_of(dir_ / "shop/wt/fix"), dir_ / "shop");
}

TEST_F(WorkspacesTest, are_no_repository_that_does_not_know_the_worktree) {
    make_worktree();
    test::write_file(dir_ / "claim/.git", "gitdir: " + (dir_ / "app/.git/worktrees/fix") + "\n");
    EXPECT_EQ(root_of(dir_ / "claim"), dir_ / "claim") << "the worktree is another one";
    test::write_file(dir_ / "mine/commondir", (dir_ / "app/.git") + "\n");
    test::write_file(dir_ / "claim2/.git", "gitdir: " + (dir_ / "mine") + "\n");
    EXPECT_EQ(root_of(dir_ / "claim2"), dir_ / "claim2") << "it stands elsewhere";
}

TEST_F(WorkspacesTest, of_a_worktree_of_a_bare_repository_are_that) {
    test::write_file(dir_ / "app.git/worktrees/fix/commondir", "../..\n");
    test::write_file(dir_ / "fix/.git", "gitdir: ../app.git/worktrees/fix\n");
    EXPECT_EQ(root_of(dir_ / "fix"), dir_ / "app.git");
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
