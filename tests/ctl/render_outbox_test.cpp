#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text.h"
#include "ctl/plain_text.h"
#include "tests/ctl/samples.h"

namespace kaizen::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kConfig[] = "/home/ada/.config/kaizen/config.toml";
constexpr char kCall[] = R"({"kind":"tool_call","tool":"Bash","payload":{"command":"cargo test"}})";
constexpr char kSpan[] = R"({"tool":"Bash","status":"done","lead_time_ms":1200})";

proto::OutboxPage waiting() {
    return {{outbox_row(41, "events", kCall), outbox_row(142, "tool_spans", kSpan)}, 0};
}

TEST(RenderOutbox, lists_what_waits_below_the_balance) {
    EXPECT_EQ(render_outbox(look_of(80), waiting(), syncing(), kConfig),
              "  Rows        1,107 enqueued = 1,100 delivered + 4 waiting + 2 dead\n"
              "              + 1 dropped by you\n"
              "\n"
              " ID  KIND   WAITS  SIZE  WORKSPACE  ROW\n"
              " 41  event  3 min  69 B  6fa159d0   tool call · Bash · cargo test\n"
              "142  span   3 min  51 B  6fa159d0   Bash · done · 1.2 s\n"
              "\n"
              "2 rows are dead → kaizenctl outbox dead\n");
}

TEST(RenderOutbox, says_how_many_more_there_are_and_what_was_withheld) {
    proto::OutboxPage page = waiting();
    page.next = 142;
    proto::Status status = syncing();
    status.outbox.sampled_out = 12;
    const std::string text = render_outbox(look_of(80), page, status, kConfig);
    EXPECT_THAT(text, HasSubstr("  Withheld    12 sampled out\n"));
    EXPECT_THAT(text, HasSubstr("and 2 more: --limit N\n"));
}

TEST(RenderOutbox, says_that_rows_stay_when_sync_is_off) {
    proto::Status status = syncing();
    status.sync = {};
    EXPECT_THAT(render_outbox(look_of(80), waiting(), status, kConfig),
                HasSubstr("sync is off: they stay, unless you drop them (kaizenctl outbox drop ID)\n"));
}

TEST(RenderOutbox, says_that_nothing_leaves_and_how_to_turn_it_on) {
    const std::string text = render_outbox(look_of(80), {}, {}, kConfig);
    EXPECT_THAT(text, HasSubstr("nothing leaves this machine"));
    EXPECT_THAT(text, HasSubstr("~/.config/kaizen/config.toml"));
    EXPECT_THAT(text, HasSubstr("    endpoint = \""));
    EXPECT_THAT(text, HasSubstr("openssl rand -hex 32"));
    EXPECT_THAT(text, HasSubstr("kaizenctl preview"));
}

TEST(RenderOutbox, is_content_when_nothing_waits) {
    proto::Status status = syncing();
    status.balance = {5, 5, 0, 0, 0};
    status.outbox = {};
    EXPECT_EQ(render_outbox(look_of(80), {}, status, kConfig),
              "  Rows        5 enqueued = 5 delivered + 0 waiting\n"
              "\n"
              "✔ nothing waits · last sent 3 s ago\n");
    status.balance = {};
    EXPECT_THAT(render_outbox(look_of(80), {}, status, kConfig),
                HasSubstr("as soon as an agent does something"));
}

