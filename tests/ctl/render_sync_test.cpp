// What is said of sync: in status, after flush, pause, resume, test and backfill.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text.h"
#include "ctl/plain_text.h"
#include "ctl/sync_facts.h"
#include "tests/ctl/samples.h"

namespace kaizen::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string sync_part(const proto::Status& status, int width = 80) {
    const Look look = look_of(width);
    return sync_facts(look, status.sync) + outbox_facts(look, status) +
           exporter_facts(look, status.exporters);
}

TEST(SyncFacts, is_one_line_when_sync_is_off) {
    EXPECT_EQ(sync_part({}), "  Sync        off · nothing leaves this machine\n");
}

TEST(SyncFacts, says_that_rows_stay_when_sync_is_off) {
    proto::Status status = syncing();
    status.sync = {};
    EXPECT_EQ(sync_part(status),
              "  Sync        off · nothing leaves this machine\n"
              "  Waiting     3 events · 1 tool span · the oldest of 3 min ago\n"
              "              → sync is off, so they stay: kaizenctl outbox\n"
              "  Dead        2 rows were given up\n"
              "              → kaizenctl outbox dead\n");
}

TEST(SyncFacts, accounts_for_rows_when_sync_is_on) {
    proto::Status status = syncing();
    status.sync.rows_deduped = 5;
    status.outbox.refused = 2;
    status.outbox.excluded = 412;
    EXPECT_EQ(sync_part(status),
              "  Sync        idle · kaizen.example · last sent 3 s ago\n"
              "  Sent        1,100 rows in 12 batches · 5 already there\n"
              "  Waiting     3 events · 1 tool span · the oldest of 3 min ago\n"
              "  Dead        2 rows were given up\n"
              "              → kaizenctl outbox dead\n"
              "  Withheld    2 refused by the redactor · 412 excluded\n");
}

TEST(SyncFacts, says_nothing_of_what_is_not) {
    proto::Status status = syncing();
    status.sync.last_success_at_ms = kNone;
    status.sync.batches_sent = 0;
    status.outbox = {};
    EXPECT_EQ(sync_part(status), "  Sync        idle · kaizen.example · nothing sent yet\n");
}

