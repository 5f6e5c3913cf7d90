// What is forgotten is gone from every table, does not come back, and leaves the sums as they were.

#include "daemon/ingest/forgetting.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/insight/history.h"
#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

constexpr UnixMs kNow = 1'795'600'000'000;
constexpr const char* kRoses = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr const char* kLeaves = "bbbbbbbb-0000-4000-8000-000000000002";

std::string prompt(int number, const std::string& day) {
    return fmt::format(
        R"({{"type":"user","uuid":"p{0}","timestamp":"{1}T10:00:{0:02}.000Z","cwd":"/w/garden",)"
        R"("message":{{"role":"user","content":"prune number {0}"}}}})"
        "\n",
        number, day);
}

std::string answer(int number, const std::string& day) {
    return fmt::format(
        R"({{"type":"assistant","uuid":"a{0}","timestamp":"{1}T10:01:{0:02}.000Z","cwd":"/w/garden","message":)"
        R"({{"id":"m{0}","model":"claude-sonnet-4-5","content":[{{"type":"tool_use","id":"t{0}","name":"Bash",)"
        R"("input":{{"command":"ls"}}}}],"usage":{{"input_tokens":1000,"output_tokens":10}}}}}})"
        "\n",
        number, day);
}

SessionFile file(const char* id, std::string content, const std::string& below = {}) {
    return {kClaudeRoot, "-w/" + (below.empty() ? id : std::string(below)) + ".jsonl", std::move(content)};
}

class ForgettingTest : public testing::Test {
  protected:
    ForgettingTest() {
        home_.import({roses_, roses_agent_, leaves_});
        before_ = home_.by_model();
    }

    proto::Forgotten forget(ingest::Forgettable which, ingest::Forgetting::Also also = {}) {
        ingest::Forgetting forgetting(home_.store(), home_.ingest().writer(), std::move(which), also);
        while (forgetting.step()) continue;
        return forgetting.counts();
    }
    std::int64_t key(const char* id) { return *home_.store().sessions.find_key("claude", id); }
    std::vector<std::string> listed() {
        insight::History history(home_.store());
        std::vector<std::string> ids;
        for (const proto::Session& session : history.sessions({}, kNow).sessions) ids.push_back(session.id);
        return ids;
    }
    std::int64_t rows(const std::string& table) {
        return home_.store().database.handle().execAndGet("SELECT count(*) FROM " + table).getInt64();
    }
    // Reads a file again from its beginning, as after it was rewritten.
    void rewrite(const SessionFile& rewritten) {
        home_.write(rewritten);
        home_.notice(rewritten);
        home_.read_all();
    }

    SessionFile roses_ = file(kRoses, prompt(1, "2026-11-01") + answer(2, "2026-11-01"));
    SessionFile roses_agent_ =
        file(kRoses, answer(3, "2026-11-01"), std::string(kRoses) + "/subagents/agent-a0123456789abcdef");
    SessionFile leaves_ = file(kLeaves, prompt(4, "2026-11-10") + answer(5, "2026-11-10"));
    SessionHome home_;
    std::map<std::string, session::UsageSum> before_;
};

TEST_F(ForgettingTest, takes_a_session_and_its_sub_agents_and_leaves_the_others_and_the_sums) {
    const proto::Forgotten forgotten = forget({key(kRoses)});
    EXPECT_EQ(forgotten.sessions, 2);
    EXPECT_EQ(forgotten.events, 3);
    EXPECT_EQ(forgotten.tool_spans, 2);
    EXPECT_THAT(listed(), testing::ElementsAre(kLeaves));
    EXPECT_EQ(rows("events"), 2);
    EXPECT_EQ(rows("tool_spans"), 1);
    EXPECT_EQ(rows("sessions WHERE title LIKE '%prune number 1%'"), 0);
    EXPECT_EQ(home_.by_model(), before_);
    insight::History history(home_.store());
    EXPECT_EQ(history.store_status().events, 2);
    EXPECT_EQ(history.store_status().sessions, 1);
    EXPECT_EQ(history.store_status().tool_spans, 1);
    EXPECT_EQ(history.find("aaaaaaaa").key, 0);
}

TEST_F(ForgettingTest, what_the_file_said_does_not_come_back_but_what_it_says_later_is_read) {
    static_cast<void>(forget({key(kRoses)}));
    home_.restart();
    home_.import({roses_, roses_agent_, leaves_});
    EXPECT_THAT(listed(), testing::ElementsAre(kLeaves));
    rewrite(file(kRoses, prompt(6, "2026-10-30") + roses_.content));
    EXPECT_THAT(listed(), testing::ElementsAre(kLeaves));
    EXPECT_EQ(home_.by_model(), before_);
    home_.append(roses_, prompt(7, "2026-11-12"));
    home_.notice(roses_);
    home_.read_all();
    EXPECT_THAT(listed(), testing::ElementsAre(kRoses, kLeaves));
    store::EventFilter filter;
    filter.session = key(kRoses);
    const auto events = home_.store().events.list(filter);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].seq, 2);  // ordinals go on: the wire knows events by them
}

