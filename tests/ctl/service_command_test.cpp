// `kaizenctl service` on macOS, against a launchctl of the test's own; and what is said where systemd cannot
// be reached. tests/e2e/service_test.py has the rest.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "ctl/child_process.h"
#include "ctl/marked_file.h"
#include "ctl/service_manager.h"
#include "tests/ctl/command_run.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;
using testing::HasSubstr;
using testing::StartsWith;

Env env_of(const std::map<std::string, std::string, std::less<>>& values) {
    return [values](const char* name) -> const char* {
        const auto found = values.find(name);
        return found == values.end() ? nullptr : found->second.c_str();
    };
}

void write_program(const std::string& path, const std::string& text) {
    test::write_file(path, text);
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
}

// Loaded when the file "loaded" is there; all that it is asked stands in "calls".
class MacHome : public testing::Test {
  protected:
    MacHome() {
        write_program(dir_ / "bin/launchctl", "#!/bin/sh\ncd '" + dir_.path() + R"('
echo "$*" >>calls
case $1 in
print) [ -e loaded ] || { echo "Could not find service" >&2; exit 113; }
       printf '%s\n' "gui/501/dev.kaizen.kaizend = {" "  state = running" "  pid = 77" "  path = $PWD/agent.plist" "}" ;;
bootstrap) touch loaded ;;
bootout) rm loaded ;;
esac
)");
        write_program(dir_ / "bin/kaizend", "#!/bin/sh\n");
        around_.env = {{"HOME", dir_ / "home"}, {"PATH", dir_ / "bin" + ":/bin:/usr/bin"}};
        around_.services = ServiceKind::launchd;
    }

    [[nodiscard]] std::string plist() const {
        return dir_ / "home/Library/LaunchAgents/dev.kaizen.kaizend.plist";
    }
    [[nodiscard]] std::string calls() const { return test::read_file(dir_ / "calls"); }

    TempDir dir_;
    Surroundings around_;
};

TEST_F(MacHome, install_writes_the_agent_and_loads_it) {
    const Ending ending = run({"service", "install"}, around_);
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(ending.out, HasSubstr("started: pid 77"));
    const std::string text = test::read_file(plist());
    EXPECT_THAT(text, StartsWith("<?xml version"));
    EXPECT_THAT(text, HasSubstr("<string>" + dir_ / "bin/kaizend" + "</string>"));
    EXPECT_THAT(text, HasSubstr(std::string(kMark)));
    const std::string domain = "gui/" + std::to_string(::getuid());
    EXPECT_THAT(calls(),
                HasSubstr("enable " + domain + "/dev.kaizen.kaizend\nbootstrap " + domain + " " + plist()));
}

TEST_F(MacHome, uninstall_unloads_it_and_removes_the_agent) {
    EXPECT_EQ(run({"service", "status"}, around_).exit, ExitCode::not_found);
    EXPECT_EQ(run({"service", "install"}, around_).exit, ExitCode::ok);
    EXPECT_EQ(run({"service", "status"}, around_).exit, ExitCode::ok);
    const Ending ending = run({"service", "uninstall"}, around_);
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_FALSE(std::filesystem::exists(plist()));
    EXPECT_THAT(calls(), HasSubstr("bootout gui/"));
}

TEST_F(MacHome, an_agent_by_another_hand_stays) {
    test::write_file(plist(), "<plist/>\n");
    EXPECT_EQ(run({"service", "install"}, around_).exit, ExitCode::conflict);
    EXPECT_EQ(test::read_file(plist()), "<plist/>\n");
}

TEST(ExplainSystemctl, says_which_shells_have_no_way_to_systemd) {
    const std::string no_bus = "Failed to connect to bus: No medium found\n";
    const Error none = explain_systemctl(no_bus, env_of({}), false);
    EXPECT_THAT(none.message, HasSubstr("does not run systemd"));
    const Error bare = explain_systemctl(no_bus, env_of({}), true);
    EXPECT_THAT(bare.message + bare.hint, HasSubstr("XDG_RUNTIME_DIR"));
    const Error no_socket = explain_systemctl("Failed to connect to bus: No such file or directory",
                                              env_of({{"XDG_RUNTIME_DIR", "/run/user/7"}}), true);
    EXPECT_THAT(no_socket.message, HasSubstr("no bus in /run/user/7"));
    EXPECT_THAT(no_socket.hint, HasSubstr("dbus-user-session"));
    EXPECT_THAT(no_socket.hint, HasSubstr("enable-linger"));
}

TEST(ChildProcess, gets_its_words_as_they_are_and_speaks_c) {
    const Env env = env_of({{"PATH", "/usr/bin:/bin"}});
    const auto ended =
        run_program({"sh", "-c", "printf '%s|' \"$@\"; echo $LC_ALL >&2; exit 3", "sh", "a b", "$(id)", ""},
                    env, std::chrono::seconds(60));
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(ended->exit, 3);
    EXPECT_EQ(ended->out, "a b|$(id)||");
    EXPECT_EQ(ended->err, "C\n");
}

TEST(ChildProcess, bounds_output_and_time) {
    const Env env = env_of({{"PATH", "/usr/bin:/bin"}});
    const auto much = run_program({"head", "-c", "1000000", "/dev/zero"}, env, std::chrono::seconds(60));
    ASSERT_TRUE(much) << much.error().message;
    EXPECT_EQ(much->out.size(), 65536U);
    const auto long_one = run_program({"sleep", "1000"}, env, std::chrono::milliseconds(50));
    ASSERT_FALSE(long_one);
    EXPECT_EQ(long_one.error().code, ErrorCode::timeout);
    EXPECT_EQ(run_program({"no-such-program"}, env, std::chrono::seconds(60)).error().code,
              ErrorCode::not_found);
}

}  // namespace
}  // namespace kaizen::ctl
