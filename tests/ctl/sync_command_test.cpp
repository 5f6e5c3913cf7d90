// `kaizenctl sync`: what the daemon is asked, and how each ending exits.

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

TEST(SyncCommand, pauses_and_resumes) {
    const TempDir dir;
    proto::SyncStatus sync = syncing().sync;
    sync.state = "paused";
    const FakeDaemon daemon(dir / "s",
                            [&](const std::string&) { return http_answer("200 OK", to_json(sync)); });
    const Ending paused = run({"sync", "pause"}, dir / "s");
    EXPECT_EQ(paused.exit, ExitCode::ok) << paused.err;
    EXPECT_THAT(paused.out, HasSubstr("paused · kaizen.example"));
    EXPECT_EQ(run({"sync", "resume", "--json"}, dir / "s").out, to_json(sync) + "\n");
    EXPECT_THAT(daemon.requests(), ElementsAre("POST /v1/sync/pause", "POST /v1/sync/resume"));
}

TEST(SyncCommand, test_exits_1_when_the_server_does_not_answer_well) {
    const TempDir dir;
    proto::SyncTest test{true, "https://kaizen.example/v1/health", 200, 34, "", ""};
    const FakeDaemon daemon(dir / "s",
                            [&](const std::string&) { return http_answer("200 OK", to_json(test)); });
    EXPECT_EQ(run({"sync", "test"}, dir / "s").exit, ExitCode::ok);
    test.ok = false;
    EXPECT_EQ(run({"sync", "test"}, dir / "s").exit, ExitCode::failed);
    EXPECT_EQ(run({"sync", "test", "--json"}, dir / "s").exit, ExitCode::failed);
    EXPECT_EQ(daemon.requests().front(), "POST /v1/sync/test");
}

TEST(SyncCommand, backfill_says_since_when) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string& request) {
        EXPECT_THAT(request, HasSubstr("POST /v1/sync/backfill HTTP"));
        EXPECT_THAT(request, HasSubstr("\r\n\r\n{\"since_ms\":" + std::to_string(kNow - 7 * kDay) + "}"));
        return http_answer("200 OK", to_json(proto::Backfill{12, 1'204, 310, 0, 0, 0, false, 0, 0, ""}));
    });
    const Ending ending = run({"sync", "backfill", "--since", "7d"}, dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(ending.out, HasSubstr("1,204 events and 310 tool spans of 12 sessions"));
}

TEST(SyncCommand, backfill_may_only_say_what_it_would_do) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string& request) {
        EXPECT_THAT(request, HasSubstr(",\"dry_run\":true}"));
        proto::Backfill backfill;
        backfill.sessions = backfill.events = 1;
        backfill.dry_run = true;
        return http_answer("200 OK", to_json(backfill));
    });
    EXPECT_THAT(run({"sync", "backfill", "--since", "7d", "--dry-run"}, dir / "s").out,
                HasSubstr("would enqueue  1 event"));
}

TEST(SyncCommand, says_why_the_daemon_cannot) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string&) {
        return http_answer(
            "409 Conflict",
            R"({"error":{"code":"conflict","message":"sync is off","hint":"set sync.endpoint"}})");
    });
    const Ending ending = run({"sync", "backfill", "--since", "7d"}, dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::conflict);
    EXPECT_EQ(ending.err, "kaizenctl: sync is off\n  set sync.endpoint\n");
}

TEST(SyncCommand, refuses_words_that_mean_nothing) {
    const auto refused = [](std::vector<const char*> words) {
        words.insert(words.begin(), "sync");
        const Ending ending = run(std::move(words));
        EXPECT_EQ(ending.exit, ExitCode::usage) << ending.err;
        return ending.err;
    };
    EXPECT_THAT(refused({}), HasSubstr("pause, resume, test or backfill"));
    EXPECT_THAT(refused({"paus"}), HasSubstr("did you mean \"pause\"?"));
    EXPECT_THAT(refused({"backfill"}), HasSubstr("kaizenctl sync backfill --since 7d"));
    EXPECT_THAT(refused({"backfill", "--since", "whenever"}), HasSubstr("--since: \"whenever\" is no time"));
    EXPECT_THAT(refused({"pause", "--since", "7d"}), HasSubstr("--since goes with sync backfill"));
    EXPECT_THAT(refused({"pause", "--dry-run"}), HasSubstr("--dry-run goes with sync backfill"));
    EXPECT_THAT(refused({"pause", "test"}), HasSubstr("unknown word \"test\""));
}

}  // namespace
}  // namespace kaizen::ctl
