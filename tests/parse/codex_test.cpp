#include <fmt/core.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/parse/event_text.h"

namespace kaizen::parse {
namespace {

std::string line_at(int second, std::string_view type, std::string_view payload) {
    return fmt::format(R"({{"timestamp":"2026-03-02T10:00:{:02}.000Z","type":"{}","payload":{}}})", second,
                       type, payload);
}

std::string token_count(int second, int total, int last) {
    return line_at(
        second, "event_msg",
        fmt::format(
            R"({{"type":"token_count","info":{{"total_token_usage":{{"input_tokens":{0},"output_tokens":1}},)"
            R"("last_token_usage":{{"input_tokens":{1},"output_tokens":{1}}}}}}})",
            total, last));
}

std::string item(std::string_view payload) { return line_at(5, "response_item", payload); }

// All events of these lines, by one parser.
std::vector<Event> events_of(const std::vector<std::string>& lines) {
    const auto parser = test::parser_for("codex");
    ParsedLine out;
    std::vector<Event> all;
    for (const std::string& line : lines) {
        parser->parse(line, out);
        all.insert(all.end(), out.events.begin(), out.events.end());
    }
    return all;
}

TEST(Codex, a_repeated_total_a_zero_and_no_info_are_no_response) {
    const auto events = events_of(
        {token_count(1, 10, 10), token_count(2, 10, 10), token_count(3, 20, 10), token_count(4, 25, 0),
         line_at(5, "event_msg", R"({"type":"token_count","info":null})"), token_count(6, 7, 7)});
    ASSERT_EQ(events.size(), 3u);  // the last one: a total that went down starts a new base
    EXPECT_EQ(events[2].tokens->input, 7);
}

// Versions up to 0.104 write each count twice, some milliseconds apart: a copy of either twin is no response.
TEST(Codex, a_token_count_that_stands_in_the_file_again_is_no_response) {
    const std::vector<std::string> lines = {token_count(1, 10, 10), token_count(2, 10, 10),
                                            token_count(3, 20, 10), token_count(4, 20, 10)};
    for (const std::string& copy : lines) {
        auto all = lines;
        all.push_back(copy);
        all.push_back(token_count(5, 30, 10));
        EXPECT_EQ(events_of(all).size(), 3u) << copy;
    }
}

TEST(Codex, a_token_count_of_a_total_that_has_ended_is_no_response) {
    const auto events = events_of({token_count(1, 10, 10), token_count(2, 20, 10), token_count(3, 9, 9),
                                   token_count(2, 20, 10), token_count(4, 19, 10)});
    EXPECT_EQ(events.size(), 4u);
}

TEST(Codex, a_clock_that_was_set_back_loses_no_response) {
    EXPECT_EQ(events_of({token_count(30, 10, 10), token_count(2, 20, 10)}).size(), 2u);
}

TEST(Codex, a_total_alone_is_a_response_of_what_it_rose_by) {
    const auto total = [](int second, int input) {
        return line_at(
            second, "event_msg",
            fmt::format(R"({{"type":"token_count","info":{{"total_token_usage":{{"input_tokens":{},)"
                        R"("output_tokens":5}}}}}})",
                        input));
    };
    const auto events = events_of({total(1, 10), total(2, 25)});
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[1].tokens->input, 15);
    EXPECT_EQ(events[1].tokens->output, 0);
}

TEST(Codex, a_turn_context_that_stands_in_the_file_again_does_not_bring_its_model_back) {
    const std::string first = line_at(1, "turn_context", R"({"model":"one"})");
    const auto events =
        events_of({first, line_at(2, "turn_context", R"({"model":"two"})"), first, token_count(3, 10, 10)});
    EXPECT_EQ(events.back().model, "two");
}

// What the agent itself says that this session used, after these lines.
std::optional<std::int64_t> reported_input(const std::vector<std::string>& lines) {
    auto parser = test::parser_for("codex");
    ParsedLine out;
    std::optional<std::int64_t> input;
    for (const std::string& line : lines) {
        parser->parse(line, out);
        if (out.facts.reported) input = out.facts.reported->tokens.input;
        parser = find_format("codex")->make_parser({}, parser->save(), {});  // a restart after every line
    }
    return input;
}

TEST(Codex, its_running_total_is_reported_without_what_a_fork_inherited) {
    EXPECT_EQ(reported_input({token_count(1, 10, 10), token_count(2, 30, 20)}), 30);
    EXPECT_EQ(reported_input({token_count(1, 110, 10), token_count(2, 130, 20)}), 30);
}

TEST(Codex, its_running_total_is_reported_over_a_start_from_zero_but_not_over_a_replay) {
    EXPECT_EQ(reported_input({token_count(1, 10, 10), token_count(2, 30, 20), token_count(3, 5, 5)}), 35);
    EXPECT_EQ(reported_input({line_at(1, "session_meta", R"({"id":"new"})"),
                              line_at(2, "session_meta", R"({"id":"old"})"), token_count(2, 10, 10),
                              token_count(2, 30, 20), token_count(9, 5, 5)}),
              5);
}

TEST(Codex, cached_and_written_tokens_are_taken_out_of_input_but_never_below_zero) {
    const auto usage = [](int input) {
        return events_of(
                   {line_at(1, "token_usage_record",
                            fmt::format(
                                R"({{"response_id":"r","usage":{{"input_tokens":{},"cached_input_tokens":30,)"
                                R"("cache_write_input_tokens":20,"output_tokens":5}}}})",
                                input))})
            .at(0)
            .tokens->input;
    };
    EXPECT_EQ(usage(100), 50);
    EXPECT_EQ(usage(40), 0);
}

TEST(Codex, a_header_of_the_same_session_is_no_replay) {
    const std::string meta = line_at(1, "session_meta", R"({"id":"one","cwd":"/a"})");
    const auto events = events_of({meta, meta, token_count(1, 10, 10)});
    ASSERT_EQ(events.size(), 2u);
    EXPECT_FALSE(events[1].replayed);
}

TEST(Codex, a_replay_ends_when_the_clock_moves_on_also_over_skipped_lines) {
    const auto replayed_after = [](const std::string& between) {
        return events_of({line_at(1, "session_meta", R"({"id":"new"})"),
                          line_at(9, "session_meta", R"({"id":"old"})"), between, token_count(11, 10, 10)})
            .back()
            .replayed;
    };
    EXPECT_FALSE(replayed_after(line_at(9, "world_state", "{}")));
    EXPECT_TRUE(replayed_after(line_at(10, "world_state", "{}")));
}

TEST(Codex, a_line_that_stands_in_the_file_again_neither_ends_nor_begins_a_replay) {
    const std::string own = line_at(1, "session_meta", R"({"id":"new"})");
    const std::string old = line_at(5, "session_meta", R"({"id":"old"})");
    const auto events = events_of({own, old, token_count(5, 10, 10), own, token_count(5, 20, 10),
                                   token_count(9, 5, 5), old, token_count(9, 6, 1)});
    ASSERT_EQ(events.size(), 5u);
    EXPECT_TRUE(events[1].replayed);
    EXPECT_TRUE(events[2].replayed);
    EXPECT_FALSE(events[3].replayed);
    EXPECT_FALSE(events[4].replayed);
}

TEST(Codex, a_fork_that_copies_is_replayed_one_that_points_is_not) {
    const auto replayed = [](std::string_view meta) {
        return events_of({line_at(1, "session_meta", meta), token_count(1, 10, 10)}).back().replayed;
    };
    EXPECT_TRUE(replayed(R"({"id":"new","forked_from_id":"old"})"));
    EXPECT_FALSE(replayed(R"({"id":"new","forked_from_id":"old","history_base":{"thread_id":"old"}})"));
}

TEST(Codex, machine_text_is_no_prompt) {
    const auto count = [](std::string_view role, std::string_view text, std::string_view kinds) {
        return events_of(
                   {item(fmt::format(
                       R"({{"type":"message","role":"{}","content":[{{"type":"input_text","text":"{}"}}]{}}})",
                       role, text,
                       kinds.empty()
                           ? std::string()
                           : fmt::format(
                                 R"(,"internal_chat_message_metadata_passthrough":{{"content_item_kinds":["{}"]}})",
                                 kinds)))})
            .size();
    };
    for (const char* text :
         {"<environment_context>x", "<user_instructions>x", "# AGENTS.md instructions for /a",
          "<turn_aborted>x", "<permissions instructions>", "<subagent_notification>x"}) {
        EXPECT_EQ(count("user", text, ""), 0u) << text;
    }
    EXPECT_EQ(count("developer", "be good", ""), 0u);
    EXPECT_EQ(count("user", "typed", ""), 1u);
    EXPECT_EQ(count("user", "typed", "multi_agent.subagent_notification"), 0u);
    EXPECT_EQ(count("user", "<environment_context> is what I ask about", "user.text"), 1u);
}

TEST(Codex, a_message_that_was_cut_off_is_taken_from_its_twin_once) {
    const std::string held = line_at(1, "event_msg", R"({"type":"agent_message","message":"half"})");
    const std::string whole =
        item(R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"half"}]})");
    const std::string aborted = line_at(2, "event_msg", R"({"type":"turn_aborted","reason":"interrupted"})");
    EXPECT_EQ(events_of({held, aborted, aborted}).size(), 3u);
    EXPECT_EQ(events_of({held, whole, aborted}).size(), 2u);
}

