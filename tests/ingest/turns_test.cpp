// Turns that end, as rows in the outbox say: written as files grow, over restarts, and when a session is gone
// through again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "common/json.h"
#include "daemon/ingest/turn_closing.h"
#include "tests/ingest/outbox_rows.h"
#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

using proto::ingest::Kind;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kSession = "11111111-2222-4333-8444-555555555555";

// "turn started..ended", in the order of the rows; sessions one after the other.
std::vector<std::string> ended_turns(store::Store& store) {
    std::map<std::pair<std::string, std::int64_t>, std::string> by_row;
    for (const std::string& row : rows_of(store, Kind::events)) {
        JsonDocument document;
        EXPECT_TRUE(document.parse(row));
        const JsonValue* ended = find_object(*find_object(document.root(), "payload"), "ended_turn");
        if (ended == nullptr) continue;
        const auto time = [&](const char* key) {
            const auto at = find_int(*ended, key);
            return at ? std::to_string(*at % 100'000) : "?";
        };
        const std::string session(*find_string(document.root(), "session_id_hash"));
        by_row[{session, *find_int(document.root(), "event_seq")}] =
            std::to_string(*find_int(*ended, "turn")) + " " + time("started_at_ms") + ".." +
            time("ended_at_ms");
    }
    std::vector<std::string> all;
    for (const auto& [row, text] : by_row) all.push_back(text);
    return all;
}

class TurnsTest : public testing::Test {
  protected:
    TurnsTest() { home_.ingest().outbound().use_gate(open_gate()); }

    // A line of the session at 2026-11-20T10:00:<second>; on the wire its last digits are <second>000.
    void add(const char* second, const std::string& members) {
        const std::string line = R"({"uuid":")" + std::to_string(++lines_) +
                                 R"(","timestamp":"2026-11-20T10:00:)" + second + R"(.000Z","cwd":"/w",)" +
                                 members + "}\n";
        written_ += line;
        home_.append(file_, line);
    }
    void prompt(const char* second) { add(second, R"("type":"user","message":{"content":"do it"})"); }
    void answer(const char* second, const char* stop_reason) {
        add(second, R"("type":"assistant","message":{"id":"m)" + std::to_string(lines_) +
                        R"(","model":"claude-x","content":[{"type":"text","text":"so"}],"stop_reason":)" +
                        stop_reason + R"(,"usage":{"output_tokens":1}})");
    }
    void read() {
        home_.notice(file_);
        home_.read_all();
    }
    // A session that began later, and whose file holds these lines behind its own first one.
    void read_fork(const std::string& lines) {
        const SessionFile fork{kClaudeRoot, "-w/22222222-2222-4333-8444-555555555555.jsonl", ""};
        home_.append(fork, R"({"type":"queue-operation","timestamp":"2026-11-20T10:00:50.000Z"})"
                           "\n" +
                               lines);
        home_.notice(fork);
        home_.read_all();
    }
    void restart() {
        home_.restart();
        home_.ingest().outbound().use_gate(open_gate());
    }

    SessionHome home_;
    const SessionFile file_{kClaudeRoot, std::string("-w/") + kSession + ".jsonl", ""};
    int lines_ = 0;
    std::string written_;
};

TEST_F(TurnsTest, end_with_a_prompt_an_end_or_an_interruption) {
    prompt("01");
    answer("02", "null");
    prompt("10");
    answer("11", R"("end_turn")");
    add("12", R"("type":"system","subtype":"turn_duration","durationMs":2000)");
    prompt("20");
    add("21", R"("type":"user","message":{"content":"[Request interrupted by user]"})");
    prompt("30");
    add("31", R"("type":"system","subtype":"turn_duration","durationMs":1000)");
    prompt("40");
    read();
    EXPECT_THAT(ended_turns(home_.store()),
                ElementsAre("1 1000..2000", "2 10000..11000", "3 20000..21000", "4 30000..31000"));
}

TEST_F(TurnsTest, that_are_open_at_a_restart_end_as_if_there_had_been_none) {
    prompt("01");
    answer("02", "null");
    read();
    restart();
    answer("03", R"("tool_use")");
    read();
    restart();
    prompt("10");
    read();
    restart();
    prompt("20");
    read();
    EXPECT_THAT(ended_turns(home_.store()), ElementsAre("1 1000..3000", "2 10000..10000"));
}