TEST(SyncFacts, says_why_it_backs_off_and_until_when) {
    proto::SyncStatus sync = syncing().sync;
    sync.state = "backing_off";
    sync.reason = "503 Service Unavailable";
    sync.last_error = proto::LastError{kNow - 2'000, "503 Service Unavailable"};
    sync.next_attempt_at_ms = kNow + 23'000;
    EXPECT_EQ(render_sync(look_of(80), sync),
              "  Sync        backing off · kaizen.example · last sent 3 s ago\n"
              "              ▲ 2 s ago: 503 Service Unavailable\n"
              "              → tries again in 23 s; at once: kaizenctl flush --now\n"
              "  Sent        1,100 rows in 12 batches\n");
    sync.last_error->at_ms = kNow - 4'000;  // before the last success: over
    sync.reason = "the server is slow";
    const std::string text = render_sync(look_of(80), sync);
    EXPECT_THAT(text, HasSubstr("\n              the server is slow\n"));
    EXPECT_THAT(text, Not(HasSubstr("▲")));
}

TEST(SyncFacts, says_how_to_go_on_after_a_pause) {
    proto::SyncStatus sync = syncing().sync;
    sync.state = "paused";
    sync.reason = "unauthorized: check sync.team_token";
    EXPECT_EQ(render_sync(look_of(80), sync),
              "  Sync        paused · kaizen.example · last sent 3 s ago\n"
              "              unauthorized: check sync.team_token\n"
              "              → kaizenctl sync resume\n"
              "  Sent        1,100 rows in 12 batches\n");
    sync.next_attempt_at_ms = kNow + 230'000;
    EXPECT_THAT(render_sync(look_of(80), sync),
                HasSubstr("→ tries again in 3 min 50 s; at once: kaizenctl sync resume\n"));
}

TEST(SyncFacts, names_the_server_without_path_and_password) {
    EXPECT_EQ(server_of("https://user:pass@kaizen.example:8443/ingest"), "kaizen.example:8443");
    EXPECT_EQ(server_of("http://127.0.0.1:9"), "http://127.0.0.1:9");
    EXPECT_EQ(server_of(""), "");
    EXPECT_EQ(server_of("https://\x1b[31mx"), "x");
}

proto::ExporterStatus exporter(std::string name, std::string type, std::string state, std::int64_t rows) {
    proto::ExporterStatus status;
    status.name = std::move(name);
    status.type = std::move(type);
    status.state = std::move(state);
    status.rows_sent = rows;
    return status;
}

TEST(SyncFacts, gives_each_exporter_a_line) {
    proto::Status status = syncing();
    status.outbox = {};
    proto::ExporterStatus good = exporter("collector", "otlp", "idle", 11'204);
    good.rejected = 2;
    good.last_error = proto::LastError{kNow - 70'000, "taken, but 2 of it rejected"};
    good.last_success_at_ms = kNow - 70'000;
    proto::ExporterStatus bad = exporter("posthog", "posthog", "backing_off", 9'800);
    bad.backlog = 4;
    bad.dropped = 12;
    bad.dead = 1;
    bad.last_error = proto::LastError{kNow - 60'000, "connection refused"};
    status.exporters = {good, bad};
    EXPECT_THAT(
        sync_part(status, 120),
        HasSubstr("  Exporters   collector · otlp · idle · 11,204 sent · 2 rejected by it\n"
                  "              posthog · backing off · 9,800 sent · 4 batches wait · 12 dropped · 1 dead\n"
                  "              ▲ 1 min ago: connection refused\n"));
}

TEST(SyncFacts, says_when_there_are_exporters_only) {
    proto::Status status = syncing();
    status.sync = {};
    status.sync.enabled = true;
    status.sync.state = "disabled";
    EXPECT_THAT(sync_facts(look_of(80), status.sync), "  Sync        to exporters only\n");
    status.sync.state = "paused";
    status.sync.reason = "paused by you: kaizenctl sync resume";
    EXPECT_THAT(sync_facts(look_of(80), status.sync),
                HasSubstr("  Sync        paused · to exporters only\n"));
    EXPECT_THAT(sync_facts(look_of(80), status.sync), HasSubstr("paused by you"));
}

TEST(SyncFacts, adds_the_balance_up) {
    EXPECT_EQ(balance_fact(look_of(80), syncing().balance),
              "  Rows        1,107 enqueued = 1,100 delivered + 4 waiting + 2 dead\n"
              "              + 1 dropped by you\n");
    EXPECT_EQ(balance_fact(look_of(80), {5, 5, 0, 0, 0}),
              "  Rows        5 enqueued = 5 delivered + 0 waiting\n");
    EXPECT_EQ(balance_fact(look_of(80), {}), "");
}

TEST(SyncFacts, keeps_to_the_width_and_hides_escapes) {
    proto::Status status = syncing();
    status.sync.state = "\x1b[31mpaused";
    status.sync.reason = "\x1b[2J" + std::string(300, 'r') + " and \u202e more";
    status.sync.last_error = proto::LastError{kNow, std::string("\x1b]0;x\x07") + std::string(200, 'e')};
    status.exporters = {exporter("\x1b[1mname", "file", "\x1b[2mstate", 1)};
    status.exporters[0].reason = "\x1b[31m" + std::string(200, 'x');
    for (const int width : {40, 60, 80, 200}) {
        const std::string text = sync_part(status, width);
        EXPECT_EQ(text.find('\x1b'), std::string::npos);
        for (const auto line : split(text, '\n')) EXPECT_LE(columns_of(line), width) << line;
    }
}

TEST(RenderFlush, says_what_was_sent_and_what_waits) {
    EXPECT_EQ(render_flush(look_of(80), {"drained", 3, 1'200, 5, 0, 0, "", {}}),
              "✔ all sent  1,200 rows in 3 batches · 5 already there\n");
    EXPECT_EQ(render_flush(look_of(80), {"drained", 0, 0, 0, 0, 0, "", {}}), "✔ nothing waits\n");
    EXPECT_EQ(render_flush(look_of(80), {"partial", 1, 10, 0, 1, 40, "server not reachable", {}}),
              "▲ not all sent  10 rows in 1 batch · 40 rows wait · 1 dead\n"
              "  server not reachable\n"
              "  → kaizenctl outbox dead\n");
    EXPECT_EQ(render_flush(look_of(80), {"partial", 0, 0, 0, 0, 1, "refused", {}}),
              "▲ not sent  1 row waits\n  refused\n");
    EXPECT_EQ(render_flush(look_of(80), {"timeout", 1, 10, 0, 0, 40, "", {}}),
              "▲ not done in time  10 rows in 1 batch · 40 rows wait\n");
}

TEST(RenderFlush, says_what_became_of_each_exporter) {
    EXPECT_EQ(render_flush(look_of(80), {"drained",
                                         1,
                                         10,
                                         0,
                                         0,
                                         0,
                                         "",
                                         {{"collector", "drained", 1, 10, 0, 0, ""},
                                          {"posthog", "partial", 0, 0, 1, 9, "connection refused"}}}),
              "✔ all sent  10 rows in 1 batch\n"
              "  ✔ collector  10 rows sent\n"
              "  ▲ posthog  9 rows wait · 1 dead\n"
              "    connection refused\n");
}

TEST(RenderFlush, says_that_sync_is_off) {
    EXPECT_EQ(render_flush(look_of(80), {"disabled", 0, 0, 0, 0, 0, "", {}}),
              "sync is off: there is nothing to send, and nothing leaves this machine\n");
    EXPECT_EQ(render_flush(look_of(80), {"disabled", 0, 0, 0, 0, 3, "", {}}),
              "sync is off: 3 rows wait, and nothing leaves this machine\n");
}

TEST(RenderExportTest, says_what_each_answered) {
    EXPECT_EQ(
        render_export_test(look_of(80),
                           {{{"collector",
                              "otlp",
                              {true, "http://127.0.0.1:4318/v1/logs", 200, 3, "it took a test event", ""}},
                             {"posthog",
                              "posthog",
                              {false, "https://eu.i.posthog.com/batch/", 401, 34, "it does not know the key",
                               "check api_key"}}}}),
        "✔ collector  http://127.0.0.1:4318/v1/logs\n"
        "  answers 200 in 3 ms\n"
        "  it took a test event\n"
        "✖ posthog  https://eu.i.posthog.com/batch/\n"
        "  answers 401 in 34 ms\n"
        "  it does not know the key\n"
        "  → check api_key\n");
    EXPECT_THAT(render_export_test(look_of(80), {}), HasSubstr("no exporter is configured"));
}

TEST(RenderSyncTest, says_what_answered) {
    EXPECT_EQ(render_sync_test(look_of(80), {true, "https://kaizen.example/v1/health", 200, 34, "", ""}),
              "✔ works  https://kaizen.example/v1/health\n"
              "  answers 200 in 34 ms\n");
    EXPECT_EQ(render_sync_test(look_of(80), {false, "https://kaizen.example/v1/health", 401, 12,
                                             "the token is refused", "mend sync.team_token"}),
              "✖ does not work  https://kaizen.example/v1/health\n"
              "  answers 401 in 12 ms\n"
              "  the token is refused\n"
              "  → mend sync.team_token\n");
    EXPECT_EQ(render_sync_test(look_of(80), {false, "https://x", kNone, 10'000, "time-out", ""}),
              "✖ does not work  https://x\n"
              "  no answer in 10 s\n"
              "  time-out\n");
    EXPECT_EQ(render_sync_test(look_of(80), {false, "", kNone, kNone, "sync is off", ""}),
              "✖ does not work\n  sync is off\n");
    EXPECT_EQ(render_sync_test(look_of(80), {true, "http://h/v1/events", 202, 3, "", "", kNone, "body"}),
              "✔ works  http://h/v1/events\n"
              "  answers 202 in 3 ms\n"
              "  the body of the answer shows that it is the endpoint\n");
    EXPECT_THAT(render_sync_test(look_of(80), {true, "http://h", 202, 3, "", "", kNone, "header"}),
                HasSubstr("  the header X-Kaizen-Ingest shows that it is the endpoint\n"));
    EXPECT_THAT(render_sync_test(look_of(80), {false, "http://h", 200, 3, "", "", kNone, "none"}),
                HasSubstr("  neither header nor body shows that it is the endpoint\n"));
}

TEST(RenderBackfill, says_what_would_be_late) {
    proto::Backfill backfill{12, 1'204, 310, 0, 0, 0, true, 410, 64'800'000, "datadog"};
    EXPECT_EQ(
        render_backfill(look_of(100), backfill),
        "would enqueue  1,204 events and 310 tool spans of 12 sessions\n"
        "  ▲ 410 of 1,514 rows are older than 18 h: datadog takes them under the time of their arrival\n"
        "→ the same without --dry-run does it\n");
    backfill.late_for.clear();
    EXPECT_THAT(render_backfill(look_of(100), backfill), Not(HasSubstr("older")));
    backfill.late_for = "datadog";
    backfill.late_rows = 0;
    EXPECT_THAT(render_backfill(look_of(100), backfill), Not(HasSubstr("older")));
}

TEST(RenderBackfill, counts_what_was_enqueued_and_what_was_not) {
    EXPECT_EQ(render_backfill(look_of(80), {12, 1'204, 1, 3, 2, 1, false, 0, 0, ""}),
              "✔ enqueued  1,204 events and 1 tool span of 12 sessions\n"
              "  Withheld    2 sessions excluded · 1 session sampled out\n"
              "              3 rows refused by the redactor\n"
              "→ kaizenctl outbox shows them, kaizenctl flush sends them now\n");
    EXPECT_EQ(render_backfill(look_of(80), {1, 0, 0, 0, 0, 0, false, 0, 0, ""}),
              "nothing new in 1 session: what may leave was enqueued before\n");
    EXPECT_EQ(render_backfill(look_of(80), {}), "no session was active since then: nothing to enqueue\n");
}

}  // namespace
}  // namespace kaizen::ctl
