// What started a sub-agent: from the note beside its file, from its parent's tool results, else by the time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/json.h"
#include "tests/ingest/outbox_rows.h"
#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

using proto::ingest::Kind;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string kMain = "11111111-2222-4333-8444-555555555555";

// A line of a session at 2026-11-20T10:00:<second>.
std::string line(const std::string& uuid, const char* second, const std::string& members) {
    return R"({"uuid":")" + uuid + R"(","timestamp":"2026-11-20T10:00:)" + second +
           R"(.000Z","cwd":"/w","sessionId":")" + kMain + "\"," + members + "}\n";
}

std::string prompt(const std::string& uuid, const char* second) {
    return line(uuid, second, R"("type":"user","message":{"content":"do it"})");
}

std::string call(const std::string& uuid, const char* second, const std::string& id) {
    return line(uuid, second,
                R"("type":"assistant","message":{"id":"m)" + uuid +
                    R"(","model":"claude-x","content":[{"type":"tool_use","id":")" + id +
                    R"(","name":"Task","input":{}}]})");
}

std::string result(const std::string& uuid, const char* second, const std::string& id,
                   const std::string& agent) {
    return line(uuid, second,
                R"("type":"user","message":{"content":[{"type":"tool_result","tool_use_id":")" + id +
                    R"(","content":"started"}]},"toolUseResult":{"agentId":")" + agent + "\"}");
}

class StartsTest : public testing::Test {
  protected:
    StartsTest() { home_.ingest().outbound().use_gate(open_gate()); }

    void read(const SessionFile& file, const std::string& text) {
        home_.append(file, text);
        home_.notice(file);
        home_.read_all();
    }

    static SessionFile agent(const std::string& id) {
        return {kClaudeRoot, "-w/" + kMain + "/subagents/agent-" + id + ".jsonl", ""};
    }
    [[nodiscard]] std::string note(const std::string& id) const {
        return home_.root(kClaudeRoot) + "/-w/" + kMain + "/subagents/agent-" + id + ".meta.json";
    }

    session::SessionState state(const std::string& id) {
        return home_.store().sessions.load(*home_.store().sessions.find_key("claude", id));
    }

    // Rows of sub-agents.
    std::vector<std::string> rows(Kind kind) {
        std::vector<std::string> all;
        for (const std::string& row : rows_of(home_.store(), kind))
            if (row.find("parent_session_id_hash") != std::string::npos) all.push_back(row);
        return all;
    }

    SessionHome home_;
    const SessionFile main_{kClaudeRoot, "-w/" + kMain + ".jsonl", ""};
    const proto::TeamHash hash_ = *proto::TeamHash::with_salt(std::string(64, '1'));
};

TEST_F(StartsTest, a_note_beside_the_file_names_the_call) {
    read(main_, prompt("1", "01") + prompt("2", "10") + call("3", "11", "toolu_a"));
    write_file(note("a"), R"({"agentType":"general-purpose","toolUseId":"toolu_a"})");
    read(agent("a"), prompt("4", "12"));
    home_.restart();
    home_.ingest().outbound().use_gate(open_gate());
    write_file(note("a"), R"({"toolUseId":"toolu_other"})");
    read(main_, prompt("5", "20") + call("6", "21", "toolu_other"));
    read(agent("a"),
         call("7", "22", "toolu_read") + line("8", "23",
                                              R"("type":"user","message":{"content":[{"type":"tool_result",)"
                                              R"("tool_use_id":"toolu_read","content":"x"}]})"));
    EXPECT_EQ(state("agent-a").start.call, "toolu_a");
    const std::string said = R"("parent_span_id_hash":")" + hash_.span("toolu_a") + R"(","parent_turn":2)";
    EXPECT_THAT(rows(Kind::events), AllOf(SizeIs(3), Each(HasSubstr(said))));
    EXPECT_THAT(rows(Kind::tool_spans), AllOf(SizeIs(1), Each(HasSubstr(said))));
}

TEST_F(StartsTest, a_note_that_is_none_or_names_a_foreign_call_leaves_the_turn_by_its_time) {
    read(main_, prompt("1", "01") + call("2", "02", "toolu_a") + prompt("3", "10") + prompt("4", "30"));
    const std::string good = R"({"toolUseId":"toolu_a"})";
    write_file(home_.root(kClaudeRoot) + "/elsewhere.json", good);
    std::filesystem::create_directories(std::filesystem::path(note("link")).parent_path());
    std::filesystem::create_symlink(home_.root(kClaudeRoot) + "/elsewhere.json", note("link"));
    std::filesystem::create_directory(note("folder"));
    write_file(note("large"), R"({"x":")" + std::string(100'000, 'x') + "\"," + good.substr(1));
    write_file(note("text"), "toolu_a");
    write_file(note("list"), "[" + good + "]");
    write_file(note("number"), R"({"toolUseId":5})");
    write_file(note("empty"), "");
    write_file(note("foreign"), R"({"toolUseId":"toolu_nobodys"})");
    for (const char* id : {"none", "link", "folder", "large", "text", "list", "number", "empty", "foreign"}) {
        read(agent(id), prompt(id, "12"));
        EXPECT_EQ(state(std::string("agent-") + id).start.call, "") << id;
        EXPECT_EQ(state(std::string("agent-") + id).start.turn, 2) << id;
    }
    EXPECT_THAT(rows(Kind::events),
                AllOf(Each(HasSubstr(R"("parent_turn":2)")), Each(Not(HasSubstr("parent_span_id_hash")))));
}