struct Output {
    std::string_view output;
    std::optional<std::int64_t> exit_code, duration_ms;
    bool is_error;
    std::string_view text;
};

TEST(Codex, all_forms_of_outputs_are_read) {
    const Output outputs[] = {
        {R"("{\"output\":\"ok\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":1.5}}")", 0, 1500, false,
         "ok"},
        {R"("{\"output\":\"no\",\"metadata\":{\"exit_code\":2,\"duration_seconds\":0.0004}}")", 2, 0, true,
         "no"},
        {R"("Chunk ID: a\nWall time: 0.0512 seconds\nProcess exited with code 1\nOutput:\nno")", 1, 51, true,
         "no"},
        {R"("Exit code: 0\nWall time: 2 seconds\nOutput:\nok")", 0, 2000, false, "ok"},
        {R"([{"type":"input_text","text":"Script completed\nWall time 0.4 seconds\nOutput:\n"},{"type":"input_text","text":"ok"}])",
         std::nullopt, 400, false, "ok"},
        {R"({"content":"no","success":false})", std::nullopt, std::nullopt, true, "no"},
        {R"("Plan updated")", std::nullopt, std::nullopt, false, "Plan updated"},
        {R"("execution error: no such file")", std::nullopt, std::nullopt, true,
         "execution error: no such file"},
        {R"("{\"output\":not json")", std::nullopt, std::nullopt, false, "{\"output\":not json"},
    };
    for (const Output& expected : outputs) {
        const Event event =
            events_of({item(fmt::format(R"({{"type":"function_call_output","call_id":"c","output":{}}})",
                                        expected.output))})
                .at(0);
        EXPECT_EQ(event.exit_code, expected.exit_code) << expected.output;
        EXPECT_EQ(event.duration_ms, expected.duration_ms) << expected.output;
        EXPECT_EQ(event.is_error, expected.is_error) << expected.output;
        EXPECT_EQ(event.text, expected.text);
    }
}

