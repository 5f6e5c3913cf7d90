// What is booked of recorded runs is what the scripted model counted, and costs what a plain recomputation
// gives. (../shared/corpus; skipped where it is not there.)

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/json.h"
#include "common/text.h"
#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

using Counters = std::map<std::string, std::int64_t>;  // counter → tokens
using Totals = std::map<std::string, Counters>;        // model → counters

// What no reader of the files can know (recorded/README.md), as what the files do say.
struct Exception {
    std::string_view scenario, model, counter;
    std::int64_t in_files;
    std::string_view reason;
};

constexpr std::string_view kSmallRequest =
    "title and warm-up requests to the small model are in no file, or only some";
constexpr std::string_view kCompactRequest = "the request behind /compact is in no file";
constexpr std::string_view kNoThinking = "reasoning is not written before 2.1.250";
constexpr std::string_view kKilled =
    "the agent was killed before the end of the response: no line has its usage";
constexpr std::string_view kNoCacheWrite = "cache_write is not written before 0.150: it stays inside input";

constexpr Exception kExceptions[] = {
    {"claude-1.0.128-subagents", "claude-3-5-haiku-20241022", "input", 0, kSmallRequest},
    {"claude-1.0.128-subagents", "claude-3-5-haiku-20241022", "output", 0, kSmallRequest},
    {"claude-1.0.128-subagents", "claude-3-5-haiku-20241022", "responses", 0, kSmallRequest},
    {"claude-2.0.60-subagents", "claude-haiku-4-5-20251001", "input", 211, kSmallRequest},
    {"claude-2.0.60-subagents", "claude-haiku-4-5-20251001", "output", 7, kSmallRequest},
    {"claude-2.0.60-subagents", "claude-haiku-4-5-20251001", "responses", 1, kSmallRequest},
    {"claude-2.0.60-compact-fork", "claude-haiku-4-5-20251001", "input", 844, kSmallRequest},
    {"claude-2.0.60-compact-fork", "claude-haiku-4-5-20251001", "output", 28, kSmallRequest},
    {"claude-2.0.60-compact-fork", "claude-haiku-4-5-20251001", "responses", 4, kSmallRequest},
    {"claude-2.0.60-compact-fork", "claude-sonnet-4-5-20250929", "input", 1039, kCompactRequest},
    {"claude-2.0.60-compact-fork", "claude-sonnet-4-5-20250929", "cache_read", 100626, kCompactRequest},
    {"claude-2.0.60-compact-fork", "claude-sonnet-4-5-20250929", "output", 1627, kCompactRequest},
    {"claude-2.0.60-compact-fork", "claude-sonnet-4-5-20250929", "responses", 19, kCompactRequest},
    {"claude-2.0.60-compact-fork", "claude-sonnet-4-5-20250929", "reasoning", 9, kNoThinking},
    {"claude-2.1.330-killed-midstream", "claude-sonnet-4-5-20250929", "input", 21, kKilled},
    {"claude-2.1.330-killed-midstream", "claude-sonnet-4-5-20250929", "cache_read", 0, kKilled},
    {"claude-2.1.330-killed-midstream", "claude-sonnet-4-5-20250929", "cache_write", 9000, kKilled},
    {"claude-2.1.330-killed-midstream", "claude-sonnet-4-5-20250929", "output", 401, kKilled},
    {"claude-2.1.330-killed-midstream", "claude-sonnet-4-5-20250929", "responses", 1, kKilled},
    {"codex-0.140.0-migrated-by-0.171.0", "gpt-5.1-codex", "input", 130 + 17762, kNoCacheWrite},
    {"codex-0.140.0-migrated-by-0.171.0", "gpt-5.1-codex", "cache_write", 0, kNoCacheWrite},
    {"codex-0.50.0-resume", "gpt-5.1-codex", "input", 130 + 17762, kNoCacheWrite},
    {"codex-0.50.0-resume", "gpt-5.1-codex", "cache_write", 0, kNoCacheWrite},
    {"codex-0.104.0-resume", "gpt-5.1-codex", "input", 130 + 17762, kNoCacheWrite},
    {"codex-0.104.0-resume", "gpt-5.1-codex", "cache_write", 0, kNoCacheWrite},
};

// model_log_totals, but for requests of which no line was written, and the exceptions.
Totals expected(const std::string& scenario) {
    JsonDocument document;
    EXPECT_TRUE(document.parse(read_file(corpus_dir() + "/recorded/" + scenario + "/expected.json")));
    Totals totals;
    for (const auto& model : find_object(document.root(), "model_log_totals")->GetObject()) {
        for (const auto& counter : model.value.GetObject())
            totals[model.name.GetString()][counter.name.GetString()] = counter.value.GetInt64();
    }
    if (const JsonValue* models = find_object(document.root(), "requests_without_a_line")) {
        for (const auto& model : models->GetObject()) {
            for (const auto& counter : model.value.GetObject())
                totals[model.name.GetString()][counter.name.GetString()] -= counter.value.GetInt64();
        }
    }
    for (const Exception& one : kExceptions) {
        if (one.scenario == scenario) totals[std::string(one.model)][std::string(one.counter)] = one.in_files;
    }
    return totals;
}

