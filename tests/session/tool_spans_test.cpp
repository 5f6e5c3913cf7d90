#include "daemon/session/tool_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kaizen::session {
namespace {

TEST(NormalisePath, is_relative_inside_the_workspace_and_absolute_outside) {
    EXPECT_EQ(normalise_path("/w/app/src/a.cpp", "/w/app", "/w/app"), "src/a.cpp");
    EXPECT_EQ(normalise_path("/w/app", "/w/app", "/w/app"), ".");
    EXPECT_EQ(normalise_path("/w/application/a", "/w/app", "/w/app"), "/w/application/a");
    EXPECT_EQ(normalise_path("/etc/hosts", "/w/app", "/w/app"), "/etc/hosts");
}

TEST(NormalisePath, takes_relative_paths_from_the_working_directory) {
    EXPECT_EQ(normalise_path("a.cpp", "/w/app", "/w/app/src"), "src/a.cpp");
    EXPECT_EQ(normalise_path("../x/./y//z", "/w/app", "/w/app/src"), "x/y/z");
    EXPECT_EQ(normalise_path("../../../../../x", "/w/app", "/w/app"), "/x");
    EXPECT_EQ(normalise_path("src/a.cpp", "", ""), "src/a.cpp");
}

TEST(NormalisePath, keeps_windows_drives) {
    EXPECT_EQ(normalise_path("c:\\work\\app\\a.txt", "c:/work/app", ""), "a.txt");
    EXPECT_EQ(normalise_path("C:\\other\\a.txt", "/w", "/w"), "C:/other/a.txt");
}

TEST(ToolSpan, ends_with_the_result_and_its_lead_time) {
    parse::Event call;
    call.kind = parse::EventKind::tool_call;
    call.call_id = "c1";
    call.name = "Read";
    call.at = 1000;
    call.paths = {"/w/a", "/w/./a", "/w/b"};
    ToolSpan span = start_span(call, "/w", "/w", true);
    EXPECT_EQ(span.status, SpanStatus::open);
    EXPECT_THAT(span.paths, testing::ElementsAre("a", "b"));

    parse::Event result;
    result.kind = parse::EventKind::tool_result;
    result.at = 1250;
    result.is_error = true;
    result.exit_code = 2;
    end_span(span, result);
    EXPECT_EQ(span.status, SpanStatus::error);
    EXPECT_EQ(span.lead_ms, 250);
    EXPECT_EQ(span.exit_code, 2);
}

TEST(ToolSpan, prefers_the_duration_that_the_agent_measured_and_knows_no_negative_one) {
    ToolSpan span;
    span.started_at = 1000;
    parse::Event result;
    result.at = 900;
    end_span(span, result);
    EXPECT_EQ(span.lead_ms, std::nullopt);
    result.duration_ms = 77;
    end_span(span, result);
    EXPECT_EQ(span.lead_ms, 77);
}

TEST(ToolSpan, is_done_at_once_where_the_agent_writes_no_results) {
    const ToolSpan span = start_span(parse::Event(), "", "", false);
    EXPECT_EQ(span.status, SpanStatus::done);
    EXPECT_EQ(span.lead_ms, std::nullopt);
}

}  // namespace
}  // namespace kaizen::session