TEST_F(TurnsTest, of_sub_agents_inside_the_file_are_none) {
    prompt("01");
    add("02", R"("type":"user","isSidechain":true,"message":{"content":"look"})");
    add("03", R"("type":"assistant","isSidechain":true,"message":{"id":"s","model":"claude-x",)"
              R"("content":[{"type":"text","text":"so"}],"stop_reason":"end_turn"})");
    read();
    EXPECT_THAT(ended_turns(home_.store()), IsEmpty());
    prompt("10");
    read();
    EXPECT_THAT(ended_turns(home_.store()), ElementsAre("1 1000..3000"));
}

constexpr UnixMs kMinute = 60'000;

// Looks as long after the last line as that.
std::int64_t close_turns(SessionHome& home, UnixMs after, UnixMs since = 0) {
    ingest::TurnClosing closing(home.store(), home.ingest().writer(), since,
                                *home.store().sessions.find(kSession).at(0).state.last_activity + after);
    while (closing.step()) {
    }
    return closing.rows();
}

TEST_F(TurnsTest, that_nothing_ends_are_told_of_once_when_the_session_is_over) {
    prompt("01");
    answer("02", "null");
    add("03",
        R"("type":"assistant","message":{"id":"m9","model":"claude-x","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{}}]})");
    read();
    EXPECT_EQ(close_turns(home_, 23 * 60 * kMinute), 0);
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute), 2);  // with the call that was never answered
    EXPECT_THAT(ended_turns(home_.store()), ElementsAre("1 1000..3000"));
    restart();
    EXPECT_EQ(close_turns(home_, 26 * 60 * kMinute), 0);
    prompt("10");
    read();
    EXPECT_THAT(ended_turns(home_.store()), ElementsAre("1 1000..3000"));
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute), 1);
    EXPECT_THAT(ended_turns(home_.store()), ElementsAre("1 1000..3000", "2 10000..10000"));
}

TEST_F(TurnsTest, of_a_file_that_comes_late_are_told_of) {
    prompt("01");
    read();
    const UnixMs looked = *home_.store().sessions.find(kSession).at(0).state.last_activity + kMinute;
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute, looked), 1);
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute, looked), 0);
}

TEST_F(TurnsTest, of_a_session_in_which_no_line_says_a_time_end_long_after_its_file_was_changed) {
    home_.append(file_, R"({"uuid":"a","cwd":"/w","type":"user","message":{"content":"do it"}})"
                        "\n");
    read();
    EXPECT_EQ(close_turns(home_, 23 * 60 * kMinute), 0);
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute), 1);
    EXPECT_THAT(ended_turns(home_.store()), ElementsAre("1 ?..?"));
    prompt("10");
    read();
    const session::SessionState state = home_.store().sessions.find(kSession).at(0).state;
    EXPECT_EQ(state.last_activity, state.started_at) << "a line says when";
}

TEST_F(TurnsTest, of_what_did_not_leave_are_not_told_of) {
    home_.ingest().outbound().use_gate(nullptr);
    prompt("01");
    read();
    home_.ingest().outbound().use_gate(open_gate());
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute), 0);
    EXPECT_THAT(ended_turns(home_.store()), IsEmpty());
}

TEST_F(TurnsTest, of_a_fork_say_nothing_of_calls_that_it_copied) {
    prompt("01");
    add("02",
        R"("type":"assistant","message":{"id":"m9","model":"claude-x","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{}}]})");
    read();
    read_fork(written_ + R"({"uuid":"own","timestamp":"2026-11-20T10:00:51.000Z","cwd":"/w","type":"user",)"
                         R"("message":{"content":"try again"}})"
                         "\n"
                         R"({"uuid":"late","timestamp":"2026-11-20T10:00:51.500Z","cwd":"/w","type":"user",)"
                         R"("message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":"x"}]}})"
                         "\n");
    EXPECT_THAT(rows_of(home_.store(), Kind::tool_spans), IsEmpty());  // the original goes on with it
    prompt("52");
    read();
    EXPECT_EQ(rows_of(home_.store(), Kind::tool_spans).size(), 1U);
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute), 2);  // a turn of each
    EXPECT_EQ(rows_of(home_.store(), Kind::tool_spans).size(), 1U);
}