TEST(Codex, a_command_execution_item_is_no_second_result) {
    const auto events = events_of(
        {item(R"({"type":"function_call","name":"exec_command","arguments":"{}","call_id":"c"})"),
         line_at(5, "event_msg",
                 R"({"type":"item_completed","item":{"type":"CommandExecution","id":"c","exit_code":1}})"),
         item(R"({"type":"function_call_output","call_id":"c","output":"x"})")});
    EXPECT_EQ(events.size(), 2u);
}

TEST(Codex, files_are_named_by_arguments_and_patches_never_guessed_from_commands) {
    const auto paths = [](std::string_view payload) { return events_of({item(payload)}).at(0).paths; };
    using Paths = std::vector<std::string>;
    EXPECT_EQ(
        paths(
            R"({"type":"function_call","name":"view_image","arguments":"{\"path\":\"a.png\"}","call_id":"c"})"),
        Paths{"a.png"});
    EXPECT_EQ(
        paths(
            R"({"type":"custom_tool_call","name":"apply_patch","input":"*** Begin Patch\n*** Update File: a\n*** Move to: b\n","call_id":"c"})"),
        (Paths{"a", "b"}));
    EXPECT_EQ(
        paths(
            R"({"type":"function_call","name":"shell","arguments":"{\"command\":[\"cat\",\"path\",\"file\"]}","call_id":"c"})"),
        Paths{});
}

