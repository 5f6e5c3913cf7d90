#include "daemon/parse/formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/hash.h"
#include "daemon/parse/record_uid.h"
#include "tests/parse/event_text.h"

namespace kaizen::parse {
namespace {

using testing::ElementsAre;

constexpr std::string_view kId = "4fbae830-cda3-4beb-aaa0-1c33be627fc1";

const char* no_env(const char*) { return nullptr; }
const char* all_set(const char*) { return "/one, /two"; }

// "id<parent" of the session whose file this is, "-" when it is none.
std::string owner_of(std::string_view agent, const std::string& file) {
    const auto owner = find_format(agent)->owner(file);
    if (!owner) return "-";
    return owner->session_id + (owner->parent_id.empty() ? "" : "<" + owner->parent_id);
}

const std::string id(kId);

TEST(Formats, are_found_by_name) {
    for (const Format& format : formats()) EXPECT_EQ(find_format(format.agent), &format);
    EXPECT_EQ(find_format("nobody"), nullptr);
}

TEST(Formats, roots_follow_home_and_environment) {
    EXPECT_THAT(kClaudeCode.roots("/h", no_env),
                ElementsAre("/h/.claude/projects", "/h/.config/claude/projects"));
    EXPECT_THAT(kClaudeCode.roots("/h", all_set), ElementsAre("/one/projects", "/two/projects"));
    EXPECT_THAT(kCodex.roots("/h", no_env), ElementsAre("/h/.codex/sessions", "/h/.codex/archived_sessions"));
    EXPECT_THAT(kCodex.roots("/h", [](const char*) { return "/x"; }),
                ElementsAre("/x/sessions", "/x/archived_sessions"));
    EXPECT_THAT(kCursor.roots("/h", no_env), ElementsAre("/h/.cursor/projects"));
    EXPECT_THAT(kCursor.roots("/h", [](const char*) { return "/x"; }), ElementsAre("/x/projects"));
}

TEST(Formats, claude_files_and_their_sessions) {
    EXPECT_EQ(owner_of("claude", "-home-me/" + id + ".jsonl"), id);
    EXPECT_EQ(owner_of("claude", "-home-me/agent-0ba1f7d3.jsonl"), "agent-0ba1f7d3");
    EXPECT_EQ(owner_of("claude", "-home-me/" + id + "/subagents/agent-a1.jsonl"), "agent-a1<" + id);
    EXPECT_EQ(owner_of("claude", "-home-me/" + id + "/subagents/workflows/wf_1/agent-a1.jsonl"),
              "agent-a1<" + id);
    EXPECT_EQ(owner_of("claude", id + ".jsonl"), "-");
    EXPECT_EQ(owner_of("claude", "-home-me/" + id + "/other.jsonl"), "-");
    EXPECT_EQ(owner_of("claude", "-home-me/" + id + "/subagents/workflows/wf_1/journal.jsonl"), "-");
    EXPECT_EQ(owner_of("claude", "-home-me/" + id + "/tool-results/agent-x.jsonl"), "-");
    EXPECT_EQ(owner_of("claude", "-home-me/" + id + "/subagents/agent-a1.meta.json"), "-");
}

std::string_view left_out(std::string_view agent, const std::string& path, bool is_directory = false) {
    return find_format(agent)->leaves_out(path, is_directory);
}

TEST(Formats, say_what_holds_sessions_and_is_not_read) {
    EXPECT_EQ(left_out("claude", "-home-me/" + id + ".jsonl.gz"), "compressed");
    EXPECT_EQ(left_out("claude", "-home-me/" + id + ".jsonl.bak-3436-177"), "copy");
    EXPECT_EQ(left_out("claude", "-home-me/" + id + "/other.jsonl"), "name");
    EXPECT_EQ(left_out("claude", id + ".jsonl"), "name");
    EXPECT_EQ(left_out("claude", "-home-me/" + id + "/subagents/workflows/wf_1/journal.jsonl"), "");
    EXPECT_EQ(left_out("claude", "-home-me/memory/notes.md"), "");
    EXPECT_EQ(left_out("claude", "-home-me/" + id + "/subagents/agent-a1.meta.json"), "");
    EXPECT_EQ(left_out("codex", "2026/11/20/notes.jsonl.zst"), "compressed");
    EXPECT_EQ(left_out("codex", "rollout-2025-05-07-" + id + ".json"), "transcript");
    EXPECT_EQ(left_out("codex", "2026/11/20/notes.jsonl"), "name");
    EXPECT_EQ(left_out("cursor", "slug/agent-transcripts/" + id + ".txt"), "transcript");
    EXPECT_EQ(left_out("cursor", "slug/agent-transcripts/" + id + "/" + id + ".json"), "transcript");
    EXPECT_EQ(left_out("cursor", "slug/agent-transcripts/" + id + "/other.jsonl"), "name");
    EXPECT_EQ(left_out("cursor", "slug/worker.log"), "");
    EXPECT_EQ(left_out("cursor", "slug/mcp/x.json"), "");
}

TEST(Formats, say_which_directories_are_too_far_down) {
    EXPECT_EQ(left_out("codex", "1/2/3/4/5/6/7/8/9", true), "too_deep");
    EXPECT_EQ(left_out("claude", "s/" + id + "/subagents/4/5/6/7/8/9", true), "too_deep");
    EXPECT_EQ(left_out("claude", "s/" + id + "/tool-results", true), "");
    EXPECT_EQ(left_out("claude", "s/memory/3/4/5/6/7/8/9", true), "");
    EXPECT_EQ(left_out("cursor", "slug/terminals", true), "");
}

TEST(Formats, names_that_are_no_uuid_do_not_meet) {
    const std::string one = owner_of("claude", "alpha/chat.jsonl");
    const std::string two = owner_of("claude", "beta/chat.jsonl");
    EXPECT_THAT(one, testing::MatchesRegex("chat-[0-9a-f]{8}"));
    EXPECT_NE(one, two);
    EXPECT_NE(owner_of("codex", "a/rollout-x.jsonl"), owner_of("codex", "b/rollout-x.jsonl"));
}

TEST(Formats, codex_files_and_their_sessions) {
    EXPECT_EQ(owner_of("codex", "2026/11/23/rollout-2026-11-23T08-45-07-" + id + ".jsonl"), id);
    EXPECT_EQ(owner_of("codex", "rollout-2026-11-23T08-45-07-" + id + ".jsonl"), id);
    EXPECT_EQ(owner_of("codex", "history.jsonl"), "-");
    EXPECT_EQ(owner_of("codex", "session_index.jsonl"), "-");
    EXPECT_EQ(owner_of("codex", "2026/11/23/rollout-2026-11-23T08-45-07-" + id + ".jsonl.zst"), id);
}

TEST(Formats, cursor_files_and_their_sessions) {
    const std::string folder = "home-me-work/agent-transcripts/";
    EXPECT_EQ(owner_of("cursor", folder + id + "/" + id + ".jsonl"), id);
    EXPECT_EQ(owner_of("cursor", folder + id + ".jsonl"), id);
    EXPECT_EQ(owner_of("cursor", folder + id + "/subagents/11111111-2222-3333-4444-555555555555.jsonl"),
              "11111111-2222-3333-4444-555555555555<" + id);
    EXPECT_EQ(owner_of("cursor", folder + id + "/other.jsonl"), "-");
    EXPECT_EQ(owner_of("cursor", folder + id + ".txt"), "-");
    EXPECT_EQ(owner_of("cursor", "home-me-work/terminals/1.jsonl"), "-");
    EXPECT_EQ(kCursor.workspace_slug(folder + id + ".jsonl"), "home-me-work");
}

TEST(Formats, copies_and_side_files_are_never_sessions) {
    for (const char* name : {".jsonl.bak-12-99", ".jsonl.reset.2026-01-01", ".jsonl.deleted.1", ".jsonl.tmp",
                             ".trajectory.jsonl", ".checkpoint.jsonl", ".bak-1.jsonl", ".json", ".txt", ""}) {
        EXPECT_EQ(owner_of("claude", "slug/" + id + name), "-") << name;
        EXPECT_EQ(owner_of("codex", "2026/rollout-" + id + name), "-") << name;
        EXPECT_EQ(owner_of("cursor", "slug/agent-transcripts/" + id + name), "-") << name;
    }
}

TEST(Formats, enter_what_may_hold_sessions_and_nothing_else) {
    EXPECT_TRUE(kClaudeCode.enters(""));
    EXPECT_TRUE(kClaudeCode.enters("slug/" + id + "/subagents/workflows/wf_1"));
    EXPECT_FALSE(kClaudeCode.enters("slug/" + id + "/tool-results"));
    EXPECT_TRUE(kCodex.enters("2026/11/23"));
    EXPECT_FALSE(kCodex.enters("1/2/3/4/5/6/7/8/9"));
    EXPECT_TRUE(kCursor.enters("slug/agent-transcripts/" + id + "/subagents"));
    for (const char* foreign :
         {"slug/terminals", "slug/agent-tools", "slug/mcps", "slug/agent-transcripts/x/todos"}) {
        EXPECT_FALSE(kCursor.enters(foreign)) << foreign;
    }
}

TEST(Formats, a_claude_records_first_event_has_the_uid_of_the_record) {
    const auto parser = test::parser_for("claude");
    ParsedLine out;
    parser->parse(R"({"type":"user","uuid":"u-1","message":{"role":"user","content":"hi"}})", out);
    ASSERT_EQ(out.events.size(), 1u);
    EXPECT_EQ(out.events[0].uid, record_uid("u-1"));
}

}  // namespace
}  // namespace kaizen::parse
