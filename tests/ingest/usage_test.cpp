// Usage from lines on disk to sums in the database, on invented files.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <fmt/core.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

constexpr const char* kOne = "11111111-2222-4333-8444-555555555555";
constexpr const char* kTwo = "22222222-2222-4333-8444-555555555555";

struct Line {
    std::string id = "m1";
    std::string uuid = "u1";
    std::string request = "r1";
    int second = 0;
    int input = 10;
    int output = 1;
    std::string more = {};
};

std::string text_of(const Line& line) {
    const std::string request = line.request.empty() ? "" : fmt::format(R"("requestId":"{}",)", line.request);
    return fmt::format(
        R"({{"type":"assistant","uuid":"{}","timestamp":"2026-11-20T10:00:{:02}.000Z","cwd":"/w",{}{})"
        R"("message":{{"id":"{}","model":"claude-sonnet-4-5","content":[{{"type":"text","text":"{}"}}],)"
        R"("usage":{{"input_tokens":{},"output_tokens":{}}}}}}})"
        "\n",
        line.uuid, line.second, request, line.more, line.id, line.uuid, line.input, line.output);
}

SessionFile file_of(const std::string& session, const std::vector<Line>& lines) {
    SessionFile file{kClaudeRoot, "-w/" + session + ".jsonl", {}};
    for (const Line& line : lines) file.content += text_of(line);
    return file;
}

session::UsageSum sum_of(const std::vector<SessionFile>& files) {
    SessionHome home;
    home.import(files);
    session::UsageSum all;
    for (const auto& [model, sum] : home.by_model()) all.add(sum);
    return all;
}

void read_one_by_one(SessionHome& home, const std::vector<SessionFile>& files) {
    for (const SessionFile& file : files) {
        home.write(file);
        home.notice(file);
        home.read_all();
    }
}

TEST(Usage, of_a_response_is_the_largest_that_any_of_its_lines_says) {
    const auto sum = sum_of({file_of(
        kOne,
        {{.uuid = "a", .output = 3}, {.uuid = "b", .output = 200}, {.uuid = "c", .input = 0, .output = 7}})});
    EXPECT_EQ(sum.responses, 1);
    EXPECT_EQ(sum.input.sum, 10);
    EXPECT_EQ(sum.output.sum, 200);
}

TEST(Usage, of_a_record_that_comes_again_with_more_grows_though_the_event_is_there_already) {
    const auto sum = sum_of({file_of(kOne, {{.uuid = "a", .output = 3}, {.uuid = "a", .output = 200}})});
    EXPECT_EQ(sum.responses, 1);
    EXPECT_EQ(sum.output.sum, 200);
}

TEST(Usage, tells_responses_apart_by_request_only_where_both_name_one) {
    EXPECT_EQ(
        sum_of({file_of(kOne, {{.uuid = "a", .request = "r1"}, {.uuid = "b", .request = "r2"}})}).responses,
        2);
    EXPECT_EQ(
        sum_of({file_of(kOne, {{.uuid = "a", .request = "r1"}, {.uuid = "b", .request = ""}})}).responses, 1);
    EXPECT_EQ(
        sum_of({file_of(kOne, {{.uuid = "a", .request = ""}, {.uuid = "b", .request = "r1"}})}).responses, 1);
}

TEST(Usage, of_lines_without_a_response_id_is_counted_by_record) {
    EXPECT_EQ(
        sum_of({file_of(kOne, {{.id = "", .uuid = "a"}, {.id = "", .uuid = "b"}, {.id = "", .uuid = "a"}})})
            .responses,
        2);
}