TEST_F(StartsTest, a_result_names_the_session_unless_it_comes_after_it) {
    const SessionFile early{kClaudeRoot, "-w/agent-early.jsonl", ""};
    const SessionFile late{kClaudeRoot, "-w/agent-late.jsonl", ""};
    read(main_, prompt("1", "01") + call("2", "02", "toolu_e") + result("3", "03", "toolu_e", "early"));
    read(early, prompt("4", "03"));
    EXPECT_EQ(state("agent-early").start.call, "toolu_e");
    EXPECT_EQ(state("agent-early").start.turn, 1);
    read(main_, call("5", "05", "toolu_l"));
    read(late, prompt("6", "06"));
    read(main_, result("7", "09", "toolu_l", "late"));
    read(late, call("8", "10", "toolu_x"));
    EXPECT_EQ(state("agent-late").start.call, "");
    EXPECT_EQ(state("agent-late").start.turn, 1);
}

TEST_F(StartsTest, without_its_parent_nothing_is_known) {
    read(agent("a"), prompt("1", "12"));
    EXPECT_EQ(state("agent-a").start.turn, 0);
    EXPECT_THAT(rows(Kind::events), AllOf(SizeIs(1), Each(Not(HasSubstr("parent_turn")))));
    EXPECT_EQ(home_.store().sessions.find_key("claude", kMain), std::nullopt);
}

TEST_F(StartsTest, of_a_sub_agents_sub_agent_the_root_is_known) {
    const auto codex = [](const std::string& id, const std::string& parent) {
        return R"({"timestamp":"2026-11-20T10:00:01.000Z","type":"session_meta","payload":{"id":")" + id +
               R"(","parent_thread_id":")" + parent + "\"}}\n";
    };
    const auto item = [](const std::string& payload) {
        return R"({"timestamp":"2026-11-20T10:00:01.000Z","type":"response_item","payload":)" + payload +
               "}\n";
    };
    const auto spawns = [&](const std::string& call_id, const std::string& child) {
        return item(R"({"type":"message","role":"user","content":[{"type":"input_text","text":"go"}]})") +
               item(R"({"type":"function_call","name":"spawn_agent","arguments":"{}","call_id":")" + call_id +
                    "\"}") +
               item(R"({"type":"function_call_output","call_id":")" + call_id +
                    R"(","output":"{\"agent_id\":\")" + child + R"(\",\"nickname\":\"Ada\"}"})");
    };
    std::vector<std::string> ids;
    for (const char digit : {'a', 'b', 'c', 'd'})
        ids.push_back("01a20794-9469-7d50-802f-00000000000" + std::string(1, digit));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const SessionFile file{kCodexRoot, "2026/11/20/rollout-2026-11-20T10-00-01-" + ids[i] + ".jsonl", ""};
        std::string text = codex(ids[i], i == 0 ? "" : ids[i - 1]);
        if (i + 1 < ids.size()) text += spawns("call_" + std::to_string(i), ids[i + 1]);
        read(file, text);
    }
    const auto start = [&](std::size_t i) {
        store::SessionTable& sessions = home_.store().sessions;
        return sessions.load(*sessions.find_key("codex", ids[i])).start;
    };
    EXPECT_EQ(start(1).call, "call_0");
    EXPECT_EQ(start(1).root, "");
    for (const std::size_t i : {2U, 3U}) {
        EXPECT_EQ(start(i).call, "call_" + std::to_string(i - 1));
        EXPECT_EQ(start(i).root, ids[0]);
        EXPECT_EQ(start(i).root_turn, 1);
    }
}

// As the agents' own notes and outputs say. (../shared/corpus; nothing where it is not there.)
TEST(RecordedStarts, of_all_sub_agents_are_known_when_history_is_imported) {
    int agents = 0;
    for (const std::string& scenario : recorded_scenarios()) {
        if (scenario.find("-subagents") == std::string::npos || scenario.starts_with("claude-1")) continue;
        SessionHome home;
        home.import(recorded_files(scenario));
        for (const store::SessionRow& row : home.all_sessions()) {
            if (row.state.parent.empty() || row.state.tool_calls == 0) continue;  // a warm-up is no sub-agent
            EXPECT_NE(row.state.start.call, "") << scenario << " " << row.state.id;
            EXPECT_EQ(row.state.start.turn, 1) << scenario << " " << row.state.id;
            ++agents;
        }
    }
    EXPECT_EQ(agents, corpus_dir().empty() ? 0 : 9);
}

}  // namespace
}  // namespace kaizen::test
