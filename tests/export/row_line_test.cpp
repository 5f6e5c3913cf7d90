#include "daemon/export/row_line.h"

#include <gtest/gtest.h>

#include "tests/export/hand_made.h"
#include "tests/export/session_batches.h"

namespace kaizen::exporting {
namespace {

using proto::ingest::Kind;

std::string line(Kind kind, const std::string& row) {
    JsonDocument document;
    EXPECT_TRUE(document.parse(row)) << row;
    return line_of(kind, document.root());
}

std::string event(const std::string& row) { return line(Kind::events, row); }

TEST(RowLine, of_messages) {
    EXPECT_EQ(event(R"({"kind":"message","payload":{"role":"user","text_bytes":9}})"), "prompt");
    EXPECT_EQ(event(R"({"kind":"message","payload":{"role":"user","text":"Water\nthe \u001b[2Jbeds"}})"),
              "prompt · Water the beds");
    EXPECT_EQ(event(R"({"kind":"message","model":"claude-opus-4-5","tokens_in":1234,"tokens_out":56,)"
                    R"("payload":{"role":"assistant"}})"),
              "model claude-opus-4-5: 1,234 in, 56 out");
    EXPECT_EQ(event(R"({"kind":"message","model":"unknown","tokens_out":1000000,)"
                    R"("payload":{"role":"assistant","thinking":true}})"),
              "thought: 1,000,000 out");
    EXPECT_EQ(event(R"({"kind":"message","payload":{"role":"assistant"}})"), "answer");
    EXPECT_EQ(event(R"({"kind":"cost","model":"gpt-5.1","tokens_in":0})"), "model gpt-5.1: 0 in");
    EXPECT_EQ(event(R"({"kind":"cost","cost_usd_e6":5})"), "cost");
}

TEST(RowLine, of_tools) {
    EXPECT_EQ(event(R"({"kind":"tool_call","tool":"Bash","payload":{"command":"ls -l"}})"),
              "tool Bash called · ls -l");
    EXPECT_EQ(event(R"({"kind":"tool_result","tool":"Bash","payload":{"is_error":true,"exit_code":1}})"),
              "tool Bash failed (exit 1)");
    EXPECT_EQ(
        event(R"({"kind":"tool_result","tool":"Agent","payload":{"is_error":false,"duration_ms":7400}})"),
        "tool Agent done in 7.4 s");
    EXPECT_EQ(event(R"({"kind":"tool_result"})"), "a tool done");
    EXPECT_EQ(line(Kind::tool_spans,
                   R"({"tool":"Bash","status":"error","error_type":"timeout","lead_time_ms":999})"),
              "tool Bash failed (timeout) in 999 ms");
    EXPECT_EQ(line(Kind::tool_spans, R"({"tool":"Edit","status":"done","lead_time_ms":null})"),
              "tool Edit done");
    EXPECT_EQ(line(Kind::tool_spans, R"({"tool":"Edit","status":"orphaned"})"), "tool Edit without a result");
}

TEST(RowLine, of_the_rest) {
    EXPECT_EQ(event(R"({"kind":"lifecycle","payload":{"name":"turn_end"}})"), "turn end");
    EXPECT_EQ(event(R"({"kind":"lifecycle","payload":{"name":"model","value":"gpt-5.1"}})"),
              "model: gpt-5.1");
    EXPECT_EQ(event(R"({"kind":"error","payload":{"error_type":"rate_limit"}})"), "error (rate_limit)");
    EXPECT_EQ(event(R"({"kind":"hook"})"), "hook");
    EXPECT_EQ(line(Kind::repo_snapshots, R"({"chunk_index":0,"chunk_total":2})"),
              "repo snapshot, part 1 of 2");
    EXPECT_EQ(line(Kind::repo_snapshots, "{}"), "repo snapshot");
    EXPECT_EQ(line(Kind::workspace_facts, "{}"), "workspace facts");
}

TEST(RowLine, is_one_short_line_whatever_the_row_says) {
    std::vector<std::string> rows = test::hostile_rows();
    const std::string many(100'000, 'x');
    rows.push_back(R"({"kind":")" + many + R"(","tool":")" + many + R"(","model":")" + many + "\"}");
    rows.push_back(R"({"kind":"message","tokens_out":5,"model":")" + many + R"(","payload":{"text":")" +
                   many + "\"}}");
    for (const Kind kind : {Kind::events, Kind::tool_spans, Kind::repo_snapshots, Kind::workspace_facts})
        for (const std::string& row : rows) {
            JsonDocument document;
            if (!document.parse(row) || !document.root().IsObject()) continue;
            const std::string line = line_of(kind, document.root());
            EXPECT_FALSE(line.empty());
            EXPECT_LE(line.size(), 400U);
            for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20U) << line;
        }
}

TEST(RowLine, says_nothing_that_the_row_does_not) {
    for (const test::NamedBatches& named : test::session_batches("metadata"))
        for (const outbox::Batch& batch : named.batches)
            for (const outbox::Row& row : batch.rows)
                for (const std::string& word : test::spoken_words())
                    EXPECT_EQ(line(batch.kind, row.json).find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace kaizen::exporting
