// Which sessions leave, and under which workspace: [sync] include, exclude, sample_rate, workspace_identity.

#include "daemon/ingest/gate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "daemon/ingest/git_remote.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ingest {
namespace {

using test::TempDir;
using test::write_file;

std::unique_ptr<Gate> gate_of(const std::function<void(Config::Sync&)>& change,
                              const WorkspaceAliases::Map& aliases = {}) {
    Config config;
    config.workspace.aliases = aliases;
    config.sync.endpoint = "https://ingest.test";
    config.sync.team_salt_hex = std::string(64, '1');
    config.sync.exclude.clear();
    change(config.sync);
    return std::move(*Gate::make(config, {}));
}

session::SessionState session_in(std::string workspace, std::string cwd = {}, std::string id = "s") {
    session::SessionState state;
    state.id = std::move(id);
    state.workspace = std::move(workspace);
    state.cwd = std::move(cwd);
    return state;
}

TEST(Gate, excludes_by_workspace_and_by_directory) {
    const auto gate = gate_of([](Config::Sync& sync) { sync.exclude = {"/home/ada/private/**"}; });
    EXPECT_EQ(gate->fate(session_in("/home/ada/work")), Fate::leaves);
    EXPECT_EQ(gate->fate(session_in("/home/ada/private")), Fate::excluded);
    EXPECT_EQ(gate->fate(session_in("/home/ada/private/notes")), Fate::excluded);
    // The home is a repository itself (dotfiles).
    EXPECT_EQ(gate->fate(session_in("/home/ada", "/home/ada/private/notes")), Fate::excluded);
    EXPECT_EQ(gate->fate(session_in("/home/ada", "/home/ada/src")), Fate::leaves);
}

TEST(Gate, knows_a_workspace_by_its_old_name_and_by_the_new_one) {
    const WorkspaceAliases::Map aliases = {{"/src/old", "/work/new"}, {"/private/out", "/src/out"}};
    const auto included = gate_of([](Config::Sync& sync) { sync.include = {"/work/**"}; }, aliases);
    EXPECT_EQ(included->fate(session_in("/src/old")), Fate::leaves) << "by what it counts as";
    EXPECT_EQ(included->fate(session_in("/src/other")), Fate::excluded);
    const auto by_old = gate_of([](Config::Sync& sync) { sync.include = {"/src/old"}; }, aliases);
    EXPECT_EQ(by_old->fate(session_in("/src/old")), Fate::leaves) << "by what was observed";
    EXPECT_EQ(by_old->fate(session_in("/work/new")), Fate::excluded);
    const auto excluded = gate_of([](Config::Sync& sync) { sync.exclude = {"/work/**"}; }, aliases);
    EXPECT_EQ(excluded->fate(session_in("/src/old")), Fate::excluded);
    EXPECT_EQ(excluded->fate(session_in("/src", "/src/old/deep")), Fate::excluded) << "by its directory";
    EXPECT_EQ(excluded->fate(session_in("/src", "/src/deep")), Fate::leaves);
    const auto stays = gate_of([](Config::Sync& sync) { sync.exclude = {"/private/**"}; }, aliases);
    EXPECT_EQ(stays->fate(session_in("/private/out")), Fate::excluded) << "an alias lets nothing out";
}

TEST(Gate, a_session_without_a_place_waits_while_there_are_globs) {
    const auto with = gate_of([](Config::Sync& sync) { sync.include = {"/w/**"}; });
    EXPECT_EQ(with->fate(session_in("")), Fate::unplaced);
    EXPECT_EQ(with->fate(session_in("/w/a")), Fate::leaves);
    EXPECT_EQ(with->fate(session_in("/x")), Fate::excluded);
    const auto without = gate_of([](Config::Sync&) {});
    EXPECT_EQ(without->fate(session_in("")), Fate::leaves);
}

TEST(Gate, samples_whole_sessions_about_as_many_as_it_says) {
    const auto gate = gate_of([](Config::Sync& sync) { sync.sample_rate = 0.25; });
    int leave = 0;
    for (int i = 0; i < 4000; ++i)
        leave += gate->fate(session_in("/w", "", std::to_string(i))) == Fate::leaves ? 1 : 0;
    EXPECT_GT(leave, 850);
    EXPECT_LT(leave, 1150);
}

TEST(Gate, is_open_only_with_a_salt_and_somebody_to_send_to) {
    EXPECT_TRUE(gate_of([](Config::Sync&) {})->enabled());
    EXPECT_FALSE(gate_of([](Config::Sync& sync) { sync.endpoint.clear(); })->enabled());
    const auto unsalted = gate_of([](Config::Sync& sync) { sync.team_salt_hex.clear(); });
    EXPECT_FALSE(unsalted->enabled());
    EXPECT_FALSE(unsalted->salted());
}

constexpr const char* kConfig =
    "[core]\n\tbare = false\n[remote \"up\"]\n\turl = x\n[remote \"origin\"]\n"
    "\turl = git@GitHub.com:acme/app.git\n[branch \"main\"]\n\turl = y\n";

TEST(GitRemote, is_that_of_origin) {
    const TempDir dir;
    EXPECT_EQ(git_remote(dir / "app"), std::nullopt);
    write_file(dir / "app/.git/config", kConfig);
    EXPECT_EQ(git_remote(dir / "app"), "git@GitHub.com:acme/app.git");
    write_file(dir / "other/.git/config", "[remote \"up\"]\nurl = x\n");
    EXPECT_EQ(git_remote(dir / "other"), std::nullopt);
}

TEST(GitRemote, of_a_worktree_is_that_of_its_repository) {
    const TempDir dir;
    write_file(dir / "app/.git/config", kConfig);
    write_file(dir / "app/.git/worktrees/fix/commondir", "../..\n");
    write_file(dir / "fix/.git", "gitdir: " + (dir / "app/.git/worktrees/fix") + "\n");
    EXPECT_EQ(git_remote(dir / "fix"), "git@GitHub.com:acme/app.git");
}

TEST(GitRemote, is_found_behind_links_as_git_finds_it) {
    const TempDir dir;
    write_file(dir / "shared/app.git/config", kConfig);
    std::filesystem::create_directories(dir / "by_config/.git");
    std::filesystem::create_symlink(dir / "shared/app.git/config", dir / "by_config/.git/config");
    std::filesystem::create_directory(dir / "by_directory");
    std::filesystem::create_directory_symlink("../shared/app.git", dir / "by_directory/.git");
    EXPECT_EQ(git_remote(dir / "by_config"), "git@GitHub.com:acme/app.git");
    EXPECT_EQ(git_remote(dir / "by_directory"), "git@GitHub.com:acme/app.git");
}

TEST(GitRemote, is_none_where_the_configuration_is_no_small_regular_file) {
    const TempDir dir;
    write_file(dir / "large/.git/config", kConfig + std::string(2 << 20, '\n'));
    std::filesystem::create_directories(dir / "device/.git");
    std::filesystem::create_symlink("/dev/zero", dir / "device/.git/config");
    std::filesystem::create_directories(dir / "fifo");
    ASSERT_EQ(::mkfifo((dir / "fifo/.git").c_str(), 0600), 0);
    write_file(dir / "circle/.git", "gitdir: .\n");
    for (const char* name : {"large", "device", "fifo", "circle"})
        EXPECT_EQ(git_remote(dir / name), std::nullopt);
}

TEST(GitRemote, of_a_submodule_is_its_own) {
    const TempDir dir;
    write_file(dir / "app/.git/modules/lib/config", kConfig);
    write_file(dir / "app/lib/.git", "gitdir: ../.git/modules/lib\n");
    EXPECT_EQ(git_remote(dir / "app/lib"), "git@GitHub.com:acme/app.git");
}

TEST(Gate, two_clones_are_one_workspace_unless_the_path_is_to_tell) {
    const TempDir dir;
    write_file(dir / "a/.git/config", kConfig);
    write_file(dir / "b/.git/config", "[remote \"origin\"]\nurl = https://tok@github.com/acme/app\n");
    const auto by_remote = gate_of([](Config::Sync&) {});
    EXPECT_EQ(by_remote->workspace_hash(dir / "a"), by_remote->workspace_hash(dir / "b"));
    EXPECT_NE(by_remote->workspace_hash(dir / "a"), by_remote->workspace_hash(dir / "c"));
    const auto by_path = gate_of([](Config::Sync& sync) { sync.workspace_identity = "path"; });
    EXPECT_NE(by_path->workspace_hash(dir / "a"), by_path->workspace_hash(dir / "b"));
}

TEST(Gate, a_workspace_that_was_moved_has_the_hash_of_where_it_is_now) {
    const TempDir dir;
    write_file(dir / "new/.git/config", kConfig);
    const WorkspaceAliases::Map aliases = {{dir / "old", dir / "new"}};
    for (const char* identity : {"git-remote", "path"}) {
        const auto by = [&](Config::Sync& sync) { sync.workspace_identity = identity; };
        const auto alone = gate_of(by);
        EXPECT_NE(alone->workspace_hash(dir / "old"), alone->workspace_hash(dir / "new"));
        const auto joined = gate_of(by, aliases);
        EXPECT_EQ(joined->workspace_hash(dir / "old"), alone->workspace_hash(dir / "new")) << identity;
        EXPECT_EQ(joined->workspace_hash(dir / "new"), alone->workspace_hash(dir / "new")) << identity;
    }
}

}  // namespace
}  // namespace kaizen::ingest
