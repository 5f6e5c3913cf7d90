#include "ctl/event_lines.h"

#include <gtest/gtest.h>

namespace kaizen::ctl {
namespace {

constexpr UnixMs kNow = 1'763'985'600'000;  // Mon 2025-11-24T12:00:00Z
constexpr UnixMs kYesterday = kNow - 86'400'000;

Look look_of(int width) {
    Look look;
    look.width = width;
    look.utc = true;
    look.now = kNow;
    look.home = "/home/ada";
    return look;
}

proto::Event event(const std::string& kind, UnixMs at = kNow) {
    proto::Event one;
    one.session = "1b3e9a2f-5c0d";
    one.agent = "claude";
    one.at_ms = at;
    one.kind = kind;
    return one;
}

proto::Event call(const std::string& tool, const std::string& input) {
    proto::Event one = event("tool_call");
    one.name = tool;
    one.call_id = "c1";
    one.text = input;
    return one;
}

TEST(EventLines, names_session_and_agent_where_several_are_mixed) {
    proto::Event prompt = event("message");
    prompt.role = "user";
    prompt.text = "Build\nit";
    EXPECT_EQ(EventLines(look_of(80), true).text(prompt), "12:00:00  1b3e9a2f  claude  ❯ Build it\n");
    EXPECT_EQ(EventLines(look_of(120), true).text(prompt), "12:00:00  1b3e9a2f  claude  ❯ Build it\n");
    EXPECT_EQ(EventLines(look_of(80), false).text(prompt), "12:00:00  ❯ Build it\n");
}

TEST(EventLines, says_what_a_response_took_and_not_how_it_was_written_down) {
    EventLines lines(look_of(80), false);
    proto::Event usage = event("cost");
    usage.name = "usage";
    usage.tokens.emplace();
    usage.tokens->input = 12'345;
    usage.tokens->output = 101;
    EXPECT_EQ(lines.text(usage), "12:00:00  · usage  12.3k in · 101 out\n");
    proto::Event state = event("cost");
    state.name = "cost-state";
    state.text = R"({"claude-sonnet-4-5":{"inputTokens":315}})";
    state.cost_usd_e6 = 70'995;
    EXPECT_EQ(lines.text(state), "12:00:00  · cost-state  $0.07\n");
}

TEST(EventLines, joins_a_result_with_its_call) {
    EventLines lines(look_of(80), false);
    EXPECT_EQ(lines.text(call("Bash", R"({"command":"make"})")), "12:00:00  ▸ Bash  make\n");
    proto::Event result = event("tool_result", kNow + 1'500);
    result.call_id = "c1";
    result.text = "\nall good\nmore";
    EXPECT_EQ(lines.text(result), "12:00:01  ✔ Bash  1.5 s · all good\n");
    EXPECT_EQ(lines.text(result), "12:00:01  ✔ all good\n");  // answered once
}

TEST(EventLines, shows_what_went_wrong) {
    EventLines lines(look_of(80), false);
    proto::Event result = event("tool_result");
    result.exit_code = 127;
    result.duration_ms = 41;
    result.text = "rg: not found";
    EXPECT_EQ(lines.text(result), "12:00:00  ✖ exit 127 · 41 ms · rg: not found\n");
    result.text = "Exit code 127\nrg: not found";
    EXPECT_EQ(lines.text(result), "12:00:00  ✖ exit 127 · 41 ms · rg: not found\n");
    proto::Event error = event("error");
    error.name = "api_error";
    error.text = "Overloaded";
    EXPECT_EQ(lines.text(error), "12:00:00  ✖ api error  Overloaded\n");
}

TEST(EventLines, keeps_the_end_of_a_path_and_the_front_of_text) {
    EventLines lines(look_of(40), false);
    EXPECT_EQ(lines.text(call("Read", R"({"file_path":"/home/ada/work/kaizend/daemon/watch.h"})")),
              "12:00:00  ▸ Read  …aizend/daemon/watch.h\n");
    EXPECT_EQ(lines.text(call("Bash", R"({"command":"echo 0123456789 0123456789 0123456789"})")),
              "12:00:00  ▸ Bash  echo 0123456789 01234…\n");
}

TEST(EventLines, marks_days_but_not_today_alone) {
    EventLines lines(look_of(80), false);
    proto::Event end = event("lifecycle", kYesterday);
    end.name = "turn_end";
    EXPECT_EQ(lines.text(end), "── Sun 23 Nov ──\n12:00:00  · turn end\n");
    EXPECT_EQ(lines.text(end), "12:00:00  · turn end\n");
    end.at_ms = kNow;
    EXPECT_EQ(lines.text(end), "── Mon 24 Nov ──\n12:00:00  · turn end\n");
    EXPECT_EQ(EventLines(look_of(80), false).text(end), "12:00:00  · turn end\n");
}

TEST(EventLines, knows_no_time_and_no_kind_of_the_future) {
    proto::Event odd = event("hologram");
    odd.at_ms.reset();
    odd.text = "\x1b[2Jhello";
    EXPECT_EQ(EventLines(look_of(80), false).text(odd), "–         · hologram  hello\n");
}

TEST(EventLines, colours_each_line_and_ends_it_plain) {
    Look look = look_of(80);
    look.colour = true;
    proto::Event error = event("error");
    error.name = "api_error";
    EXPECT_EQ(EventLines(look, false).text(error),
              "\x1b[2m12:00:00\x1b[0m  \x1b[31m✖\x1b[0m \x1b[31mapi error\x1b[0m\n");
}

}  // namespace
}  // namespace kaizen::ctl