TEST(Usage, of_the_agent_itself_gives_the_cost) {
    const auto sum = sum_of({file_of(kOne, {{.more = R"("costUSD":0.125,)"}})});
    EXPECT_EQ(sum.cost_pico(), 125'000 * session::kPicoPerMicro);
    EXPECT_EQ(sum.cost_by_agent.said_by, 1);
    EXPECT_EQ(sum.cost_by_table.said_by, 0);
}

// As 1.0.128 forks: the copy keeps the message id, loses the request id, and has the time of the fork.
TEST(Usage, of_a_copy_under_a_new_time_stays_where_and_when_it_was) {
    const auto original = file_of(kOne, {{.id = "m1", .uuid = "a", .second = 1}});
    const auto fork = file_of(kTwo, {{.id = "m1", .uuid = "a", .request = "", .second = 40},
                                     {.id = "m2", .uuid = "b", .request = "r2", .second = 41}});
    for (const auto& order : {std::vector{original, fork}, std::vector{fork, original}}) {
        SessionHome home;
        read_one_by_one(home, order);
        EXPECT_EQ(home.by_session()[kOne].responses, 1);
        EXPECT_EQ(home.by_session()[kTwo].responses, 1);
        EXPECT_EQ(home.store().sessions.find(kTwo).at(0).state.forked_from, kOne);
    }
}

// Some gateways give one id to many responses, and name no request.
TEST(Usage, of_an_id_without_a_request_holds_within_its_session_and_its_copies) {
    const auto line = [](const char* uuid, int second) {
        return Line{.uuid = uuid, .request = "", .second = second};
    };
    const auto with_prompt = [](SessionFile file, const char* uuid) {
        file.content =
            fmt::format(
                R"({{"type":"user","uuid":"{}","timestamp":"2026-11-20T10:00:00.000Z","message":{{"role":"user","content":"go"}}}})"
                "\n",
                uuid) +
            file.content;
        return file;
    };
    const auto one = with_prompt(file_of(kOne, {line("a", 1), line("b", 2)}), "p1");
    auto two = with_prompt(file_of(kTwo, {line("c", 3)}), "p2");
    for (std::size_t at = 0; (at = two.content.find("T10:", at)) != std::string::npos;)
        two.content.replace(at, 4, "T17:");
    const auto copy =
        with_prompt(file_of("33333333-2222-4333-8444-555555555555", {line("a", 1), line("b", 2)}), "p1");
    std::vector<SessionFile> files = {one, two, copy};
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    do {
        SessionHome home;
        read_one_by_one(home, files);
        std::int64_t responses = 0;
        for (const auto& [model, sum] : home.by_model()) responses += sum.responses;
        EXPECT_EQ(responses, 2) << files.front().path;
    } while (std::next_permutation(files.begin(), files.end(),
                                   [](const auto& a, const auto& b) { return a.path < b.path; }));
}

// A fork's file begins with a copy of its original's, and does not say so.
TEST(Usage, of_a_fork_counts_its_own_prompts_and_calls_alone_whichever_file_is_read_first) {
    const auto prompt = [](const char* uuid, int second) {
        return fmt::format(
            R"({{"type":"user","uuid":"{0}","timestamp":"2026-11-20T10:00:{1:02}.000Z","message":{{"role":"user","content":"{0}"}}}})"
            "\n",
            uuid, second);
    };
    const auto call = [](const char* uuid, int second) {
        return fmt::format(
            R"({{"type":"assistant","uuid":"{0}","timestamp":"2026-11-20T10:00:{1:02}.000Z","requestId":"r{0}","message":{{"id":"m{0}","model":"claude-sonnet-4-6",)"
            R"("content":[{{"type":"tool_use","id":"t{0}","name":"Edit","input":{{"file_path":"/w/{0}"}}}}],"usage":{{"input_tokens":1,"output_tokens":1}}}}}})"
            "\n"
            R"({{"type":"user","uuid":"r{0}","timestamp":"2026-11-20T10:00:{1:02}.500Z","message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"t{0}","is_error":true,"content":"x"}}]}}}})"
            "\n",
            uuid, second);
    };
    const SessionFile original{kClaudeRoot, std::string("-w/") + kOne + ".jsonl",
                               prompt("p1", 1) + call("c1", 2) + prompt("p2", 3) + call("c2", 4)};
    const SessionFile fork{kClaudeRoot, std::string("-w/") + kTwo + ".jsonl",
                           R"({"type":"queue-operation","timestamp":"2026-11-20T10:00:50.000Z"})"
                           "\n" +
                               original.content + prompt("p3", 51) + call("c3", 52)};
    for (const auto& order : {std::vector{original, fork}, std::vector{fork, original}}) {
        SessionHome home;
        read_one_by_one(home, order);
        const auto state = home.store().sessions.find(kTwo).at(0).state;
        EXPECT_EQ(state.forked_from, kOne);
        EXPECT_EQ(state.prompts - state.copied_prompts, 1);
        EXPECT_EQ(state.tool_calls, 1);
        EXPECT_EQ(state.tool_errors, 1);
        const auto tools = home.store().spans.totals(home.store().sessions.key_of("claude", kTwo));
        ASSERT_EQ(tools.size(), 1u);
        EXPECT_EQ(tools[0].calls, 1);
        EXPECT_EQ(tools[0].errors, 1);
        EXPECT_EQ(home.store().spans.paths(home.store().sessions.key_of("claude", kTwo), 10),
                  std::vector<std::string>{"/w/c3"});
        const auto first = home.store().sessions.find(kOne).at(0).state;
        EXPECT_EQ(first.prompts - first.copied_prompts, 2);
        EXPECT_EQ(first.tool_calls, 2);
        std::string copies;
        for (const auto& row :
             home.store().events.list({home.store().sessions.key_of("claude", kTwo), {}, 0, 100}))
            copies += row.event.copied ? '=' : '+';
        EXPECT_EQ(copies, "======+++");
    }
}

