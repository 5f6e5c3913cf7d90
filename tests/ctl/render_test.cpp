#include "ctl/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr UnixMs kNow = 1'763'985'600'000;  // Mon 2025-11-24T12:00:00Z

Look look_of(int width) {
    Look look;
    look.width = width;
    look.utc = true;
    look.now = kNow;
    look.home = "/home/ada";
    return look;
}

proto::Status sample_status() {
    proto::Status status;
    status.version = "0.1.0";
    status.pid = 4127;
    status.uptime_ms = 11'520'000;
    status.state = "running";
    status.process.rss_bytes = 12'400'000;
    status.sources.resize(2);
    proto::SourceStatus& claude = status.sources[0];
    claude.agent = "claude";
    claude.root = "/home/ada/.claude/projects";
    claude.present = true;
    claude.watching = "inotify";
    claude.files = 412;
    claude.bytes_read = 1'200'000'000;
    claude.sessions = 388;
    claude.events = 128'344;
    claude.last_event_at_ms = kNow - 3'000;
    status.sources[1].agent = "codex";
    status.sources[1].root = "/home/ada/.codex/sessions";
    status.sources[1].watching = "inotify";
    status.store = {"/home/ada/.local/share/kaizen/kaizen.db", 48'100'000, 388, 128'344, 40'112};
    return status;
}

TEST(RenderStatus, says_who_was_refused_at_the_socket) {
    proto::Status status = sample_status();
    EXPECT_EQ(render_status(look_of(80), status).find("Socket"), std::string::npos);
    status.control = {3, 0};
    EXPECT_NE(render_status(look_of(80), status).find("  Socket      3 connections of other users refused\n"),
              std::string::npos);
    status.control = {1, 2};
    EXPECT_NE(render_status(look_of(80), status)
                  .find("  Socket      1 connection of other users refused\n"
                        "              2 connections over the limit of 64 turned away\n"),
              std::string::npos);
}

TEST(RenderStatus, fits_eighty_columns) {
    EXPECT_EQ(render_status(look_of(80), sample_status()),
              "● kaizend 0.1.0  running · up 3 h 12 min · 12.4 MB · pid 4127\n"
              "\n"
              "   AGENT   WATCHED                        FILES    READ  SESSIONS   EVENTS  LAST\n"
              "●  claude  ~/.claude/projects  live         412  1.2 GB       388  128,344   3 s\n"
              "○  codex   ~/.codex/sessions   not there      –       –         –        –     –\n"
              "\n"
              "  Today       nothing yet\n"
              "  Store       ~/.local/share/kaizen/kaizen.db · 48.1 MB\n"
              "              388 sessions · 128,344 events · 40,112 tool calls\n"
              "  Sync        off · nothing leaves this machine\n"
              "  Health      ✔ all well\n");
}

TEST(RenderStatus, says_more_where_there_is_room) {
    const std::string text = render_status(look_of(200), sample_status());
    EXPECT_THAT(text, HasSubstr("FILES    READ  SESSIONS   EVENTS  BAD  LAST\n"));
    EXPECT_THAT(text, HasSubstr("live"));
    EXPECT_THAT(text, HasSubstr("not there"));
}

TEST(RenderStatus, shows_bad_lines_at_any_width_and_how_far_an_import_is) {
    proto::Status status = sample_status();
    status.sources[0].bad_lines = 3;
    status.sources[0].bytes_behind = 400'000'000;
    const std::string text = render_status(look_of(80), status);
    EXPECT_THAT(text, HasSubstr("BAD"));
    EXPECT_THAT(text, HasSubstr("███████████████░░░░░ 75% · 400 MB of history still to read"));
}

TEST(RenderStatus, shows_how_far_an_update_is) {
    proto::Status status = sample_status();
    status.store.sessions = 400;
    status.store.sessions_to_read_again = 300;
    EXPECT_THAT(render_status(look_of(80), status),
                HasSubstr("█████░░░░░░░░░░░░░░░ 25% · 300 sessions still to be read again\n"));
}

