#include <fmt/core.h>
#include <gtest/gtest.h>

#include "daemon/parse/record_uid.h"
#include "tests/parse/event_text.h"

namespace kaizen::parse {
namespace {

ParsedLine parse_one(std::string_view line) {
    ParsedLine out;
    test::parser_for("claude")->parse(line, out);
    return out;
}

ParsedLine user_says(std::string_view text) {
    return parse_one(
        fmt::format(R"({{"type":"user","uuid":"u","message":{{"role":"user","content":"{}"}}}})", text));
}

TEST(ClaudeCode, text_inside_a_string_does_not_make_a_line_noise) {
    const auto out = parse_one(
        R"({"parentUuid":"\",\"type\":\"progress","cwd":"C:\\","type":"user","uuid":"u","message":{"content":"{\"type\":\"progress\"}"}})");
    EXPECT_EQ(out.kind, "user");
    EXPECT_EQ(out.events.size(), 1u);
}

TEST(ClaudeCode, noise_with_a_second_record_behind_it_is_parsed) {
    const auto out = parse_one(
        R"({"type":"progress","data":{}}{"type":"user","uuid":"u","message":{"content":"behind"}})");
    ASSERT_EQ(out.events.size(), 1u);
    EXPECT_EQ(out.events[0].text, "behind");
}

TEST(ClaudeCode, what_nobody_typed_is_no_prompt) {
    for (const char* text :
         {"<command-name>/clear</command-name>", "<local-command-stdout>x</local-command-stdout>",
          "<local-command-caveat>x", "<bash-input>ls</bash-input>", "<bash-stdout>x</bash-stdout>",
          "Caveat: The messages below were generated", "<system-reminder>only this</system-reminder>",
          "<system-reminder>never closed", "   "}) {
        const auto out = user_says(text);
        EXPECT_EQ(out.outcome, LineOutcome::skipped) << text;
        EXPECT_EQ(out.facts.title_rank, TitleRank::none) << text;
    }
    EXPECT_EQ(user_says("<system-reminder>a</system-reminder>\\n<ide_selection>b</ide_selection>\\n typed ")
                  .events.at(0)
                  .text,
              "typed");
    EXPECT_EQ(user_says("<b>bold</b> words").events.at(0).text, "<b>bold</b> words");
}

TEST(ClaudeCode, a_turn_ends_with_the_words_of_a_response_that_stopped_of_itself) {
    const auto last_of = [](const char* content, const char* reason, const char* model = "claude-x") {
        return parse_one(fmt::format(R"({{"type":"assistant","uuid":"u","message":{{"id":"m","model":"{}",)"
                                     R"("stop_reason":{},"usage":{{"output_tokens":1}},"content":[{}]}}}})",
                                     model, reason, content))
            .events.back();
    };
    const char* words = R"({"type":"text","text":"done"})";
    const char* thought = R"({"type":"thinking","thinking":"hm"})";
    const char* tool = R"({"type":"tool_use","id":"t","name":"Bash","input":{}})";
    EXPECT_TRUE(last_of(words, R"("end_turn")").ends_turn);
    EXPECT_TRUE(last_of(words, R"("stop_sequence")").ends_turn);
    EXPECT_TRUE(last_of((std::string(thought) + "," + words).c_str(), R"("end_turn")").ends_turn);
    for (const char* reason : {"null", R"("tool_use")", R"("max_tokens")", R"("pause_turn")", "true"})
        EXPECT_FALSE(last_of(words, reason).ends_turn) << reason;
    EXPECT_FALSE(last_of(thought, R"("end_turn")").ends_turn);
    EXPECT_FALSE(last_of("", R"("end_turn")").ends_turn);
    EXPECT_FALSE(last_of((std::string(words) + "," + tool).c_str(), R"("end_turn")").ends_turn);
    EXPECT_FALSE(last_of(words, R"("stop_sequence")", "<synthetic>").ends_turn);
}

TEST(ClaudeCode, only_the_first_prompt_is_a_title) {
    const auto parser = test::parser_for("claude");
    ParsedLine out;
    parser->parse(R"({"type":"user","isSidechain":true,"message":{"content":"for a helper"}})", out);
    EXPECT_EQ(out.facts.title, "");
    EXPECT_TRUE(out.events.at(0).sidechain);
    parser->parse(R"({"type":"user","message":{"content":"first"}})", out);
    EXPECT_EQ(out.facts.title, "first");
    parser->parse(R"({"type":"user","message":{"content":"second"}})", out);
    EXPECT_EQ(out.facts.title, "");
}

TEST(ClaudeCode, usage_is_on_the_first_event_of_a_line_only_and_never_from_deeper) {
    const auto out = parse_one(
        R"({"type":"assistant","uuid":"u","message":{"id":"m","model":"claude-x","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],)"
        R"("usage":{"input_tokens":1,"output_tokens":2,"iterations":[{"input_tokens":9,"output_tokens":9}]}},"toolUseResult":{"usage":{"input_tokens":5}}})");
    ASSERT_EQ(out.events.size(), 2u);
    EXPECT_EQ(out.events[0].tokens->input, 1);
    EXPECT_EQ(out.events[0].response_id, "m");
    EXPECT_FALSE(out.events[1].tokens);
    EXPECT_EQ(out.events[1].response_id, "");
    const auto nested = parse_one(
        R"({"type":"user","uuid":"u","message":{"content":[{"type":"tool_result","tool_use_id":"t"}]},)"
        R"("toolUseResult":{"totalTokens":9,"usage":{"input_tokens":5}}})");
    EXPECT_FALSE(nested.events.at(0).tokens);
}

