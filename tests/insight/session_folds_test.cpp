#include "daemon/insight/session_folds.h"

#include <gtest/gtest.h>

#include "daemon/insight/history.h"
#include "tests/ingest/session_home.h"

namespace kaizen::insight {
namespace {

constexpr UnixMs kHour = 3'600'000;
constexpr UnixMs kNow = 1'795'600'000'000 / kHour * kHour;

class SessionFolding : public testing::Test {
  protected:
    // A session of one prompt at a time.
    void make(const std::string& id, UnixMs at, const std::string& entry_point,
              const std::string& workspace) {
        const std::int64_t key = home_.store().sessions.key_of("claude", id);
        session::SessionState state = home_.store().sessions.load(key);
        state.entry_point = entry_point;
        state.workspace = workspace;
        state.title = id;
        state.started_at = at - 1000;
        state.last_activity = at;
        state.prompts = 1;
        state.tool_calls = 2;
        state.next_seq = 1;
        state.has_content = true;
        home_.store().sessions.save(key, state);
    }
    std::string list(bool fold, std::int64_t limit = 100, const WorkspaceAliases& aliases = {}) {
        History history(home_.store());
        SessionQuestion question;
        question.fold = fold;
        question.limit = limit;
        question.aliases = aliases;
        std::string text;
        do {
            const proto::SessionPage page = history.sessions(question, kNow + kHour);
            for (const proto::Session& session : page.sessions)
                text += session.id + "*" + std::to_string(session.runs) + ":" +
                        std::to_string(session.tool_calls) + " ";
            question.after = page.next;
            text += question.after.empty() ? "" : "| ";
        } while (!question.after.empty());
        return text;
    }

    test::SessionHome home_;
};

TEST_F(SessionFolding, is_of_runs_for_one_prompt_in_one_workspace_and_hour) {
    make("a1", kNow + 1000, "sdk-cli", "/a");
    make("b1", kNow + 2000, "sdk-cli", "/b");
    make("person", kNow + 3000, "cli", "/a");
    make("a2", kNow + 4000, "sdk-cli", "/a");
    make("a3", kNow + 5000, "sdk-ts", "/a");
    make("before", kNow - 1000, "sdk-cli", "/a");
    EXPECT_EQ(list(false), "a3*1:2 a2*1:2 person*1:2 b1*1:2 a1*1:2 before*1:2 ");
    EXPECT_EQ(list(true), "a3*3:6 person*1:2 b1*1:2 before*1:2 ");
    EXPECT_EQ(list(true, 2), "a3*2:4 person*1:2 | b1*1:2 a1*1:2 | before*1:2 ")
        << "a page ends when it is full";
}

TEST_F(SessionFolding, is_of_what_counts_as_one_workspace) {
    make("old", kNow + 1000, "sdk-cli", "/old");
    make("new", kNow + 2000, "sdk-cli", "/new");
    make("other", kNow + 3000, "sdk-cli", "/other");
    EXPECT_EQ(list(true), "other*1:2 new*1:2 old*1:2 ");
    EXPECT_EQ(list(true, 100, WorkspaceAliases(WorkspaceAliases::Map{{"/old", "/new"}})),
              "other*1:2 new*2:4 ");
}

}  // namespace
}  // namespace kaizen::insight
