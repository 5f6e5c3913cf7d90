#include "daemon/insight/agent_registry.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "common/text.h"
#include "tests/support/temp_dir.h"

namespace kaizen::insight {
namespace {

using session::SessionState;
using session::Status;

constexpr UnixMs kNow = 1'800'000'000'000;
constexpr const char* kId = "11111111-2222-4333-8444-555555555555";

// Field 22 of /proc/PID/stat, read another way than the registry does.
std::string own_start() {
    std::ifstream file("/proc/self/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto words = split(std::string_view(text).substr(text.rfind(") ") + 2), ' ');
    return std::string(words.at(19));
}

int ended_process() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
}

class AgentRegistryTest : public testing::Test {
  protected:
    void put(int pid, const std::string& start, const std::string& status) {
        test::write_file(dir_ / fmt::format("sessions/{}.json", pid),
                         fmt::format(R"({{"pid":{},"procStart":"{}","sessionId":"{}","status":"{}"}})", pid,
                                     start, kId, status));
    }
    [[nodiscard]] AgentRegistry registry() { return AgentRegistry::read({dir_ / "none", dir_ / "sessions"}); }
    [[nodiscard]] static SessionState state(session::Phase phase, UnixMs quiet) {
        SessionState state;
        state.agent = "claude";
        state.id = kId;
        state.agent_version = "2.1.139";
        state.entry_point = "cli";
        state.phase = phase;
        state.last_activity = kNow - quiet;
        return state;
    }
    [[nodiscard]] std::optional<Status> said(session::Phase phase, UnixMs quiet) {
        return registry().status_of(state(phase, quiet), kNow);
    }
    test::TempDir dir_;
};

constexpr UnixMs kHour = 3'600'000;

TEST_F(AgentRegistryTest, knows_better_than_the_file_what_a_session_does_that_runs) {
    put(::getpid(), own_start(), "busy");
    EXPECT_EQ(said(session::Phase::waiting, kHour), Status::running)
        << "a tool that runs for an hour writes nothing";
    put(::getpid(), own_start(), "waiting");
    EXPECT_EQ(said(session::Phase::running, 1000), Status::waiting)
        << "for a permission, of which the file says nothing";
    put(::getpid(), own_start(), "idle");
    EXPECT_EQ(said(session::Phase::running, 1000), Status::waiting);
    EXPECT_EQ(said(session::Phase::waiting, kHour), std::nullopt) << "for how long, the file says";
    put(::getpid(), own_start(), "something new");
    EXPECT_EQ(said(session::Phase::running, 1000), std::nullopt);
    EXPECT_TRUE(registry().has_running());
}

TEST_F(AgentRegistryTest, takes_a_session_for_done_whose_process_is_gone) {
    put(ended_process(), "1", "busy");
    EXPECT_EQ(said(session::Phase::running, kHour), Status::done);
    EXPECT_EQ(said(session::Phase::running, 1000), std::nullopt) << "what it wrote last is still being read";
    put(::getpid(), own_start() + "1", "busy");
    EXPECT_EQ(said(session::Phase::running, kHour), Status::done)
        << "the number was given to another process";
    EXPECT_FALSE(registry().has_running());
}

TEST_F(AgentRegistryTest, takes_a_session_for_done_that_should_be_there_and_is_not) {
    test::write_file(dir_ / "sessions/99999999.0123.key", "secret");
    EXPECT_EQ(said(session::Phase::waiting, kHour), Status::done);
    EXPECT_EQ(said(session::Phase::waiting, 1000), std::nullopt);
    SessionState other = state(session::Phase::waiting, kHour);
    for (const char* version : {"2.1.138", "1.0.128", "", "new"}) {
        other.agent_version = version;
        EXPECT_EQ(registry().status_of(other, kNow), std::nullopt) << version;
    }
    for (const char* version : {"2.1.332", "2.2.0", "3.0.0-beta"}) {
        other.agent_version = version;
        EXPECT_EQ(registry().status_of(other, kNow), Status::done) << version;
    }
    other.parent = "p";
    EXPECT_EQ(registry().status_of(other, kNow), std::nullopt) << "a sub-agent has no process";
    other = state(session::Phase::waiting, kHour);
    other.agent = "codex";
    EXPECT_EQ(registry().status_of(other, kNow), std::nullopt);
}

TEST_F(AgentRegistryTest, takes_a_codex_session_that_waits_for_done_where_no_codex_runs) {
    AgentsSeen seen;
    int looks = 0;
    const auto status = [&](session::Phase phase, UnixMs quiet, const std::string& entry_point = "cli") {
        SessionState codex = state(phase, quiet);
        codex.agent = "codex";
        codex.entry_point = entry_point;
        const auto registry = AgentRegistry::read({}, [&] { return ++looks, seen; });
        static_cast<void>(registry.status_of(codex, kNow));
        return registry.status_of(codex, kNow);
    };
    EXPECT_EQ(status(session::Phase::waiting, 60'000), std::nullopt) << "nothing can be seen here";
    EXPECT_EQ(looks, 1) << "for both questions";
    seen.looked = true;
    EXPECT_EQ(status(session::Phase::waiting, 60'000), Status::done);
    EXPECT_EQ(status(session::Phase::waiting, 1000), std::nullopt);
    EXPECT_EQ(status(session::Phase::running, 60'000), std::nullopt) << "it may run where we do not look";
    EXPECT_EQ(status(session::Phase::waiting, 60'000, "vscode"), std::nullopt);
    seen.running = {"claude", "codex"};
    EXPECT_EQ(status(session::Phase::waiting, 60'000), std::nullopt);
    EXPECT_EQ(looks, 3);
}

TEST_F(AgentRegistryTest, says_nothing_where_there_is_none) {
    EXPECT_EQ(said(session::Phase::running, kHour), std::nullopt);
    EXPECT_EQ(AgentRegistry().status_of(state(session::Phase::running, kHour), kNow), std::nullopt);
}

TEST_F(AgentRegistryTest, survives_what_is_no_entry) {
    test::write_file(dir_ / "sessions/1.json", "{");
    test::write_file(dir_ / "sessions/2.json", "[]");
    test::write_file(dir_ / "sessions/3.json", R"({"sessionId":7,"pid":"x","status":[]})");
    test::write_file(dir_ / "sessions/4.json", R"({"pid":-1,"sessionId":"x"})");
    put(::getpid(), own_start(), "busy");
    EXPECT_EQ(said(session::Phase::waiting, kHour), Status::running);
}

}  // namespace
}  // namespace kaizen::insight