TEST(ClaudeCode, synthetic_messages_book_nothing_and_name_no_model) {
    const auto out = parse_one(
        R"({"type":"assistant","uuid":"u","costUSD":0.5,"message":{"id":"m","model":"<synthetic>","content":[{"type":"text","text":"a"}],"usage":{"input_tokens":1}}})");
    ASSERT_EQ(out.events.size(), 1u);
    EXPECT_FALSE(out.events[0].tokens);
    EXPECT_FALSE(out.events[0].cost_usd_e6);
    EXPECT_EQ(out.events[0].model, "");
    EXPECT_EQ(out.facts.model, "");
}

TEST(ClaudeCode, a_copy_has_the_identities_of_its_original_whatever_came_before) {
    const std::string line = R"({"type":"user","uuid":"u-7","cwd":"/b","message":{"content":"hello"}})";
    const auto parser = test::parser_for("claude");
    ParsedLine out;
    parser->parse(R"({"type":"user","uuid":"u-6","cwd":"/a","message":{"content":"before"}})", out);
    parser->parse(line, out);  // carries a change of directory, too
    ASSERT_EQ(out.events.size(), 2u);
    EXPECT_EQ(out.events[0].name, lifecycle::cwd);
    EXPECT_EQ(out.events[1].uid, parse_one(line).events.at(0).uid);
    EXPECT_EQ(out.events[1].uid, record_uid("u-7"));
}

TEST(ClaudeCode, the_parent_of_an_agent_file_beside_is_the_majority_of_its_session_ids) {
    const auto parent_after = [](const std::vector<std::string>& ids, const FileOwner& owner) {
        const auto parser = kClaudeCode.make_parser(owner, {}, {});
        ParsedLine out;
        for (const std::string& id : ids) {
            parser->parse(
                fmt::format(R"({{"type":"user","sessionId":"{}","message":{{"content":"x"}}}})", id), out);
        }
        return out.facts.parent_id;
    };
    EXPECT_EQ(parent_after({"first", "main", "main", "main"}, {"agent-1", {}}), "main");
    EXPECT_EQ(parent_after({"main", "main", "other", "main"}, {"agent-1", {}}), "main");
    EXPECT_EQ(parent_after({"main", "main"}, {"agent-1", "by-path"}), "");
    EXPECT_EQ(parent_after({"main", "main"}, {"main", {}}), "");
}

TEST(ClaudeCode, a_summary_names_the_session_of_its_leaf) {
    const auto out = parse_one(R"({"type":"summary","summary":"Bees","leafUuid":"u-7"})");
    EXPECT_EQ(out.outcome, LineOutcome::skipped);
    EXPECT_EQ(out.facts.title, "Bees");
    EXPECT_EQ(out.facts.title_of_uid, record_uid("u-7"));
}