TEST(RenderDead, lists_why_rows_died) {
    proto::OutboxRow unreadable = dead_row(1'014, "no json");
    unreadable.status.reset();
    unreadable.code = "unreadable";
    unreadable.reason = "no JSON object";
    EXPECT_EQ(render_dead(look_of(80), {{dead_row(12, kCall), unreadable}, 0}, 2),
              "  ID  KIND    DIED  STATUS  CODE              REASON\n"
              "  12  event  1 min     422  schema_violation  events[0].payload.command: longer…\n"
              "1014  event  1 min       –  unreadable        no JSON object\n"
              "\n"
              "kaizenctl outbox show ID   the whole row, and why it is dead\n"
              "kaizenctl outbox retry ID  sends it again; --all: every one\n"
              "kaizenctl outbox drop ID   forgets it\n");
    EXPECT_THAT(render_dead(look_of(200), {{dead_row(12, kCall)}, 0}, 1),
                HasSubstr("tool call · Bash · cargo test"));
    EXPECT_EQ(render_dead(look_of(80), {}, 0), "✔ no dead rows\n");
}

TEST(RenderDead, names_the_exporter_that_a_row_did_not_go_to) {
    proto::OutboxRow of_exporter = dead_row(1'014, kCall);
    of_exporter.exporter = "collector";
    const std::string text = render_dead(look_of(120), {{dead_row(12, kCall), of_exporter}, 0}, 2);
    EXPECT_THAT(text, HasSubstr("  12  event  1 min  –             422 "));
    EXPECT_THAT(text, HasSubstr("1014  event  1 min  collector     422 "));
    EXPECT_THAT(render_outbox_row(look_of(80), of_exporter), HasSubstr("  Exporter    collector\n"));
}

TEST(RenderOutboxRow, shows_all_of_a_row) {
    EXPECT_EQ(render_outbox_row(look_of(80), outbox_row(41, "tool_spans", kSpan)),
              "Row 41 · span · waits\n"
              "\n"
              "  Enqueued    3 min ago · 51 B\n"
              "  Workspace   blake3:6fa159d0bf044404\n"
              "\n"
              "{\n"
              "  \"tool\": \"Bash\",\n"
              "  \"status\": \"done\",\n"
              "  \"lead_time_ms\": 1200\n"
              "}\n");
    const std::string dead = render_outbox_row(look_of(80), dead_row(12, "{}"));
    EXPECT_THAT(dead, HasSubstr("Row 12 · event · dead\n"));
    EXPECT_THAT(dead, HasSubstr("  Died        1 min ago · the server answered 422 · schema_violation\n"));
    EXPECT_THAT(dead, HasSubstr("  Reason      events[0].payload.command: longer than 1024 characters\n"));
}

TEST(RenderOutboxChange, says_what_was_done) {
    EXPECT_THAT(render_outbox_change(look_of(80), {1, 0}), HasSubstr("✔ 1 row waits again"));
    EXPECT_THAT(render_outbox_change(look_of(80), {3, 0}), HasSubstr("✔ 3 rows wait again"));
    EXPECT_EQ(render_outbox_change(look_of(80), {0, 1}), "✔ 1 row dropped\n");
    EXPECT_EQ(render_outbox_change(look_of(80), {}), "nothing to do: no row is dead\n");
}

TEST(RenderOutbox, keeps_to_the_width_and_hides_escapes) {
    const std::string hostile =
        R"({"kind":"\u001b[2J日本語のタイトルはとても長いので切らなければならない","payload":{"a":"\u202e\u009b🚀🚀🚀🚀🚀🚀🚀🚀🚀"}})";
    proto::OutboxRow row = dead_row(9'007'199'254'740'993, hostile);
    row.kind = "\x1b[31mkind";
    row.workspace_hash = "\x1b]0;owned\x07";
    row.code = "\x1b[31m\u202e";
    row.exporter = "\x1b[31mexporter";
    row.reason = "\x1b[2J\nreason " + std::string(300, 'x');
    for (const int width : {40, 60, 80, 200}) {
        const std::string tables =
            render_outbox(look_of(width), {{row, outbox_row(1, "events", hostile)}, 1}, syncing(), kConfig) +
            render_dead(look_of(width), {{row}, 1}, 5) +
            render_outbox(look_of(width), {}, syncing(), kConfig);
        for (const auto line : split(tables, '\n')) EXPECT_LE(columns_of(line), width) << line;
        const std::string all = tables + render_outbox_row(look_of(width), row);
        EXPECT_EQ(all.find('\x1b'), std::string::npos);
        EXPECT_THAT(all, Not(HasSubstr("\u202e")));
        EXPECT_THAT(all, Not(HasSubstr("\u009b")));
    }
}

}  // namespace
}  // namespace kaizen::ctl