TEST_F(TurnsTest, of_a_fork_that_answers_a_copied_prompt_otherwise_is_told_of) {
    prompt("01");
    read();
    const std::string copied = written_;
    answer("02", R"("end_turn")");
    read();
    read_fork(copied +
              R"({"uuid":"own","timestamp":"2026-11-20T10:00:52.000Z","cwd":"/w","type":"assistant",)"
              R"("message":{"id":"m8","model":"claude-x","content":[{"type":"text","text":"no"}]}})"
              "\n");
    EXPECT_EQ(close_turns(home_, 25 * 60 * kMinute), 1);
    EXPECT_THAT(ended_turns(home_.store()), UnorderedElementsAre("1 1000..2000", "1 52000..52000"));
}

TEST_F(TurnsTest, a_result_that_comes_after_its_call_was_given_up_says_so) {
    prompt("01");
    add("02",
        R"("type":"assistant","message":{"id":"m9","model":"claude-x","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{}}]})");
    prompt("10");
    add("11",
        R"("type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":"x"}]})");
    read();
    EXPECT_THAT(rows_of(home_.store(), Kind::tool_spans),
                UnorderedElementsAre(AllOf(HasSubstr(R"("status":"orphaned")"), Not(HasSubstr("late"))),
                                     AllOf(HasSubstr(R"("status":"done")"), HasSubstr(R"("late":true)"))));
}

TEST_F(TurnsTest, of_what_is_done_before_the_first_prompt_end_with_it) {
    answer("01", R"("tool_use")");
    answer("02", R"("tool_use")");
    prompt("10");
    read();
    EXPECT_THAT(ended_turns(home_.store()), ElementsAre("0 1000..2000"));
}