TEST(RenderStatus, says_by_agent_what_is_not_read) {
    proto::Status status = sample_status();
    EXPECT_THAT(render_status(look_of(80), status), Not(HasSubstr("Not read")));
    status.sources[1].left_out = {{"compressed", 3, "/home/ada/.codex/sessions/x.jsonl.zst"}};
    status.sources[0].left_out = {
        {"gone_read", 12, ""}, {"link", 1, "/x"}, {"directory", 1, "/y"}, {"new", 2, ""}};
    status.health.push_back(
        {"left_out", "info", "not read: 1 symbolic link", "kaizenctl doctor\nsecond line", 0});
    EXPECT_THAT(render_status(look_of(80), status),
                HasSubstr("  Not read    claude: 1 directory that cannot be listed · 1 symbolic link\n"
                          "              2 things of another kind\n"
                          "              codex: 3 compressed session files\n"
                          "  Removed     claude: 12 session files removed after they were read\n"));
    EXPECT_THAT(render_status(look_of(80), status), HasSubstr("              → kaizenctl doctor\n"
                                                              "                second line\n"));
    EXPECT_THAT(render_status(look_of(80), status), Not(HasSubstr("all well")));
}

TEST(RenderStatus, tells_a_place_that_is_not_watched_from_one_that_is_not_there) {
    proto::Status status = sample_status();
    status.sources[1].watching = "inotify";
    EXPECT_THAT(render_status(look_of(200), status), HasSubstr("not there"));
    status.sources[1].watching = "";
    EXPECT_THAT(render_status(look_of(200), status), HasSubstr("unwatched"));
}

TEST(RenderHints, say_in_a_line_each_what_a_list_of_sessions_lacks) {
    proto::Status status = sample_status();
    status.sources[0].left_out = {{"gone_read", 12, ""}};
    status.agents.running = {"claude"};
    EXPECT_EQ(render_hints(look_of(80), status), "");
    status.sources[0].left_out.push_back({"link", 2, "/x"});
    status.sources[1].left_out.push_back({"link", 1, "/y"});
    status.agents.running = {"claude", "codex"};
    status.agents.unwatched = {{"codex", "/home/ada/x/sessions", "CODEX_HOME", 1},
                               {"codex", "/home/ada/x/archived_sessions", "CODEX_HOME", 1}};
    EXPECT_EQ(render_hints(look_of(80), status),
              "not read: 3 symbolic links · kaizenctl doctor\n"
              "not watched: codex in ~/x/sessions and 1 more · kaizenctl doctor\n"
              "codex runs, and no session of it was ever seen · kaizenctl status\n");
    status.sources[1].left_out.push_back({"gone_unread", 1, "/y"});
    EXPECT_THAT(
        render_hints(look_of(80), status),
        HasSubstr("not read: 1 session file gone before it was read and 3 more · kaizenctl doctor\n"));
}

TEST(RenderStatus, shows_health_with_its_remedy_and_breaks_between_words) {
    proto::Status status = sample_status();
    status.health.push_back({"c", "error",
                             "the disk is full: offsets do not advance, the session files are the buffer",
                             "df -h", 0});
    status.health.push_back({"d", "info", "unknown records", "", 0});
    EXPECT_THAT(render_status(look_of(60), status),
                HasSubstr("  Health      ✖ the disk is full: offsets do not advance,\n"
                          "              the session files are the buffer\n"
                          "              → df -h\n"
                          "              · unknown records\n"));
}

proto::Session session(const std::string& id, const std::string& title) {
    proto::Session one;
    one.id = id;
    one.agent = "claude";
    one.status = "running";
    one.workspace = "/home/ada/work/kaizend";
    one.title = title;
    one.model = "claude-opus-4-5-20251101";
    one.started_at_ms = kNow - 600'000;
    one.last_activity_ms = kNow - 3'000;
    one.tool_calls = 181;
    return one;
}