TEST(Codex, what_a_script_of_code_mode_ran_are_calls_of_the_session) {
    const std::string command =
        line_at(2, "event_msg", R"({"type":"item_completed","item":{"type":"CommandExecution","id":"exec-1",
        "command":["bash","-lc","make test"],"status":"failed","aggregated_output":"1 failed","exit_code":2,"duration":{"secs":3,"nanos":500000000}}})");
    const std::string change =
        line_at(3, "event_msg", R"({"type":"item_completed","item":{"type":"FileChange","id":"exec-2",
        "changes":{"shelf/list.py":{"type":"update"}},"status":"completed","stdout":"Success."}})");
    const std::string tool =
        line_at(4, "event_msg", R"({"type":"item_completed","item":{"type":"McpToolCall","id":"exec-3",
        "server":"stock","tool":"count","arguments":{"shelf":1},"status":"failed","result":{"isError":true}}})");
    const std::string script =
        item(R"({"type":"custom_tool_call","call_id":"c1","name":"exec","input":"await …"})");
    const std::string done =
        item(R"({"type":"custom_tool_call_output","call_id":"c1","output":"Script completed"})");
    EXPECT_TRUE(events_of({command, change, tool}).empty())
        << "outside a script they are in the calls themselves";
    const auto events = events_of({script, command, change, tool, done, command});
    ASSERT_EQ(events.size(), 8u);
    EXPECT_EQ(events[1].name, "exec_command");
    EXPECT_EQ(events[2].exit_code, 2);
    EXPECT_EQ(events[2].duration_ms, 3500);
    EXPECT_EQ(events[2].text, "1 failed");
    EXPECT_EQ(events[3].paths, std::vector<std::string>{"shelf/list.py"});
    EXPECT_EQ(events[5].name, "mcp__stock__count");
    std::string failed;
    for (const Event& event : events) failed += event.is_error ? event.call_id + " " : "";
    EXPECT_EQ(failed, "exec-1 exec-3 ");
}

TEST(Codex, the_tier_is_that_of_the_record_else_that_of_the_settings) {
    const auto settings = [](const char* tier) {
        return line_at(
            1, "event_msg",
            fmt::format(R"({{"type":"thread_settings_applied","thread_settings":{{"service_tier":{}}}}})",
                        tier));
    };
    const auto tiers = [](const std::vector<std::string>& lines) {
        std::string text;
        for (const Event& event : events_of(lines)) text += event.billing.tier + ",";
        return text;
    };
    EXPECT_EQ(tiers({token_count(1, 10, 10), settings(R"("priority")"), token_count(2, 20, 10),
                     settings(R"("default")"), token_count(3, 30, 10), settings(R"("flex")"),
                     token_count(4, 40, 10), settings("null"), token_count(5, 50, 10)}),
              ",priority,,flex,,");
    const auto record = [](const char* tier) {
        return line_at(
            6, "token_usage_record",
            fmt::format(R"({{"response_id":"{0}","usage":{{"input_tokens":1}},"service_tier":"{0}"}})",
                        tier));
    };
    EXPECT_EQ(tiers({settings(R"("priority")"), record("default"), record("fast")}), ",priority,");
}

TEST(Codex, a_question_to_the_user_and_a_command_beyond_the_sandbox_ask) {
    const auto asks = [](const char* name, const char* arguments) {
        return events_of({item(fmt::format(
                             R"({{"type":"function_call","call_id":"c","name":"{}","arguments":"{}"}})", name,
                             arguments))})
            .at(0)
            .asks_user;
    };
    EXPECT_TRUE(asks("request_user_input", "{}"));
    EXPECT_TRUE(asks("exec_command", R"({\"sandbox_permissions\":\"require_escalated\"})"));
    EXPECT_FALSE(asks("exec_command", R"({\"cmd\":\"ls\"})"));
}

TEST(Codex, what_it_imported_from_another_agent_is_not_its_own) {
    const auto message = [](int second, std::string_view role, std::string_view text) {
        return line_at(
            second, "response_item",
            fmt::format(R"({{"type":"message","role":"{}","content":[{{"type":"input_text","text":"{}"}}]}})",
                        role, text));
    };
    const auto turn = [](int second, std::string_view type, std::string_view id) {
        return line_at(second, "event_msg", fmt::format(R"({{"type":"{}","turn_id":"{}"}})", type, id));
    };
    const std::vector<std::string> lines = {
        line_at(1, "session_meta", R"({"id":"i","timestamp":"2026-03-02T10:00:01.000Z"})"),
        turn(2, "task_started", "external-import-turn-1"),
        message(2, "user", "asked Claude"),
        line_at(2, "event_msg", R"({"type":"agent_message","message":"<EXTERNAL SESSION IMPORTED>"})"),
        token_count(2, 0, 0),
        turn(2, "task_complete", "external-import-turn-1"),
        turn(40, "task_started", "019ffa00-0000-7000-8000-00000000000a"),
        message(41, "user", "asked Codex"),
        message(42, "assistant", "answered"),
    };
    std::vector<std::string> texts;
    for (const Event& event : events_of(lines)) {
        if (event.kind == EventKind::message) texts.push_back(event.text);
        EXPECT_FALSE(event.replayed);
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"asked Codex", "answered"}));
}