// Each response that ended: its id's turn and output tokens.
std::vector<std::string> ended_responses(store::Store& store) {
    std::vector<std::string> all;
    for (const std::string& row : rows_of(store, Kind::events)) {
        JsonDocument document;
        EXPECT_TRUE(document.parse(row));
        const JsonValue* ended = find_array(*find_object(document.root(), "payload"), "ended_responses");
        if (ended == nullptr) continue;
        for (const JsonValue& each : ended->GetArray())
            all.push_back(std::to_string(*find_int(each, "turn")) + " " +
                          std::to_string(find_int(each, "tokens_out").value_or(-1)) + " " +
                          std::to_string(find_int(each, "asked_at_ms").value_or(-1) % 100'000) + ".." +
                          std::to_string(*find_int(each, "ended_at_ms") % 100'000));
    }
    return all;
}

TEST_F(TurnsTest, responses_are_told_whole_also_when_their_lines_come_in_several_commits) {
    const auto line = [&](const char* second, const char* id, int output) {
        add(second,
            R"("type":"assistant","message":{"id":")" + std::string(id) +
                R"(","model":"claude-x","content":[{"type":"text","text":"so"}],"stop_reason":null,"usage":{"output_tokens":)" +
                std::to_string(output) + "}}");
    };
    prompt("01");
    line("03", "a", 5);
    read();
    EXPECT_THAT(ended_responses(home_.store()), IsEmpty());
    restart();
    line("04", "a", 9);
    read();
    line("06", "b", 2);
    read();
    EXPECT_THAT(ended_responses(home_.store()), ElementsAre("1 9 1000..4000"));
    restart();
    close_turns(home_, 25 * 60 * kMinute);
    EXPECT_THAT(ended_responses(home_.store()), UnorderedElementsAre("1 9 1000..4000", "1 2 1000..6000"));
}

// Of all that the corpus and the fixtures have.
class TurnsOfFiles : public testing::Test {
  protected:
    static std::vector<std::vector<SessionFile>> homes() {
        std::vector<std::vector<SessionFile>> all = {fixture_files(), public_files()};
        for (const std::string& scenario : recorded_scenarios()) all.push_back(recorded_files(scenario));
        // Of the public ones some begin in one instant: versions of one file, of which nobody can tell the
        // original. What is read before that is sent as work of its own.
        std::set<std::string> begins;
        std::erase_if(all[1], [&](const auto& file) { return !begins.insert(begin_of(file)).second; });
        return all;
    }
    static std::string begin_of(const SessionFile& file) {
        const std::size_t at = file.content.find(R"("timestamp")");
        constexpr std::string_view kLike = R"("timestamp":"2025-12-16T02:00:00.000Z")";
        return at == std::string::npos ? file.path : file.content.substr(at, kLike.size());
    }
};

TEST_F(TurnsOfFiles, end_exactly_once_when_another_follows) {
    int ended_turns = 0;
    for (const auto& files : homes()) {
        SessionHome home;
        home.ingest().outbound().use_gate(open_gate());
        home.import(files);
        std::map<std::string, std::map<std::int64_t, int>> ends;  // by session and turn
        std::map<std::string, std::set<std::int64_t>> turns;      // that are not copies
        std::map<std::string, std::set<std::int64_t>>
            worked_in;  // of forks also those whose prompt is a copy
        for (const std::string& row : rows_of(home.store(), Kind::events)) {
            JsonDocument document;
            ASSERT_TRUE(document.parse(row));
            const std::string session(*find_string(document.root(), "session_id_hash"));
            const JsonValue& payload = *find_object(document.root(), "payload");
            if (const JsonValue* ended = find_object(payload, "ended_turn")) {
                ++ends[session][*find_int(*ended, "turn")];
                EXPECT_LE(find_int(*ended, "started_at_ms").value_or(0),
                          find_int(*ended, "ended_at_ms").value_or(0))
                    << row;
            }
            const bool is_own = !find_bool(payload, "replayed") && !find_bool(payload, "copied");
            const bool prompt = find_string(payload, "role") == "user" && !find_bool(payload, "sidechain");
            if (is_own && prompt) turns[session].insert(*find_int(document.root(), "turn"));
            if (is_own) worked_in[session].insert(find_int(document.root(), "turn").value_or(0));
        }
        for (const auto& [session, numbers] : turns) {
            for (const std::int64_t turn : numbers) {
                if (turn == *numbers.rbegin()) continue;
                EXPECT_EQ(ends[session][turn], 1) << session << " " << turn;
            }
        }
        for (const auto& [session, of_session] : ends) {
            for (const auto& [turn, times] : of_session) {
                EXPECT_EQ(times, 1) << session << " " << turn;
                EXPECT_TRUE(worked_in[session].contains(turn)) << session << " " << turn;
                ++ended_turns;
            }
        }
    }
    EXPECT_GT(ended_turns, 5);
}

void import_and_close(SessionHome& home, const std::vector<SessionFile>& files) {
    home.import(files);
    ingest::TurnClosing closing(home.store(), home.ingest().writer(), 0, now());
    while (closing.step()) {
    }
}

// What became known of a session after a row was written (its parent by majority, a tool's name) that row
// does not have; in files that no agent wrote that way, this happens.
TEST_F(TurnsOfFiles, end_alike_when_sessions_are_gone_through_again) {
    for (const auto& files : homes()) {
        SessionHome live;
        live.ingest().outbound().use_gate(open_gate());
        import_and_close(live, files);
        SessionHome later;
        later.import(files);
        send_all(later);
        EXPECT_EQ(ended_turns(live.store()), ended_turns(later.store())) << files.front().path;
    }
}

TEST_F(TurnsOfFiles, of_real_agents_give_the_very_same_rows_when_gone_through_again) {
    for (const std::string& scenario : recorded_scenarios()) {
        SessionHome live;
        live.ingest().outbound().use_gate(open_gate());
        import_and_close(live, recorded_files(scenario));
        SessionHome later;
        later.import(recorded_files(scenario));
        send_all(later);
        for (const Kind kind : {Kind::events, Kind::tool_spans})
            EXPECT_EQ(rows_of(live.store(), kind), rows_of(later.store(), kind)) << scenario;
    }
}

}  // namespace
}  // namespace kaizen::test
