// `kaizenctl outbox`: what the daemon is asked, and how each ending exits.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ctl/command_run.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A daemon with rows of every state, and what it was asked.
class OutboxCommand : public testing::Test {
  protected:
    Ending outbox(std::vector<const char*> words) {
        words.insert(words.begin(), "outbox");
        return run(std::move(words), dir_ / "s");
    }

    static std::string answer(const std::string& request) {
        const std::string line = request.substr(0, request.find(" HTTP/"));
        if (line == "GET /v1/status") return http_answer("200 OK", to_json(syncing()));
        if (line.starts_with("GET /v1/outbox?state=dead"))
            return http_answer("200 OK", to_json(proto::OutboxPage{{dead_row(12, "{}")}, 0}));
        if (line.starts_with("GET /v1/outbox?"))
            return http_answer("200 OK", to_json(proto::OutboxPage{{outbox_row(41, "events", "{}")}, 0}));
        if (line == "GET /v1/outbox/12") return http_answer("200 OK", to_json(dead_row(12, R"({"a":1})")));
        if (line == "POST /v1/outbox/retry") return http_answer("200 OK", R"({"retried":3,"dropped":0})");
        if (line == "POST /v1/outbox/12/retry") return http_answer("200 OK", R"({"retried":1,"dropped":0})");
        if (line == "DELETE /v1/outbox/12") return http_answer("200 OK", R"({"retried":0,"dropped":1})");
        if (line == "DELETE /v1/outbox/41")
            return http_answer("409 Conflict",
                               R"({"error":{"code":"conflict","message":"row 41 is being sent"}})");
        return http_answer("404 Not Found", R"({"error":{"code":"not_found","message":"no row 7"}})");
    }

    TempDir dir_;
    FakeDaemon daemon_{dir_ / "s", answer};
};

TEST_F(OutboxCommand, lists_what_waits) {
    const Ending ending = outbox({});
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(ending.out, HasSubstr("1,107 enqueued = 1,100 delivered + 4 waiting"));
    EXPECT_THAT(ending.out, HasSubstr("41  event"));
    EXPECT_THAT(daemon_.requests(), ElementsAre("GET /v1/outbox?state=pending&limit=20", "GET /v1/status"));
}

TEST_F(OutboxCommand, lists_the_dead) {
    const Ending ending = outbox({"dead", "--limit", "5"});
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(ending.out, HasSubstr("422  schema_violation"));
    EXPECT_THAT(daemon_.requests(), ElementsAre("GET /v1/outbox?state=dead&limit=5", "GET /v1/status"));
}

TEST_F(OutboxCommand, shows_retries_and_drops_a_row) {
    EXPECT_THAT(outbox({"show", "12"}).out, HasSubstr("\"a\": 1"));
    EXPECT_THAT(outbox({"retry", "12"}).out, HasSubstr("1 row waits again"));
    EXPECT_THAT(outbox({"retry", "--all"}).out, HasSubstr("3 rows wait again"));
    EXPECT_THAT(outbox({"drop", "12"}).out, HasSubstr("1 row dropped"));
    EXPECT_THAT(daemon_.requests(), ElementsAre("GET /v1/outbox/12", "POST /v1/outbox/12/retry",
                                                "POST /v1/outbox/retry", "DELETE /v1/outbox/12"));
}

TEST_F(OutboxCommand, prints_the_daemons_json) {
    EXPECT_EQ(outbox({"--json"}).out, to_json(proto::OutboxPage{{outbox_row(41, "events", "{}")}, 0}) + "\n");
    EXPECT_EQ(outbox({"show", "12", "--json"}).out, to_json(dead_row(12, R"({"a":1})")) + "\n");
    EXPECT_EQ(outbox({"drop", "12", "--json"}).out, "{\"retried\":0,\"dropped\":1}\n");
}

TEST_F(OutboxCommand, exits_4_when_there_is_no_such_row_and_5_on_a_conflict) {
    EXPECT_EQ(outbox({"show", "7"}).exit, ExitCode::not_found);
    const Ending word = outbox({"drop", "../status"});
    EXPECT_EQ(word.exit, ExitCode::not_found);
    EXPECT_THAT(word.err, HasSubstr("no row \"../status\" in the outbox"));
    EXPECT_EQ(outbox({"show", "9999999999999999999"}).exit, ExitCode::not_found);
    const Ending conflict = outbox({"drop", "41"});
    EXPECT_EQ(conflict.exit, ExitCode::conflict);
    EXPECT_THAT(conflict.err, HasSubstr("row 41 is being sent"));
}

TEST_F(OutboxCommand, refuses_words_that_mean_nothing) {
    const auto refused = [this](std::vector<const char*> words) {
        const Ending ending = outbox(std::move(words));
        EXPECT_EQ(ending.exit, ExitCode::usage) << ending.out;
        return ending.err;
    };
    EXPECT_THAT(refused({"retry"}), HasSubstr("needs the row's ID, or --all"));
    EXPECT_THAT(refused({"retry", "12", "--all"}), HasSubstr("not both"));
    EXPECT_THAT(refused({"show"}), HasSubstr("outbox show needs the row's ID"));
    EXPECT_THAT(refused({"drop"}), HasSubstr("outbox drop needs the row's ID"));
    EXPECT_THAT(refused({"drop", "--all"}), HasSubstr("--all goes with outbox retry"));
    EXPECT_THAT(refused({"sohw", "12"}), HasSubstr("unknown word \"sohw\""));
    EXPECT_THAT(refused({"retri", "12"}), HasSubstr("did you mean \"retry\"?"));
    EXPECT_THAT(refused({"dead", "12"}), HasSubstr("unknown word \"12\""));
    refused({"--limit", "0"});
    EXPECT_THAT(daemon_.requests(), IsEmpty());
}

}  // namespace
}  // namespace kaizen::ctl