TEST(ClaudeCode, a_huge_output_is_measured_but_not_kept) {
    const std::string line =
        R"({"type":"user","uuid":"u","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":[)"
        R"({"type":"text","text":")" +
        std::string(3000, 'a') + R"("},{"type":"text","text":")" + std::string(1 << 20, 'b') + R"("}]}]}})";
    const auto out = parse_one(line);
    EXPECT_EQ(out.events.at(0).text, std::string(2048, 'a'));
    EXPECT_EQ(out.events.at(0).text_bytes, 3000 + 1 + (1 << 20));
}

TEST(ClaudeCode, its_running_total_is_reported_beside_the_events_and_has_no_tokens_on_them) {
    const auto out = parse_one(
        R"({"type":"cost-state","totalCostUSD":0.25,"modelUsage":{"a":{"inputTokens":3,"cacheReadInputTokens":7},"b":{"inputTokens":4,"outputTokens":5}}})");
    ASSERT_TRUE(out.facts.reported);
    EXPECT_EQ(out.facts.reported->cost_usd_e6, 250'000);
    EXPECT_EQ(out.facts.reported->tokens.input, 7);
    EXPECT_EQ(out.facts.reported->tokens.cache_read, 7);
    EXPECT_EQ(out.facts.reported->tokens.output, 5);
    EXPECT_FALSE(out.facts.reported->tokens.cache_write);
    ASSERT_EQ(out.events.size(), 1u);
    EXPECT_FALSE(out.events[0].tokens);
}

TEST(ClaudeCode, a_command_names_the_session_by_its_arguments_else_by_itself_and_is_no_prompt) {
    const auto with_arguments =
        user_says("<command-name>/goal</command-name>\\n<command-args>Sort the shelf.</command-args>");
    EXPECT_TRUE(with_arguments.events.empty());
    EXPECT_EQ(with_arguments.facts.title, "Sort the shelf.");
    EXPECT_EQ(with_arguments.facts.title_rank, TitleRank::first_prompt);
    const auto alone = user_says(
        "<command-message>init</command-message><command-name>/init</command-name><command-args></"
        "command-args>");
    EXPECT_EQ(alone.facts.title, "/init");
    EXPECT_EQ(alone.facts.title_rank, TitleRank::none) << "a prompt takes its place";
}

ParsedLine response(std::string_view usage, std::string_view content = {}) {
    return parse_one(fmt::format(
        R"({{"type":"assistant","uuid":"u","requestId":"r","message":{{"id":"m","model":"claude-x",)"
        R"("stop_reason":"tool_use","usage":{{"input_tokens":1,"output_tokens":2,{}}},"content":[{}]}}}})",
        usage, content));
}

TEST(ClaudeCode, attempts_that_the_usage_leaves_out_are_booked_under_their_own_model_once) {
    const auto booked = [](std::string_view iterations) {
        std::string text;
        for (const Event& event : response(fmt::format(R"("iterations":[{}])", iterations)).events)
            text += fmt::format("{}={} ", event.response_id, event.model);
        return text;
    };
    const std::string rest = R"("input_tokens":10,"output_tokens":20})";
    EXPECT_EQ(booked(""), "m=claude-x ");
    EXPECT_EQ(booked(R"({"type":"message",)" + rest), "m=claude-x ") << "it is in the sum";
    EXPECT_EQ(booked(R"({"type":"message","model":"claude-x",)" + rest), "m=claude-x ");
    EXPECT_EQ(booked(R"({"type":"message","model":"claude-y",)" + rest), "m=claude-x m/0=claude-y ")
        << "it gave up";
    EXPECT_EQ(booked(R"({"type":"fallback_message","model":"claude-x",)" + rest), "m=claude-x ");
    EXPECT_EQ(
        booked(R"({"type":"message",)" + rest + R"(,{"type":"advisor_message","model":"claude-y",)" + rest),
        "m=claude-x m/1=claude-y ");
    EXPECT_EQ(booked(R"({"type":"compaction",)" + rest), "m=claude-x m/0=claude-x ");
    EXPECT_EQ(booked(R"({"type":"advisor_message","model":"claude-y"})"), "m=claude-x ") << "no numbers";
    const auto line = response(R"("iterations":[{"type":"compaction",)" + rest + "]");
    EXPECT_EQ(line.events[1].tokens->input, 10);
    EXPECT_EQ(line.events[1].uid,
              response(R"("iterations":[{"type":"compaction",)" + rest + "]", R"({"type":"text","text":"a"})")
                  .events[1]
                  .uid)
        << "each line of the response says the same";
}

TEST(ClaudeCode, what_bills_a_response_beside_its_tokens_is_kept_where_it_is_not_the_usual) {
    const auto billing = [](std::string_view usage) { return response(usage).events.at(0).billing; };
    EXPECT_EQ(
        billing(
            R"("service_tier":"standard","speed":"standard","inference_geo":"not_available","server_tool_use":{"web_search_requests":0})"),
        Billing());
    EXPECT_EQ(billing(R"("service_tier":"standard","speed":"fast")").tier, "fast");
    EXPECT_EQ(billing(R"("service_tier":"priority")").tier, "priority");
    EXPECT_EQ(billing(R"("inference_geo":"us")").region, "us");
    EXPECT_EQ(billing(R"("inference_geo":"global","service_tier":null,"speed":null)"), Billing());
    EXPECT_EQ(billing(R"("server_tool_use":{"web_search_requests":4})").web_searches, 4);
}

TEST(ClaudeCode, the_searches_of_a_web_search_are_a_fee_and_those_of_files_are_not) {
    const auto result = [](std::string_view details) {
        return parse_one(
                   fmt::format(
                       R"({{"type":"user","uuid":"u","message":{{"content":[{{"type":"tool_result","tool_use_id":"t","content":"x"}}]}},)"
                       R"("toolUseResult":{}}})",
                       details))
            .events.at(0);
    };
    const Event web = result(R"({"query":"shelves","results":[],"searchCount":3})");
    EXPECT_EQ(web.billing.web_searches, 3);
    EXPECT_EQ(web.response_id, "search:t");
    EXPECT_FALSE(result(R"({"query":"shelves","searchCount":0})").billing.web_searches);
    EXPECT_FALSE(result(R"({"toolStats":{"searchCount":3},"searchCount":3})").billing.web_searches);
}

TEST(ClaudeCode, a_tool_that_was_refused_did_not_fail) {
    const auto result = [](std::string_view more) {
        return parse_one(
                   fmt::format(
                       R"({{"type":"user","uuid":"u",{}"message":{{"content":[{{"type":"tool_result","tool_use_id":"t","is_error":true,"content":"no"}}]}}}})",
                       more))
            .events.at(0);
    };
    EXPECT_TRUE(result("").is_error);
    EXPECT_FALSE(result(R"("toolDenialKind":"user-rejected",)").is_error);
    EXPECT_EQ(result(R"("toolDenialKind":"user-rejected",)").name, "refused");
}

TEST(ClaudeCode, what_goes_on_says_so_and_what_asks_the_user_too) {
    EXPECT_TRUE(response(R"("x":1)", R"({"type":"text","text":"let me look"})").events.back().goes_on);
    EXPECT_TRUE(
        parse_one(
            R"({"type":"system","subtype":"api_error","uuid":"u","retryInMs":500,"error":{"message":"overloaded"}})")
            .events.at(0)
            .goes_on);
    EXPECT_FALSE(
        parse_one(R"({"type":"system","subtype":"api_error","uuid":"u","error":{"message":"overloaded"}})")
            .events.at(0)
            .goes_on);
    for (const auto& [tool, asks] :
         {std::pair("AskUserQuestion", true), {"ExitPlanMode", true}, {"Bash", false}})
        EXPECT_EQ(response(R"("x":1)",
                           fmt::format(R"({{"type":"tool_use","id":"t","name":"{}","input":{{}}}})", tool))
                      .events.back()
                      .asks_user,
                  asks)
            << tool;
}

}  // namespace
}  // namespace kaizen::parse