Counters counters_of(const session::UsageSum& sum) {
    return {
        {"input", sum.input.sum},   {"cache_read", sum.cache_read.sum}, {"cache_write", sum.cache_write.sum},
        {"output", sum.output.sum}, {"reasoning", sum.reasoning.sum},   {"responses", sum.responses}};
}

// The part of a scenario's cache writes that is kept for an hour, which expected.json does not tell apart.
std::int64_t written_for_an_hour(const std::vector<SessionFile>& files) {
    std::map<std::string, std::int64_t> by_response;
    JsonDocument document;
    for (const SessionFile& file : files) {
        for (const std::string_view line : split(file.content, '\n')) {
            const JsonValue* message =
                document.parse(line) ? find_object(document.root(), "message") : nullptr;
            const JsonValue* usage = message == nullptr ? nullptr : find_object(*message, "usage");
            const JsonValue* written = usage == nullptr ? nullptr : find_object(*usage, "cache_creation");
            if (written == nullptr) continue;
            std::int64_t& tokens = by_response[std::string(find_string(*message, "id").value_or(""))];
            tokens = std::max(tokens, find_int(*written, "ephemeral_1h_input_tokens").value_or(0));
        }
    }
    std::int64_t sum = 0;
    for (const auto& [id, tokens] : by_response) sum += tokens;
    return sum;
}

// Micro-dollars, as somebody with the price list would count them.
std::int64_t plain_cost(const std::string& model, Counters tokens, std::int64_t written_1h) {
    struct PerMillion {
        long double input, output, cache_read, cache_write, cache_write_1h;
    };
    static const std::map<std::string, PerMillion> kPrices = {
        {"claude-sonnet-4-5-20250929", {3.0L, 15.0L, 0.3L, 3.75L, 6.0L}},
        {"claude-sonnet-4-20250514", {3.0L, 15.0L, 0.3L, 3.75L, 6.0L}},
        {"claude-haiku-4-5-20251001", {1.0L, 5.0L, 0.1L, 1.25L, 2.0L}},
        {"gpt-5.1-codex", {1.25L, 10.0L, 0.125L, 1.25L, 1.25L}}};
    const PerMillion& price = kPrices.at(model);
    const auto times = [](long double each, std::int64_t count) {
        return each * static_cast<long double>(count);
    };
    const long double sum = times(price.input, tokens["input"]) + times(price.output, tokens["output"]) +
                            times(price.cache_read, tokens["cache_read"]) +
                            times(price.cache_write, tokens["cache_write"] - written_1h) +
                            times(price.cache_write_1h, written_1h);
    return static_cast<std::int64_t>(std::floor(sum + 0.5L));
}

class RecordedUsage : public testing::Test {
  protected:
    void SetUp() override {
        if (corpus_dir().empty()) GTEST_SKIP() << "no corpus beside this tree";
    }
};

// Each is what really happened, whatever stands in several files.
TEST_F(RecordedUsage, of_tools_and_prompts_and_what_sessions_come_from_is_that_of_the_runs) {
    int checked = 0;
    for (const std::string& scenario : recorded_scenarios()) {
        JsonDocument document;
        ASSERT_TRUE(document.parse(read_file(corpus_dir() + "/recorded/" + scenario + "/expected.json")));
        const auto calls = find_int(document.root(), "tool_calls");
        if (!calls) continue;
        SessionHome home;
        home.import(recorded_files(scenario));
        std::int64_t tool_calls = 0;
        std::int64_t prompts = 0;
        std::map<std::string, std::string> forked_from;
        for (const store::SessionRow& row : home.all_sessions()) {
            tool_calls += row.state.tool_calls;
            if (row.state.parent.empty()) prompts += row.state.prompts - row.state.copied_prompts;
            if (!row.state.forked_from.empty()) forked_from[row.state.id] = row.state.forked_from;
        }
        EXPECT_EQ(tool_calls, *calls) << scenario;
        const auto said_prompts = find_int(document.root(), "prompts");
        EXPECT_EQ(prompts, said_prompts.value_or(prompts)) << scenario;
        if (const JsonValue* forks = find_object(document.root(), "forked_from")) {
            std::map<std::string, std::string> said;
            for (const auto& fork : forks->GetObject()) said[fork.name.GetString()] = fork.value.GetString();
            EXPECT_EQ(forked_from, said) << scenario;
        }
        ++checked;
    }
    EXPECT_TRUE(corpus_dir().empty() || checked > 3);
}