TEST(RenderSessions, folds_sub_agents_into_their_parents) {
    proto::Session parent = session("1b3e9a2f-5c0d", "Build the watcher room with inotify and a twin");
    parent.children = 1;
    proto::Session child = session("agent-ac01a92649861cc14", "Explore");
    child.parent = parent.id;
    proto::Session orphan = session("agent-ffffffffffff", "Review");
    orphan.parent = "not-listed";
    const std::vector<proto::Session> all = {parent, child, orphan};
    EXPECT_EQ(rows_of(all), 2U);
    EXPECT_EQ(render_sessions(look_of(80), all, false),
              "STATUS     ID        AGENT   LAST  WORKSPACE  TITLE\n"
              "● running  1b3e9a2f  claude   3 s  kaizend    Build the watcher room with i…  +1\n"
              "● running  ffffffff  claude   3 s  kaizend    ↳ Review\n");
}

TEST(RenderSessions, lengthens_ids_until_they_differ) {
    const std::string text =
        render_sessions(look_of(80),
                        {session("01a20795-1b00-7aaa", "one"), session("01a20795-1c00-7bbb", "two"),
                         session("9f00aa2f-1b00-7aaa", "three")},
                        false);
    EXPECT_THAT(text, HasSubstr("● running  01a20795-1b  claude"));
    EXPECT_THAT(text, HasSubstr("● running  01a20795-1c  claude"));
    EXPECT_THAT(text, HasSubstr("● running  9f00aa2f     claude"));
}

TEST(RenderSessions, marks_what_is_a_fork_and_what_was_resumed) {
    proto::Session fork = session("1b3e9a2f-5c0d", "Build");
    fork.forked_from = "0a0a0a0a";
    proto::Session resumed = session("2b3e9a2f-5c0d", "Test");
    resumed.resumed = 2;
    const std::string text = render_sessions(look_of(200), {fork, resumed}, false);
    EXPECT_THAT(text, HasSubstr("↱ Build"));
    EXPECT_THAT(text, HasSubstr("↻ Test"));
    proto::SessionDetail detail;
    detail.session = resumed;
    EXPECT_THAT(render_session(look_of(80), detail),
                HasSubstr("Started     today 11:50, for 9 min 57 s · resumed 2 times\n"));
}

TEST(RenderSessions, shows_everything_at_two_hundred_columns) {
    proto::Session one = session("1b3e9a2f-5c0d", "Build");
    one.tokens.emplace();
    one.tokens->input = 1'200;
    one.tokens->output = 121'000;
    one.cost_usd_e6 = 4'123'000;
    one.children = 3;
    one.active_ms = 597'000;
    EXPECT_EQ(render_sessions(look_of(200), {one}, true),
              "STATUS     ID        AGENT   LAST  WORKSPACE  TITLE             STARTED        DURATION  "
              "MODEL            TOOLS  "
              "TOKENS   COST\n"
              "● running  1b3e9a2f  claude   3 s  kaizend    Build  +3 agents  today 11:50  9 min 57 s  "
              "claude-opus-4-5    181  "
              "  122k  $4.12\n"
              "older ones: --limit N, or --since 7d\n");
}

TEST(RenderSessions, puts_first_what_waits_for_the_user_and_then_what_runs) {
    std::vector<proto::Session> all;
    for (const char* status : {"done", "running", "waiting", "idle", "waiting"})
        all.push_back(session("zz" + std::to_string(all.size()) + "xxxxx", status)),
            all.back().status = status;
    const std::string text = render_sessions(look_of(80), all, false);
    std::string order;
    for (const auto line : split(text, '\n')) {
        if (const auto at = line.find("zz"); at != std::string_view::npos) order += line[at + 2];
    }
    EXPECT_EQ(order, "24103");
}

