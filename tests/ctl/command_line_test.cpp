// Whole commands, words in and text, exit code and requests out, against something that answers on a real
// socket.

#include "ctl/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/control.h"
#include "tests/ctl/command_run.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

proto::Session session(const std::string& id, const std::string& parent = {}) {
    proto::Session one;
    one.id = id;
    one.agent = "claude";
    one.status = "running";
    one.parent = parent;
    one.title = "title of " + id;
    return one;
}

bool asks(const std::string& request, std::string_view target) {
    return request.find(target) != std::string::npos;
}

TEST(CommandLine, shows_an_overview_when_nothing_is_asked) {
    const Ending ending = run(std::vector<const char*>{});
    EXPECT_EQ(ending.exit, ExitCode::ok);
    for (const char* name :
         {"status", "doctor", "sessions", "show SESSION", "tail", "usage", "prices", "preview", "outbox",
          "flush", "sync", "export", "reload", "stop", "paths", "version"}) {
        EXPECT_THAT(ending.out, HasSubstr(name));
    }
    EXPECT_THAT(ending.err, IsEmpty());
}

TEST(CommandLine, suggests_the_nearest_command_and_option) {
    const Ending command = run({"statsu"});
    EXPECT_EQ(command.exit, ExitCode::usage);
    EXPECT_THAT(command.err, HasSubstr("did you mean \"status\"?"));
    const Ending option = run({"sessions", "--agnt", "codex"});
    EXPECT_EQ(option.exit, ExitCode::usage);
    EXPECT_THAT(option.err, HasSubstr("did you mean \"--agent\"?"));
    EXPECT_THAT(option.out, IsEmpty());
}

TEST(CommandLine, refuses_words_that_mean_nothing) {
    EXPECT_EQ(run({"show"}).exit, ExitCode::usage);
    EXPECT_EQ(run({"status", "extra"}).exit, ExitCode::usage);
    EXPECT_EQ(run({"sessions", "--limit", "0"}).exit, ExitCode::usage);
    EXPECT_EQ(run({"sessions", "--since", "whenever"}).exit, ExitCode::usage);
    EXPECT_EQ(run({"--color", "sometimes", "paths"}).exit, ExitCode::usage);
    EXPECT_EQ(run({"--socket", "relative", "status"}).exit, ExitCode::usage);
}

TEST(CommandLine, takes_every_action_of_its_table_and_no_other) {
    for (const CommandWords& command : word_tree().commands) {
        const bool has_actions = command.words.find("WHAT") != std::string::npos;
        EXPECT_TRUE(!has_actions || !command.actions.empty()) << command.name;
        for (const std::string& action : command.actions)
            EXPECT_THAT(run({command.name.c_str(), action.c_str()}).err, Not(HasSubstr("unknown word")))
                << command.name << " " << action;
        if (command.actions.empty() || command.words == "[MODEL]") continue;  // any word names something
        const Ending other = run({command.name.c_str(), "no-such-action"});
        EXPECT_EQ(other.exit, ExitCode::usage) << command.name;
        EXPECT_THAT(other.err, HasSubstr("unknown word")) << command.name;
    }
    EXPECT_THAT(run({"sync"}).err, HasSubstr("sync needs a word: pause, resume, test or backfill"));
    EXPECT_THAT(run({"export"}).err, HasSubstr("export needs a word: test\n"));
}

TEST(CommandLine, says_how_to_start_the_daemon_and_exits_3) {
    const Ending text = run({"status"});
    EXPECT_EQ(text.exit, ExitCode::unreachable);
    EXPECT_THAT(text.err, HasSubstr("start it with: kaizend"));
    EXPECT_THAT(text.out, IsEmpty());
    const Ending json = run({"--json", "status"});
    EXPECT_EQ(json.exit, ExitCode::unreachable);
    EXPECT_THAT(json.err, StartsWith(R"({"error":{"code":"unreachable",)"));
}

TEST(CommandLine, json_is_exactly_what_the_daemon_said) {
    const TempDir dir;
    const std::string body = R"({ "version":"0.1.0", "state":"running","of_the_future":[1] })";
    const FakeDaemon daemon(dir / "s", [&](const std::string&) { return http_answer("200 OK", body); });
    const Ending ending = run({"status", "--json", "--color", "always"}, dir / "s", true);
    EXPECT_EQ(ending.exit, ExitCode::ok);
    EXPECT_EQ(ending.out, body + "\n");
}

TEST(CommandLine, check_fails_on_warnings_only_when_asked) {
    const TempDir dir;
    proto::Status status;
    status.state = "running";
    status.health.push_back({"code", "warning", "something is wrong", "mend it", 0});
    const FakeDaemon daemon(dir / "s",
                            [&](const std::string&) { return http_answer("200 OK", to_json(status)); });
    EXPECT_EQ(run({"status"}, dir / "s").exit, ExitCode::ok);
    EXPECT_EQ(run({"status", "--check"}, dir / "s").exit, ExitCode::degraded);
    status.health.front().severity = "info";
    EXPECT_EQ(run({"status", "--check"}, dir / "s").exit, ExitCode::ok);
}