TEST_F(RecordedUsage, is_what_the_model_counted_and_costs_what_the_price_list_says) {
    for (const std::string& scenario : recorded_scenarios()) {
        SCOPED_TRACE(scenario);
        SessionHome home;
        const auto files = recorded_files(scenario);
        home.import(files);
        const std::int64_t written_1h = written_for_an_hour(files);
        const auto booked = home.by_model();
        const Totals totals = expected(scenario);
        for (const auto& [model, sum] : booked) EXPECT_TRUE(totals.contains(model)) << model;
        for (const auto& [model, counters] : totals) {
            if (!booked.contains(model)) {
                EXPECT_EQ(counters.at("responses"), 0) << model;
                continue;
            }
            const session::UsageSum& sum = booked.at(model);
            EXPECT_EQ(counters_of(sum), counters) << model;
            ASSERT_TRUE(sum.cost_pico()) << model;
            EXPECT_EQ(sum.unpriced.said_by, 0) << model;
            EXPECT_EQ(session::to_micro(*sum.cost_pico()), plain_cost(model, counters, written_1h)) << model;
        }
    }
}

// 2.1.330 keeps its own account of tokens and dollars.
TEST_F(RecordedUsage, of_claude_is_what_its_own_running_total_says) {
    int compared = 0;
    for (const std::string& scenario : recorded_scenarios()) {
        if (!scenario.starts_with("claude-2.1.330") || scenario.ends_with("killed-midstream")) continue;
        SCOPED_TRACE(scenario);
        SessionHome home;
        home.import(recorded_files(scenario));
        session::UsageSum all;
        for (const auto& [model, sum] : home.by_model()) all.add(sum);
        parse::ReportedUsage reported;  // a fork goes on from its parent's: the largest has all of it
        for (const auto& row : home.store().sessions.list({})) {
            session::raise(reported.tokens, row.state.reported.tokens);
            session::raise(reported.cost_usd_e6, row.state.reported.cost_usd_e6);
        }
        EXPECT_EQ(all.input.value(), reported.tokens.input);
        EXPECT_EQ(all.cache_read.value(), reported.tokens.cache_read);
        EXPECT_EQ(all.cache_write.value(), reported.tokens.cache_write);
        EXPECT_EQ(all.output.value(), reported.tokens.output);
        EXPECT_EQ(session::to_micro(*all.cost_pico()), reported.cost_usd_e6);
        ++compared;
    }
    EXPECT_EQ(compared, 4);
}

TEST_F(RecordedUsage, of_codex_is_what_its_own_running_total_says_in_every_session) {
    int compared = 0;
    for (const std::string& scenario : recorded_scenarios()) {
        if (!scenario.starts_with("codex-")) continue;
        SCOPED_TRACE(scenario);
        SessionHome home;
        home.import(recorded_files(scenario));
        auto sums = home.by_session();
        for (const store::SessionRow& row : home.all_sessions()) {
            const session::UsageSum& sum = sums[row.state.id];
            EXPECT_EQ(sum.input.value(), row.state.reported.tokens.input) << row.state.id;
            EXPECT_EQ(sum.cache_read.value(), row.state.reported.tokens.cache_read) << row.state.id;
            EXPECT_EQ(sum.output.value(), row.state.reported.tokens.output) << row.state.id;
            ++compared;
        }
    }
    EXPECT_GE(compared, 9);
}

TEST_F(RecordedUsage, of_a_fork_is_its_own_whichever_file_is_read_first) {
    constexpr const char* kOriginal = "b88ba885-3493-4036-81e1-fd5ac4027b82";
    constexpr const char* kFork = "4311f165-bcae-4374-9bb2-3de5b4a0c40f";
    auto files = recorded_files("claude-2.1.330-fork");
    ASSERT_EQ(files.size(), 2U);
    for (int order = 0; order < 2; ++order) {
        SessionHome home;
        for (const SessionFile& file : files) {
            home.write(file);
            home.notice(file);
            home.read_all();
        }
        auto sums = home.by_session();
        EXPECT_EQ(sums[kOriginal].responses, 5);
        EXPECT_EQ(sums[kFork].responses, 5);
        EXPECT_EQ(home.store().sessions.find(kFork).at(0).state.forked_from, kOriginal);
        EXPECT_EQ(home.store().sessions.find(kOriginal).at(0).state.forked_from, "");
        std::swap(files[0], files[1]);
    }
}

TEST_F(RecordedUsage, of_sub_agents_stands_in_sessions_of_their_own) {
    SessionHome home;
    home.import(recorded_files("claude-2.1.330-subagents"));
    auto sums = home.by_session();
    EXPECT_EQ(sums["2c35c432-9a19-404f-8591-810b875cfe2f"].responses, 5);
    EXPECT_EQ(sums["agent-a89de897a7cbcfdac"].responses, 2);
    EXPECT_EQ(sums.size(), 4U);
}

}  // namespace
}  // namespace kaizen::test
