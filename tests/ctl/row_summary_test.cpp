#include "ctl/row_summary.h"

#include <gtest/gtest.h>

namespace kaizen::ctl {
namespace {

std::string of(std::string_view kind, std::string_view json) { return row_summary(kind, json); }

TEST(RowSummary, says_what_an_event_is_and_what_it_carries) {
    EXPECT_EQ(of("events", R"({"kind":"message","tokens_in":12300,"tokens_out":810,"cost_usd_e6":41230,
                               "payload":{"role":"user","text_bytes":4211,"blocks":2}})"),
              "message · user · text 4 kB · blocks 2 · 12.3k in · 810 out · $0.04");
    EXPECT_EQ(of("events", R"({"kind":"tool_call","tool":"mcp__a_b","payload":{"command":"cargo  test"}})"),
              "tool call · mcp__a_b · cargo test");
    EXPECT_EQ(of("events", R"({"kind":"tool_result","tool":"Bash","payload":
                               {"is_error":true,"exit_code":1,"duration_ms":1200,"truncated":false,
                                "args":{"content_bytes":5,"paths":[1,2]},"none":null,"empty":[]}})"),
              "tool result · Bash · error · exit code 1 · duration 1.2 s · content 5 B · 2 paths");
}

TEST(RowSummary, says_how_a_tool_span_ended) {
    EXPECT_EQ(of("tool_spans", R"({"tool":"Bash","status":"error","error_type":"timed_out",
                                   "lead_time_ms":1240,"path_hashes":["a","b"],"tokens_in":null})"),
              "Bash · error · timed out · 1.2 s · 2 paths");
    EXPECT_EQ(of("tool_spans", R"({"status":"orphaned","lead_time_ms":null,"path_hashes":[]})"), "orphaned");
}

TEST(RowSummary, counts_what_snapshots_and_facts_hold) {
    EXPECT_EQ(of("repo_snapshots", R"({"chunk_index":0,"chunk_total":3,"file_facts":[{},{}],"edges":[{}]})"),
              "part 1 of 3 · 2 files · 1 edge");
    EXPECT_EQ(of("workspace_facts", R"({"skill_slugs":["a","b"],"rule_slugs":["c"]})"), "2 skills · 1 rule");
}

TEST(RowSummary, shows_what_it_does_not_know_as_it_is) {
    EXPECT_EQ(of("of_the_future", R"({"a":1})"), R"({"a":1})");
    EXPECT_EQ(of("events", "[1]"), "[1]");
    EXPECT_EQ(of("events", "{}"), "{}");
    EXPECT_EQ(of("events", "no \x1b[31mjson"), "no json");
    EXPECT_EQ(of("events", R"({"kind":7,"tool":[],"payload":"x","tokens_in":"y"})"),
              R"({"kind":7,"tool":[],"payload":"x","tokens_in":"y"})");
    EXPECT_EQ(kind_word("events"), "event");
    EXPECT_EQ(kind_word("of_the_\x1b[31mfuture"), "of the future");
}

TEST(RowSummary, makes_control_characters_harmless) {
    EXPECT_EQ(
        of("events", R"({"kind":"x\u001b[2J","tool":"a\u202eb","payload":{"k\u0007_ms":3,"s":"\n\u009b"}})"),
        "x · ab · k 3 ms");
}

}  // namespace
}  // namespace kaizen::ctl