TEST(CommandLine, colours_for_terminals_and_on_demand) {
    const TempDir dir;
    const FakeDaemon daemon(
        dir / "s", [&](const std::string&) { return http_answer("200 OK", to_json(proto::Status())); });
    EXPECT_THAT(run({"status"}, dir / "s", true).out, HasSubstr("\x1b["));
    EXPECT_THAT(run({"status"}, dir / "s", false).out, Not(HasSubstr("\x1b[")));
    EXPECT_THAT(run({"status", "--color=always"}, dir / "s", false).out, HasSubstr("\x1b["));
    EXPECT_THAT(run({"status", "--color=never"}, dir / "s", true).out, Not(HasSubstr("\x1b[")));
}

TEST(CommandLine, another_version_is_a_note_and_another_protocol_a_failure) {
    const TempDir dir;
    int api = 1;
    const FakeDaemon daemon(dir / "s", [&](const std::string&) {
        return http_answer_of("99.0.0", api, "200 OK", to_json(proto::Status()));
    });
    const Ending other_version = run({"status"}, dir / "s");
    EXPECT_EQ(other_version.exit, ExitCode::ok);
    EXPECT_THAT(other_version.err, HasSubstr("kaizend is 99.0.0"));
    EXPECT_THAT(run({"status", "-q"}, dir / "s").err, IsEmpty());
    const Ending versions = run({"version"}, dir / "s");
    EXPECT_EQ(versions.exit, ExitCode::ok);
    EXPECT_THAT(versions.out, HasSubstr("kaizend   99.0.0"));
    EXPECT_THAT(versions.err, HasSubstr("they differ"));
    api = 2;
    EXPECT_EQ(run({"version"}, dir / "s").exit, ExitCode::version_skew);
    EXPECT_EQ(run({"status"}, dir / "s").exit, ExitCode::version_skew);
    api = 0;
    EXPECT_EQ(run({"status"}, dir / "s").exit, ExitCode::failed);
}

TEST(CommandLine, turns_filters_into_a_query) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [&](const std::string&) {
        return http_answer("200 OK", to_json(proto::SessionPage{{session("1b3e9a2f-aaaa")}, ""}));
    });
    const Ending ending = run({"sessions", "--agent", "codex", "--workspace", "/work/a b/", "--since", "1h",
                               "--running", "--limit", "5"},
                              dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(daemon.requests(),
                ElementsAre("GET /v1/sessions?agent=codex&workspace=%2Fwork%2Fa%20b&since=1763982000000"
                            "&status=running&fold=true&limit=5",
                            "GET /v1/status"));
    EXPECT_THAT(ending.out, HasSubstr("1b3e9a2f"));
}

TEST(CommandLine, pages_until_there_are_rows_enough) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [&](const std::string& request) {
        if (asks(request, "after=mark"))
            return http_answer("200 OK", to_json(proto::SessionPage{{session("second")}, "mark2"}));
        return http_answer(
            "200 OK", to_json(proto::SessionPage{{session("first"), session("agent-c1", "first")}, "mark"}));
    });
    const Ending ending = run({"sessions", "--limit", "2"}, dir / "s");
    EXPECT_EQ(daemon.requests().size(), 3U);  // the last one for what the list may lack
    EXPECT_THAT(ending.out, HasSubstr("title of first"));
    EXPECT_THAT(ending.out, HasSubstr("title of second"));
    EXPECT_THAT(ending.out, Not(HasSubstr("title of agent-c1")));
    EXPECT_THAT(ending.out, HasSubstr("older ones"));
}

TEST(CommandLine, says_what_is_watched_when_there_are_no_sessions) {
    const TempDir dir;
    proto::Status status;
    status.sources.resize(1);
    status.sources.front().agent = "codex";
    status.sources.front().root = "/home/ada/.codex/sessions";
    const FakeDaemon daemon(dir / "s", [&](const std::string& request) {
        return http_answer("200 OK",
                           asks(request, "/v1/status") ? to_json(status) : to_json(proto::SessionPage()));
    });
    const Ending all = run({"sessions"}, dir / "s");
    EXPECT_EQ(all.exit, ExitCode::ok);
    EXPECT_THAT(all.out, HasSubstr("no sessions yet"));
    EXPECT_THAT(all.out, HasSubstr("~/.codex/sessions"));
    EXPECT_THAT(run({"sessions", "--running"}, dir / "s").out, HasSubstr("no session fits"));
}

TEST(CommandLine, finds_a_sub_agent_by_its_short_id) {
    const TempDir dir;
    proto::SessionDetail detail;
    detail.session = session("agent-ac01a92649861cc14", "parent");
    const FakeDaemon daemon(dir / "s", [&](const std::string& request) {
        if (asks(request, "/agent-ac01a926 ")) return http_answer("200 OK", to_json(detail));
        return http_answer("404 Not Found",
                           R"({"error":{"code":"not_found","message":"no session x","hint":null}})");
    });
    const Ending found = run({"show", "ac01a926"}, dir / "s");
    EXPECT_EQ(found.exit, ExitCode::ok) << found.err;
    EXPECT_THAT(found.out, StartsWith("title of agent-ac01a92649861cc14\n"));
    const Ending missing = run({"show", "beef"}, dir / "s");
    EXPECT_EQ(missing.exit, ExitCode::not_found);
    EXPECT_THAT(missing.err, HasSubstr("no session x"));
}