TEST(RenderSessions, shows_how_many_runs_a_row_stands_for) {
    proto::Session runs = session("1b3e9a2f-5c0d", "Sort");
    runs.runs = 1200;
    runs.children = 3;
    const std::string text = render_sessions(look_of(200), {runs}, false);
    EXPECT_THAT(text, HasSubstr("×1,200 Sort  +3 agents  "));
    EXPECT_THAT(text, HasSubstr("\n×N: runs for one prompt, those of an hour in one row; each: --all\n"));
}

TEST(RenderSessions, says_unknown_and_never_zero) {
    proto::Session one;
    one.id = "7c7c7c7c";
    one.agent = "cursor";
    one.status = "hibernating";
    const std::string text = render_sessions(look_of(200), {one}, false);
    EXPECT_THAT(text, HasSubstr("hibernating"));
    EXPECT_THAT(text, Not(HasSubstr("$0")));
    EXPECT_THAT(text, HasSubstr("–"));
}

// No line is wider than the look, and nothing of a title reaches the terminal as a command.
TEST(RenderSessions, keeps_to_the_width_with_hostile_titles) {
    std::vector<proto::Session> all;
    for (const char* title : {"日本語のタイトルはとても長いので切らなければならない", "🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀",
                              "\x1b[2J\x1b]0;owned\x07 e\u0301vil \u202e title\nsecond line", ""}) {
        all.push_back(session("id" + std::to_string(all.size()), title));
    }
    for (const int width : {60, 80, 100, 132, 200}) {
        const std::string text = render_sessions(look_of(width), all, true);
        EXPECT_EQ(text.find('\x1b'), std::string::npos);
        for (const auto line : split(text, '\n')) EXPECT_LE(columns_of(line), width) << line;
        EXPECT_EQ(split(text, '\n').size(), all.size() + 3);
    }
}

TEST(RenderSession, shows_facts_tools_and_files) {
    proto::SessionDetail detail;
    detail.session = session("1b3e9a2f-5c0d", "Build the watcher");
    detail.session.events = 412;
    detail.session.prompts = 1;
    detail.session.tool_errors = 4;
    detail.cwd = "/home/ada/work/kaizend";
    detail.git_branch = "main";
    detail.agent_version = "2.1.330";
    detail.tools.push_back({"Read", 46, 0, 0, 0, std::nullopt, std::nullopt});
    detail.tools.push_back({"Bash", 92, 3, 0, 1, 243'000, 1'200});
    detail.paths.emplace_back("daemon/watch/poll.cpp");
    detail.files.push_back({"/home/ada/.claude/projects/p/1b3e.jsonl",
                            1'234'567,
                            412,
                            2,
                            1,
                            "",
                            {{9, 4711, "kaizend died twice while it read it"}}});
    detail.children.push_back(session("agent-ac01a92649861cc14", "Explore"));
    EXPECT_EQ(render_session(look_of(80), detail),
              "Build the watcher\n"
              "● running · claude 2.1.330 · claude-opus-4-5\n"
              "\n"
              "  Session     1b3e9a2f-5c0d\n"
              "  Workspace   ~/work/kaizend · branch main\n"
              "  Started     today 11:50, for 9 min 57 s\n"
              "  Last event  3 s ago\n"
              "  Activity    412 events · 1 prompt · 181 tool calls · 4 failed\n"
              "\n"
              "TOOLS               CALLS  FAILED  OPEN  MEDIAN      TOTAL\n"
              "  Bash  ██████████     92       3     1   1.2 s  4 min 3 s\n"
              "  Read  █████          46       0     0       –          –\n"
              "\n"
              "SUB-AGENTS\n"
              "  ● running  ac01a926  Explore  181 tool calls  3 s\n"
              "\n"
              "FILES TOUCHED\n"
              "  daemon/watch/poll.cpp\n"
              "\n"
              "READ FROM\n"
              "  ~/.claude/projects/p/1b3e.jsonl\n"
              "  1.2 MB · 412 lines · 2 bad · rewritten 1 time\n"
              "  line 9: kaizend died twice while it read it\n");
}

}  // namespace
}  // namespace kaizen::ctl