TEST(Codex, a_sub_agent_bears_its_path_or_its_nickname) {
    const auto title = [](std::string_view spawn) {
        const auto parser = test::parser_for("codex");
        ParsedLine out;
        parser->parse(
            line_at(1, "session_meta",
                    fmt::format(R"({{"id":"i","source":{{"subagent":{{"thread_spawn":{{{}}}}}}}}})", spawn)),
            out);
        return out.facts.title;
    };
    EXPECT_EQ(title(R"("agent_path":null,"agent_nickname":"Curie")"), "Curie");
    EXPECT_EQ(title(R"("agent_path":"/root/reviewer","agent_nickname":"Curie")"), "/root/reviewer");
    EXPECT_EQ(title(R"("parent_thread_id":"p")"), "");
}

// Of a fork that began at 10:00:00: its own turns and those of the session that it was forked from.
class CodexFork : public ::testing::Test {
  protected:
    static constexpr const char* kOrigin = "019ffa00-0000-7000-8000-00000000000a";
    std::string header(const char* id) {
        return fmt::format(
            R"({{"timestamp":"2026-03-02T10:00:00.000Z","type":"session_meta","payload":{{"id":"{}","timestamp":"2026-03-02T10:00:00.000Z","forked_from_id":"{}"}}}})",
            id, kOrigin);
    }
    static std::string turn(int second, std::string_view id, std::string_view more = {}) {
        return line_at(second, "event_msg",
                       fmt::format(R"({{"type":"task_started","turn_id":"{}"{}}})", id, more));
    }
    // For each turn of the lines whether it is taken for a copy.
    std::string copied(const std::vector<std::string>& lines) {
        const auto parser = test::parser_for("codex", options_);
        ParsedLine out;
        std::string text;
        for (const std::string& line : lines) {
            parser->parse(line, out);
            for (const Event& event : out.events) {
                if (event.name == lifecycle::turn_start) last_uid_ = event.uid;
                if (event.tokens) text += event.replayed ? "copy " : "own ";
            }
        }
        return text;
    }
    Options options_;
    std::uint64_t last_uid_ = 0;
};

TEST_F(CodexFork, a_turn_that_began_before_the_fork_is_a_copy_whatever_the_clock_says) {
    const std::string before = R"(,"started_at":1772445000)";  // 09:50
    const std::string after = R"(,"started_at":1772445601)";
    EXPECT_EQ(copied({header("f"), turn(0, "a", before), token_count(0, 10, 10), token_count(5, 20, 10),
                      turn(5, "b", before), token_count(5, 30, 10), turn(5, "c", after),
                      token_count(5, 40, 10), token_count(6, 50, 10)}),
              "copy copy copy own own ");
}

TEST_F(CodexFork, ids_that_have_a_time_tell_where_the_session_has_one_that_is_right) {
    // 2026-03-02T10:00:00Z is 0x019cadfd8900.
    const char* const fork = "019cadfd-8900-7000-8000-000000000001";
    const char* const old = "019cadf0-0000-7000-8000-000000000002";
    const char* const own = "019cadfd-8a00-7000-8000-000000000003";
    EXPECT_EQ(copied({header(fork), turn(0, old), token_count(0, 10, 10), token_count(7, 20, 10),
                      turn(7, own), token_count(7, 30, 10)}),
              "copy copy own ");
    EXPECT_EQ(copied({header("019f0000-0000-7000-8000-000000000001"), turn(0, own), token_count(0, 10, 10)}),
              "copy ")
        << "its id was not made when it began: the clock tells";
}

TEST_F(CodexFork, the_file_that_it_comes_from_tells_where_nothing_else_does) {
    std::set<std::uint64_t> there;
    EXPECT_EQ(copied({turn(0, "a")}), "");
    there.insert(last_uid_);
    EXPECT_EQ(copied({turn(3, "b")}), "");
    there.insert(last_uid_);
    options_.stands_in = [&](std::string_view session, std::uint64_t uid) {
        return session == kOrigin && there.contains(uid);
    };
    EXPECT_EQ(copied({header("f"), turn(0, "a"), token_count(0, 10, 10), token_count(5, 20, 10), turn(5, "b"),
                      token_count(5, 30, 10), turn(5, "c"), token_count(5, 40, 10)}),
              "copy copy copy own ");
    there.clear();
    EXPECT_EQ(copied({header("f"), turn(0, "a"), token_count(0, 10, 10), token_count(5, 20, 10)}),
              "copy own ")
        << "the clock";
}

}  // namespace
}  // namespace kaizen::parse