TEST_F(ForgettingTest, takes_files_of_nothing_but_a_header_too) {
    const char* const header =
        R"({"timestamp":"2026-10-01T10:00:00.000Z","type":"session_meta","payload":{"id":)"
        R"("cccccccc-0000-4000-8000-000000000003","timestamp":"2026-10-01T10:00:00.000Z","cwd":"/w/secret"}})"
        "\n";
    home_.import(
        {{kCodexRoot, "2026/10/01/rollout-2026-10-01T10-00-00-cccccccc-0000-4000-8000-000000000003.jsonl",
          header}});
    const std::string about_it = "sessions WHERE agent = 'codex' AND cwd LIKE '%secret%'";
    ASSERT_EQ(rows(about_it), 1);
    ASSERT_EQ(rows("sessions WHERE agent = 'codex' AND shown"), 0);
    ingest::Forgettable old;
    old.before = kNow;
    EXPECT_EQ(forget(old).sessions, 4);
    EXPECT_EQ(rows(about_it), 0);
    EXPECT_EQ(forget(old).sessions, 0);
}

TEST_F(ForgettingTest, a_session_in_which_no_line_says_a_time_is_as_old_as_its_file) {
    const char* const id = "dddddddd-0000-4000-8000-000000000004";
    home_.import({file(id, R"({"type":"user","uuid":"u","cwd":"/w","message":{"content":"when?"}})"
                           "\n")});
    ingest::Forgettable old;
    old.before = *home_.store().sessions.load(key(id)).last_activity;
    EXPECT_THAT(listed(), testing::Contains(id));
    static_cast<void>(forget(old));
    EXPECT_THAT(listed(), testing::Contains(id));
    ++old.before;
    EXPECT_GE(forget(old).sessions, 1);
    EXPECT_THAT(listed(), testing::Not(testing::Contains(id)));
}

TEST_F(ForgettingTest, ids_of_events_are_never_given_again) {
    const std::int64_t last = home_.store().events.last_id();
    static_cast<void>(forget({key(kRoses)}));
    static_cast<void>(forget({key(kLeaves)}));
    home_.append(leaves_, prompt(8, "2026-11-12"));
    home_.notice(leaves_);
    home_.read_all();
    store::EventFilter filter;
    filter.agent = "claude";
    const auto events = home_.store().events.list(filter);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_GT(events[0].id, last);
}

TEST_F(ForgettingTest, by_age_takes_what_is_older_and_not_pinned) {
    ingest::Forgettable old;
    old.before = *parse_iso8601("2026-11-05T00:00:00Z");
    home_.store().sessions.pin(key(kRoses), true);
    EXPECT_EQ(ingest::count_forgettable(home_.store(), old).pinned, 1);
    EXPECT_EQ(forget(old).sessions, 0);
    home_.store().sessions.pin(key(kRoses), false);
    EXPECT_EQ(ingest::count_forgettable(home_.store(), old).sessions, 2);
    EXPECT_EQ(forget(old).sessions, 2);
    EXPECT_THAT(listed(), testing::ElementsAre(kLeaves));
}

TEST_F(ForgettingTest, by_directory_takes_what_is_in_it_or_below) {
    ingest::Forgettable elsewhere;
    elsewhere.workspace = WorkspaceFilter("/w/gard", {});
    EXPECT_EQ(forget(elsewhere).sessions, 0);
    ingest::Forgettable above;
    above.workspace = WorkspaceFilter("/w", {});
    EXPECT_EQ(forget(above).sessions, 3);
    EXPECT_THAT(listed(), testing::IsEmpty());
}

TEST_F(ForgettingTest, by_directory_takes_what_counts_as_being_there) {
    const WorkspaceAliases aliases(WorkspaceAliases::Map{{"/w/garden", "/x/garden"}});
    ingest::Forgettable left;
    left.workspace = WorkspaceFilter("/w", aliases);
    EXPECT_EQ(ingest::count_forgettable(home_.store(), left).sessions, 0);
    ingest::Forgettable moved;
    moved.workspace = WorkspaceFilter("/x", aliases);
    EXPECT_EQ(ingest::count_forgettable(home_.store(), moved).sessions, 3);
    EXPECT_EQ(forget(moved).sessions, 3);
}

TEST_F(ForgettingTest, takes_what_it_cost_out_of_the_sums_when_asked_to) {
    const proto::Forgotten forgotten = forget({key(kRoses)}, {.usage = true});
    EXPECT_EQ(forgotten.responses, 2);
    EXPECT_EQ(home_.by_model().at("claude-sonnet-4-5").responses, 1);
    EXPECT_EQ(rows("responses"), 1);
    EXPECT_EQ(rows("usage"), 1);
}

}  // namespace
}  // namespace kaizen::test