proto::Event event(std::int64_t id, const std::string& text) {
    proto::Event one;
    one.id = id;
    one.session = "1b3e9a2f-aaaa";
    one.agent = "codex";
    one.at_ms = kNow + id;
    one.kind = "message";
    one.role = "assistant";
    one.text = text;
    return one;
}

FakeDaemon::Handler event_source() {
    return [](const std::string& request) {
        if (asks(request, "follow=true")) {
            return stream_head() + chunk(to_json(event(9, "new")) + "\nnot json\n") + kLastChunk;
        }
        return http_answer("200 OK", to_json(proto::EventPage{{event(6, "older"), event(7, "old")}, 7}));
    };
}

TEST(CommandLine, tail_begins_with_the_last_and_goes_on_behind_them) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", event_source());
    const Ending ending = run({"tail", "--agent", "codex", "-n", "2", "--utc"}, dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::unreachable);  // the stream ended: the daemon went
    EXPECT_THAT(ending.err, HasSubstr("kaizend has stopped"));
    EXPECT_EQ(ending.out,
              "12:00:00  1b3e9a2f  codex   • older\n"
              "12:00:00  1b3e9a2f  codex   • old\n"
              "12:00:00  1b3e9a2f  codex   • new\n");
    EXPECT_THAT(daemon.requests(), ElementsAre("GET /v1/events?agent=codex&last=2",
                                               "GET /v1/events?agent=codex&follow=true&after=7"));
}

TEST(CommandLine, tail_prints_ndjson_and_can_leave_the_old_ones_out) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", event_source());
    EXPECT_EQ(run({"tail", "--json", "--no-follow"}, dir / "s").out,
              to_json(event(6, "older")) + "\n" + to_json(event(7, "old")) + "\n");
    const Ending none = run({"tail", "-n", "0", "--json"}, dir / "s");
    EXPECT_EQ(none.out, to_json(event(9, "new")) + "\nnot json\n");
}

TEST(CommandLine, flush_says_that_sync_is_off) {
    const TempDir dir;
    proto::Flush flush;
    flush.outcome = "disabled";
    const FakeDaemon daemon(dir / "s", [&](const std::string& request) {
        EXPECT_THAT(request, HasSubstr(R"({"now":true,"wait":true,"timeout_ms":5000})"));
        return http_answer("200 OK", to_json(flush));
    });
    const Ending ending = run({"flush", "--now", "--timeout", "5"}, dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::ok);
    EXPECT_THAT(ending.out, HasSubstr("sync is off"));
}

TEST(CommandLine, flush_exits_0_only_when_nothing_is_left_waiting) {
    const TempDir dir;
    proto::Flush flush;
    const FakeDaemon daemon(dir / "s",
                            [&](const std::string&) { return http_answer("200 OK", to_json(flush)); });
    for (const auto& [outcome, exit] :
         {std::pair("drained", ExitCode::ok), std::pair("disabled", ExitCode::ok),
          std::pair("started", ExitCode::ok), std::pair("partial", ExitCode::failed),
          std::pair("timeout", ExitCode::timed_out), std::pair("of_the_future", ExitCode::failed)}) {
        flush.outcome = outcome;
        EXPECT_EQ(run({"flush", "--now"}, dir / "s").exit, exit) << outcome;
        EXPECT_EQ(run({"flush", "--now", "--json"}, dir / "s").exit, exit) << outcome;
    }
}

TEST(CommandLine, errors_keep_their_place_and_hide_escapes) {
    const TempDir dir;
    const std::string body =
        R"({"error":{"code":"bad_config","message":"config.toml:3:1: \u001b[31mbad","hint":"mend it"}})";
    const FakeDaemon daemon(
        dir / "s", [&](const std::string&) { return http_answer("422 Unprocessable Entity", body); });
    const Ending text = run({"reload"}, dir / "s");
    EXPECT_EQ(text.exit, ExitCode::failed);
    EXPECT_EQ(text.err, "kaizenctl: config.toml:3:1: bad\n  mend it\n");
    EXPECT_EQ(run({"reload", "--json"}, dir / "s").err, body + "\n");
}

TEST(CommandLine, paths_and_version_need_no_daemon) {
    const Ending paths = run({"paths"});
    EXPECT_EQ(paths.exit, ExitCode::ok);
    EXPECT_THAT(paths.out, HasSubstr("/home/ada/.config/kaizen/config.toml"));
    EXPECT_THAT(paths.out, HasSubstr("/nonexistent/kaizend.sock"));
    const Ending version = run({"version"});
    EXPECT_EQ(version.exit, ExitCode::ok);
    EXPECT_THAT(version.out, HasSubstr("not running"));
    EXPECT_THAT(run({"version", "--json"}).out, HasSubstr(R"("kaizend":null)"));
}

}  // namespace
}  // namespace kaizen::ctl