// A fork, a fork of that fork, and a second fork of the original, read in any order.
TEST(Usage, of_forks_of_forks_counts_what_each_did_itself_whichever_file_is_read_first) {
    const auto turn = [](int second) {
        return fmt::format(
            R"({{"type":"user","uuid":"p{0}","timestamp":"2026-11-20T10:00:{0:02}.000Z","message":{{"role":"user","content":"go"}}}})"
            "\n"
            R"({{"type":"assistant","uuid":"c{0}","timestamp":"2026-11-20T10:00:{0:02}.500Z","requestId":"r{0}","message":{{"id":"m{0}","model":"claude-sonnet-4-6",)"
            R"("content":[{{"type":"tool_use","id":"t{0}","name":"Bash","input":{{}}}}],"usage":{{"input_tokens":1,"output_tokens":1}}}}}})"
            "\n",
            second);
    };
    const auto begin = [](int second) {
        return fmt::format(R"({{"type":"queue-operation","timestamp":"2026-11-20T10:00:{:02}.000Z"}})"
                           "\n",
                           second);
    };
    const std::string at_first = turn(11) + turn(12);
    const std::string of_fork = at_first + turn(21);
    struct Expected {
        const char* id;
        const char* original;
        std::int64_t own;  // prompts, calls and responses
        std::string content;
    };
    // Ids that are in another order than the sessions.
    const std::array<Expected, 4> sessions = {{
        {kTwo, "", 3, begin(10) + at_first + turn(13)},
        {"44444444-2222-4333-8444-555555555555", kTwo, 2, begin(20) + of_fork + turn(22)},
        {kOne, "44444444-2222-4333-8444-555555555555", 1, begin(30) + of_fork + turn(31)},
        {"33333333-2222-4333-8444-555555555555", kTwo, 1, begin(40) + turn(11) + turn(41)},
    }};
    std::array<std::size_t, 4> order = {0, 1, 2, 3};
    do {
        SessionHome home;
        std::vector<SessionFile> files;
        for (const std::size_t i : order)
            files.push_back({kClaudeRoot, fmt::format("-w/{}.jsonl", sessions[i].id), sessions[i].content});
        read_one_by_one(home, files);
        const auto responses = home.by_session();
        for (const Expected& expected : sessions) {
            SCOPED_TRACE(fmt::format("{} in order {}", expected.id, fmt::join(order, ",")));
            const auto state = home.store().sessions.find(expected.id).at(0).state;
            EXPECT_EQ(state.forked_from, expected.original);
            EXPECT_EQ(state.prompts - state.copied_prompts, expected.own);
            EXPECT_EQ(state.tool_calls, expected.own);
            EXPECT_EQ(responses.at(expected.id).responses, expected.own);
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

// Where a file has its times only behind its first prompt, or writes them with blanks.
TEST(Usage, of_a_fork_is_its_own_however_the_times_are_written) {
    const std::string original =
        R"({"type": "user", "uuid": "p1", "timestamp": "2026-11-20T10:00:01.000Z", "message": {"role": "user", "content": "go"}})"
        "\n";
    const std::string fork = R"({"type": "mode", "timestamp": "2026-11-20T10:00:50.000Z"})"
                             "\n" +
                             original;
    const SessionFile one{kClaudeRoot, std::string("-w/") + kOne + ".jsonl", original};
    const SessionFile two{kClaudeRoot, std::string("-w/") + kTwo + ".jsonl", fork};
    for (const auto& order : {std::vector{one, two}, std::vector{two, one}}) {
        SessionHome home;
        read_one_by_one(home, order);
        EXPECT_EQ(home.store().sessions.find(kOne).at(0).state.forked_from, "");
        EXPECT_EQ(home.store().sessions.find(kTwo).at(0).state.forked_from, kOne);
    }
}

TEST(Usage, of_a_slice_that_the_database_refused_is_booked_once_when_it_works_again) {
    SessionHome home;
    const auto file = file_of(kOne, {{}, {.id = "m2", .uuid = "b", .request = "r2"}});
    home.write(file);
    home.notice(file);
    home.store().database.handle().exec("PRAGMA query_only=ON");
    EXPECT_THROW(home.ingest().step(1), SQLite::Exception);
    home.store().database.handle().exec("PRAGMA query_only=OFF");
    home.read_all();
    EXPECT_EQ(home.by_session()[kOne].responses, 2);
}

TEST(Usage, of_events_from_before_the_ledger_is_booked_at_the_first_start) {
    SessionHome home;
    home.import({file_of(
        kOne, {{.uuid = "a"}, {.uuid = "b", .output = 9}, {.id = "m2", .uuid = "c", .request = "r2"}})});
    const auto before = home.by_model_and_day();
    SQLite::Database& db = home.store().database.handle();
    for (const char* table : {"responses", "usage"}) db.exec(std::string("DELETE FROM ") + table);
    db.exec("INSERT INTO unbooked SELECT max(id) FROM events");
    home.restart();
    EXPECT_FALSE(home.store().usage.unbooked());
    EXPECT_EQ(home.by_model_and_day(), before);
    home.restart();
    EXPECT_EQ(home.by_model_and_day(), before);
}

session::PriceTable prices(int dollars) {
    auto table = session::PriceTable::built_in();
    EXPECT_TRUE(table.put_over(
        fmt::format("date = 2026-11-01\nmodel = [{{match=\"claude-sonnet-4-5\", input={0}, output={0}}}]",
                    dollars),
        "mine.toml"));
    return table;
}

TEST(Reprice, prices_all_by_the_present_table_but_what_the_agent_said) {
    SessionHome home;
    std::vector<Line> lines = {{.id = "said", .uuid = "x", .request = "x", .more = R"("costUSD":0.5,)"}};
    for (int i = 0; i < 1200; ++i) {
        const std::string name = "n" + std::to_string(i);
        lines.push_back({.id = name, .uuid = name, .request = name, .output = 0});
    }
    home.import({file_of(kOne, lines)});
    EXPECT_EQ(home.by_session()[kOne].cost_by_table.sum, 1200 * 10 * 3'000'000LL);
    home.ingest().usage().use_prices(prices(7));
    EXPECT_EQ(home.by_session()[kOne].cost_by_table.sum, 1200 * 10 * 3'000'000LL) << "never silently";
    EXPECT_EQ(home.store().usage.price_tables().size(), 2U);

    ingest::Repricing progress;
    while (!progress.done) home.ingest().usage().reprice(progress);
    EXPECT_EQ(progress.responses, 1200);
    EXPECT_EQ(progress.changed, 1200);
    EXPECT_EQ(progress.unpriced, 0);
    EXPECT_EQ(progress.date, "2026-11-01");
    EXPECT_EQ(progress.before.cost_pico(), 1200 * 10 * 3'000'000LL);
    EXPECT_EQ(progress.after.cost_pico(), 1200 * 10 * 7'000'000LL);
    EXPECT_EQ(home.by_session()[kOne].cost_by_table.sum, 1200 * 10 * 7'000'000LL);
    EXPECT_EQ(home.by_session()[kOne].cost_by_agent.sum, 500'000 * session::kPicoPerMicro);
    const auto tables = home.store().usage.price_tables();
    ASSERT_EQ(tables.size(), 1U);
    EXPECT_EQ(tables[0].origin, "mine.toml");
    EXPECT_EQ(tables[0].responses, 1200);
}

TEST(Reprice, is_not_what_a_copy_of_an_old_line_does) {
    SessionHome home;
    const auto file = file_of(kOne, {{}});
    home.import({file});
    home.ingest().usage().use_prices(prices(7));
    auto copy = file;
    copy.path = std::string("-w/") + kTwo + ".jsonl";
    home.write(copy);
    home.notice(copy);
    home.read_all();
    EXPECT_EQ(home.by_session()[kOne].cost_by_table.sum, 10 * 3'000'000LL + 15'000'000LL);
}

TEST(Reprice, that_failed_in_the_middle_goes_on_where_it_was) {
    SessionHome home;
    home.import({file_of(kOne, {{}})});
    home.ingest().usage().use_prices(prices(7));
    ingest::Repricing progress;
    home.store().database.handle().exec("PRAGMA query_only=ON");
    EXPECT_THROW(home.ingest().usage().reprice(progress), SQLite::Exception);
    EXPECT_FALSE(progress.done);
    EXPECT_EQ(progress.responses, 0);
    home.store().database.handle().exec("PRAGMA query_only=OFF");
    home.ingest().usage().reprice(progress);
    EXPECT_EQ(progress.changed, 1);
    EXPECT_EQ(home.by_session()[kOne].cost_by_table.sum, 11 * 7'000'000LL);
}

}  // namespace
}  // namespace kaizen::test
