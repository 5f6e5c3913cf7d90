#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text.h"
#include "ctl/plain_text.h"
#include "tests/ctl/samples.h"

namespace kaizen::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

proto::PreviewRequest request(const std::string& kind, const std::string& path, const std::string& list,
                              const std::string& row, int rows) {
    std::string all;
    for (int i = 0; i < rows; ++i) all += (i == 0 ? "" : ",") + row;
    const std::string body =
        R"({"team_id":"core","workspace_hash":"blake3:6fa1",")" + list + "\":[" + all + "]}";
    return {kind, path, rows, static_cast<std::int64_t>(body.size()), body};
}

proto::Preview sample() {
    proto::Preview preview;
    preview.session = "1b3e9a2f-5c0d";
    preview.agent = "claude";
    preview.title = "Build the watcher";
    preview.workspace = "/home/ada/work/kaizend";
    preview.content = "metadata";
    preview.enabled = true;
    preview.salted = true;
    preview.requests = {
        request("events", "/v1/events", "events",
                R"({"kind":"tool_call","tool":"Bash","payload":{"command":"cargo test","timeout_ms":5}})", 7),
        request("tool_spans", "/v1/tool-spans", "spans", R"({"tool":"Bash","status":"done"})", 1)};
    return preview;
}

TEST(RenderPreview, shows_the_first_rows_of_each_request) {
    const std::string row = "  tool call · Bash · cargo test · timeout 5 ms\n";
    EXPECT_EQ(render_preview(look_of(80), sample(), false),
              "Build the watcher\n"
              "what would leave of this session\n"
              "\n"
              "  Session     1b3e9a2f-5c0d · claude\n"
              "  Workspace   ~/work/kaizend\n"
              "  Content     metadata · no prompts, answers, tool output or file contents\n"
              "  Sync        on · rows like these are sent\n"
              "\n"
              "POST /v1/events · 7 rows · 655 B\n"
              "  Fields      kind, tool, payload.command, payload.timeout_ms\n" +
                  row + row + row + row + row +
                  "  … 2 more\n"
                  "\n"
                  "POST /v1/tool-spans · 1 row · 91 B\n"
                  "  Fields      tool, status\n"
                  "  Bash · done\n"
                  "\n"
                  "--full shows all rows with every field; --raw prints the exact bodies\n");
}

TEST(RenderPreview, shows_every_field_when_asked) {
    const std::string text = render_preview(look_of(80), sample(), true);
    EXPECT_THAT(text, HasSubstr("POST /v1/tool-spans · 1 row · 91 B\n"
                                "{\n"
                                "  \"team_id\": \"core\",\n"
                                "  \"workspace_hash\": \"blake3:6fa1\",\n"
                                "  \"spans\": [\n"
                                "    {\n"
                                "      \"tool\": \"Bash\",\n"));
    EXPECT_THAT(text, Not(HasSubstr("more")));
    EXPECT_THAT(text, Not(HasSubstr("--full")));
}

TEST(RenderPreview, says_how_to_salt_that_sync_is_off_and_what_is_left_out) {
    proto::Preview preview = sample();
    preview.enabled = false;
    preview.salted = false;
    preview.rows_left_out = 380;
    preview.refused = 1;
    const std::string text = render_preview(look_of(80), preview, false);
    EXPECT_THAT(text, HasSubstr("  Sync        off · nothing leaves this machine\n"));
    EXPECT_THAT(text, HasSubstr("→ openssl rand -hex 32, into sync.team_salt_hex of config.toml\n"));
    EXPECT_THAT(text, HasSubstr("  Later       380 more rows of this session, in further requests\n"));
    EXPECT_THAT(text, HasSubstr("  Withheld    ▲ the redactor refused 1 row: they never leave\n"));
}

TEST(RenderPreview, says_why_nothing_would_leave) {
    proto::Preview preview = sample();
    preview.withheld = "excluded";
    const std::string excluded = render_preview(look_of(80), preview, true);
    EXPECT_THAT(excluded, HasSubstr("\nnothing of this session would leave: its workspace is excluded by"));
    EXPECT_THAT(excluded, Not(HasSubstr("POST")));
    EXPECT_THAT(excluded, Not(HasSubstr("rows like these")));
    preview.withheld = "sampled_out";
    EXPECT_THAT(nothing_would_leave(preview), HasSubstr("sync.sample_rate"));
    preview.withheld.clear();
    EXPECT_EQ(nothing_would_leave(preview), "");
    preview.requests.clear();
    EXPECT_EQ(nothing_would_leave(preview), "nothing of this session would leave: it has no rows");
}

TEST(RenderPreview, keeps_to_the_width_and_hides_escapes) {
    proto::Preview preview = sample();
    preview.title = "\x1b[2J" + std::string(300, 't');
    preview.workspace = "/home/ada/\x1b]0;owned\x07" + std::string(300, 'w');
    preview.requests[0] =
        request("events", "/v1/\x1b[31mevents", "events",
                R"({"kind":"\u001b[2J\u202e","\u001b[31mkey":"🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀"})", 2);
    preview.requests[1].body = "no json \x1b[31m" + std::string(300, 'b');
    for (const int width : {40, 60, 80, 200}) {
        const std::string text = render_preview(look_of(width), preview, false);
        for (const auto line : split(text, '\n')) EXPECT_LE(columns_of(line), width) << line;
        const std::string all = text + render_preview(look_of(width), preview, true);
        EXPECT_EQ(all.find('\x1b'), std::string::npos);
        EXPECT_THAT(all, Not(HasSubstr("\u202e")));
    }
}

}  // namespace
}  // namespace kaizen::ctl
