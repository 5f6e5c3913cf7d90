#include "common/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/fake_env.h"
#include "tests/support/temp_dir.h"

namespace kaizen {
namespace {

using test::FakeEnv;
using testing::HasSubstr;

mode_t mode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

TEST(Paths, one_directory_holds_everything_with_kaizen_home) {
    const auto paths = resolve_paths(
        FakeEnv{{"KAIZEN_HOME", "/k"}, {"HOME", "/h"}, {"XDG_RUNTIME_DIR", "/run/user/7"}}.get());
    ASSERT_TRUE(paths);
    EXPECT_EQ(paths->config_file, "/k/config.toml");
    EXPECT_EQ(paths->data_dir, "/k");
    EXPECT_EQ(paths->database, "/k/kaizen.db");
    EXPECT_EQ(paths->lock, "/k/kaizend.lock");
    EXPECT_EQ(paths->socket, "/k/kaizend.sock");
    EXPECT_EQ(paths->socket_note, "");
}

#ifndef __APPLE__
TEST(Paths, follows_the_xdg_variables) {
    const auto paths = resolve_paths(FakeEnv{
        {"HOME", "/h"},
        {"XDG_CONFIG_HOME", "/c"},
        {"XDG_DATA_HOME", "/d"},
        {"XDG_RUNTIME_DIR", "/r"}}.get());
    ASSERT_TRUE(paths);
    EXPECT_EQ(paths->config_file, "/c/kaizen/config.toml");
    EXPECT_EQ(paths->database, "/d/kaizen/kaizen.db");
    EXPECT_EQ(paths->lock, "/d/kaizen/kaizend.lock");
    EXPECT_EQ(paths->socket, "/r/kaizen/kaizend.sock");
    EXPECT_EQ(paths->socket_note, "");
}

TEST(Paths, ignores_relative_xdg_values_and_says_where_the_socket_is) {
    const auto paths = resolve_paths(FakeEnv{
        {"HOME", "/h"},
        {"XDG_CONFIG_HOME", "c"},
        {"XDG_DATA_HOME", ""},
        {"XDG_RUNTIME_DIR", "r"}}.get());
    ASSERT_TRUE(paths);
    EXPECT_EQ(paths->config_file, "/h/.config/kaizen/config.toml");
    EXPECT_EQ(paths->data_dir, "/h/.local/share/kaizen");
    EXPECT_EQ(paths->socket, "/h/.local/share/kaizen/kaizend.sock");
    EXPECT_THAT(paths->socket_note, HasSubstr("XDG_RUNTIME_DIR"));
}

TEST(Paths, falls_back_to_the_password_database) {
    const auto paths = resolve_paths(FakeEnv{}.get());
    ASSERT_TRUE(paths);
    EXPECT_EQ(paths->config_file, home_directory(FakeEnv{}.get()) + "/.config/kaizen/config.toml");
    EXPECT_TRUE(paths->config_file.starts_with('/'));
}
#endif

TEST(Paths, kaizen_socket_wins_over_all) {
    const auto paths = resolve_paths(FakeEnv{{"HOME", "/h"}, {"KAIZEN_SOCKET", "/tmp/s"}}.get());
    ASSERT_TRUE(paths);
    EXPECT_EQ(paths->socket, "/tmp/s");
    EXPECT_EQ(paths->socket_note, "") << "chosen, so nothing to warn of";
}

TEST(Paths, refuses_relative_places) {
    EXPECT_FALSE(resolve_paths(FakeEnv{{"KAIZEN_HOME", "here"}}.get()));
    EXPECT_FALSE(resolve_paths(FakeEnv{{"HOME", "/h"}, {"KAIZEN_SOCKET", "s"}}.get()));
}

TEST(Paths, a_socket_that_does_not_fit_names_the_remedy) {
    EXPECT_TRUE(check_socket_path("/" + std::string(102, 'x')));
    const auto paths = resolve_paths(FakeEnv{{"KAIZEN_HOME", "/" + std::string(100, 'x')}}.get());
    ASSERT_FALSE(paths);
    EXPECT_THAT(paths.error().message, HasSubstr("has 114 bytes"));
    EXPECT_THAT(paths.error().hint, HasSubstr("KAIZEN_SOCKET"));
#ifndef __APPLE__
    EXPECT_TRUE(check_socket_path("/" + std::string(106, 'x')));
    EXPECT_FALSE(check_socket_path("/" + std::string(107, 'x')));
#endif
}

TEST(PrivateDirectory, is_made_with_its_parents) {
    const test::TempDir dir;
    ASSERT_TRUE(make_private_directory(dir / "a/b/c"));
    EXPECT_EQ(mode_of(dir / "a/b/c"), 0700U);
    EXPECT_TRUE(make_private_directory(dir / "a/b/c")) << "a second time";
}

TEST(PrivateDirectory, is_refused_when_others_may_write_to_it) {
    const test::TempDir dir;
    const std::string path = dir / "it's open";
    for (const mode_t mode : {0770U, 0707U, 0777U, 01777U}) {
        ASSERT_TRUE(::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST);
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
        const auto made = make_private_directory(path);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, ErrorCode::denied);
        EXPECT_EQ(made.error().hint, "chmod 700 '" + dir.path() + "/it'\\''s open'");
    }
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
    EXPECT_TRUE(make_private_directory(path)) << "others may look: the files inside are 0600";
}

TEST(PrivateDirectory, is_refused_when_it_belongs_to_somebody_else) {
    if (::geteuid() != 0) {
        EXPECT_FALSE(make_private_directory("/usr"));
        return;
    }
    const test::TempDir dir;
    ASSERT_TRUE(make_private_directory(dir / "d"));
    ASSERT_EQ(::chown((dir / "d").c_str(), 12345, 12345), 0);
    const auto made = make_private_directory(dir / "d");
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("belongs to user 12345"));
    EXPECT_EQ(made.error().hint, "sudo chown -R 0 " + dir.path() + "/d");
}

TEST(PrivateDirectory, is_refused_where_a_file_stands) {
    const test::TempDir dir;
    test::write_file(dir / "file", "");
    EXPECT_FALSE(make_private_directory(dir / "file"));
    EXPECT_FALSE(make_private_directory(dir / "file/below"));
}

TEST(Paths, home_is_resolved_at_the_front_only) {
    EXPECT_EQ(expand_home("~", "/h"), "/h");
    EXPECT_EQ(expand_home("~/a", "/h"), "/h/a");
    EXPECT_EQ(expand_home("~other/a", "/h"), "~other/a");
    EXPECT_EQ(expand_home("/a/~/b", "/h"), "/a/~/b");
    EXPECT_EQ(expand_home("", "/h"), "");
}

TEST(Paths, quotes_what_a_shell_would_read_otherwise) {
    EXPECT_EQ(shell_quoted("/home/me/.config/kaizen"), "/home/me/.config/kaizen");
    EXPECT_EQ(shell_quoted("/a b"), "'/a b'");
    EXPECT_EQ(shell_quoted("$(x)'"), "'$(x)'\\'''");
    EXPECT_EQ(shell_quoted(""), "''");
}

}  // namespace
}  // namespace kaizen
