// When what is sent, and what becomes of it: flusher and dispatch over a real outbox. Spec "flush".

#include "daemon/flush/flusher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "common/log.h"
#include "tests/flush/flush_desk.h"

namespace kaizen::test {
namespace {

using flush::Reply;
using flush::Trouble;

constexpr UnixMs kSecond = 1000;
constexpr UnixMs kMinute = 60 * kSecond;
constexpr UnixMs kHour = 60 * kMinute;

std::int64_t lines_with(const std::string& log, std::string_view what) {
    std::int64_t lines = 0;
    for (std::size_t at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) ++lines;
    return lines;
}

// Nothing is lost, nothing came twice.
void expect_all_taken(FlushDesk& desk, std::size_t rows) {
    EXPECT_EQ(desk.server.taken.size(), rows);
    const std::set<std::string> once(desk.server.taken.begin(), desk.server.taken.end());
    EXPECT_EQ(once.size(), rows);
    const auto balance = desk.rows.checked_balance();
    EXPECT_EQ(balance.pending, 0);
    EXPECT_EQ(balance.delivered, static_cast<std::int64_t>(rows));
}

TEST(Flusher, sleeps_while_nothing_waits) {
    FlushDesk desk;
    EXPECT_EQ(desk.step(), std::nullopt);
    EXPECT_TRUE(desk.server.seen.empty());
    EXPECT_EQ(desk.flusher().status().state, "idle");
}

TEST(Flusher, a_few_rows_wait_for_the_interval_and_many_do_not) {
    FlushDesk desk;
    desk.step();
    desk.rows.add_events("/w/a", 3);
    desk.flusher().notice(3);
    EXPECT_EQ(desk.step(), desk.clock + 10 * kSecond);
    EXPECT_TRUE(desk.server.seen.empty());
    desk.clock += 10 * kSecond;
    EXPECT_EQ(desk.step(), std::nullopt);
    expect_all_taken(desk, 3);

    desk.rows.add_events("/w/a", 500);
    desk.flusher().notice(500);
    EXPECT_EQ(desk.step(), std::nullopt) << "at once";
    expect_all_taken(desk, 503);
    EXPECT_EQ(desk.server.seen.size(), 2u);
}

TEST(Flusher, interleaved_kinds_and_workspaces_make_a_handful_of_requests) {
    FlushDesk desk;
    for (int i = 0; i < 200; ++i) {
        desk.rows.add_events("/w/a", 1);
        desk.rows.add_spans("/w/a", 3);
    }
    desk.notice_all();
    desk.step();
    expect_all_taken(desk, 800);
    EXPECT_EQ(desk.server.seen.size(), 3u);  // 200 events, 500 + 100 spans
}

TEST(Flusher, what_waited_before_it_began_is_sent_first_thing) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 2);
    desk.restart();
    EXPECT_EQ(desk.step(), std::nullopt);
    expect_all_taken(desk, 2);
}

TEST(Flusher, lanes_go_side_by_side_and_a_lane_in_order) {
    FlushDesk desk;
    for (const char* workspace : {"/w/a", "/w/b", "/w/c"}) desk.rows.add_events(workspace, 1200);
    desk.notice_all();
    desk.server.hold = true;
    const auto step = desk.begin(desk.flusher().step());
    desk.run_until([&] { return desk.server.on_the_wire == 2; });
    desk.release();
    desk.run_until([&] { return step->has_value(); });
    EXPECT_EQ(desk.server.most_on_the_wire, 2);
    expect_all_taken(desk, 3600);
    std::map<std::string, std::int64_t> last;  // by workspace
    for (const Seen& seen : desk.server.seen) {
        const std::string lane = seen.body.substr(0, seen.body.find("events"));
        const std::size_t at = seen.body.find(R"("event_seq":)") + 12;
        const std::int64_t first = std::stoll(seen.body.substr(at));
        EXPECT_GE(first, last[lane]);
        last[lane] = first + seen.rows;
    }
}

TEST(Flusher, while_the_server_is_away_it_comes_less_and_less_and_says_so_once) {
    testing::internal::CaptureStderr();
    log::start(log::Level::info, log::Format::json);
    FlushDesk desk;
    desk.rows.add_events("/w/a", 1200);
    desk.notice_all();
    desk.server.script = [](const Seen&) { return trouble(Trouble::refused); };
    const UnixMs begin = desk.clock;
    desk.step_until(begin + 6 * kHour);
    ASSERT_GT(desk.server.seen.size(), 13u);
    for (std::size_t i = 1; i < desk.server.seen.size(); ++i) {
        const UnixMs wait = desk.server.seen[i].at - desk.server.seen[i - 1].at;
        const UnixMs limit = i > 12 ? 5 * kMinute : std::min<UnixMs>(30 * kSecond, 200 << (i - 1));
        EXPECT_LE(wait, limit) << i;
        EXPECT_EQ(desk.server.seen[i].key, desk.server.seen[0].key);
    }
    // Evenly from 0 to 5 min: 144 in six hours, about.
    EXPECT_LT(desk.server.seen.size(), 260u);
    EXPECT_EQ(desk.flusher().status().state, "backing_off");
    desk.server.script = nullptr;
    desk.step_until(desk.clock + kHour);
    expect_all_taken(desk, 1200);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(lines_with(log, "rows are not delivered at present"), 1) << log;
    EXPECT_EQ(lines_with(log, "rows are delivered again"), 1) << log;
    EXPECT_EQ(lines_with(log, "\n"), 2) << log;
}

TEST(Flusher, an_answer_that_was_lost_costs_no_second_delivery) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 10);
    desk.notice_all();
    int lost = 0;
    desk.server.script = [&](const Seen& seen) -> std::optional<Reply> {
        if (lost++ == 0) desk.server.taken.insert("batch " + seen.key);
        return lost <= 5 ? trouble(Trouble::reset) : reply(409);
    };
    desk.step_until(desk.clock + kHour);
    EXPECT_EQ(desk.server.taken.size(), 1u);
    EXPECT_EQ(desk.server.seen.size(), 6u);
    EXPECT_EQ(desk.rows.checked_balance().delivered, 10);
}

TEST(Flusher, the_wait_and_the_key_survive_a_restart) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 10);
    desk.notice_all();
    desk.server.script = [](const Seen&) {
        Reply later = reply(429);
        later.retry_after = "86400";
        return later;
    };
    const auto next = desk.step_until(desk.clock + kMinute);
    ASSERT_TRUE(next);
    EXPECT_EQ(*next, kTestNow + 10 * kSecond + kHour) << "a day is cut to an hour";
    desk.server.script = nullptr;
    desk.restart();
    EXPECT_EQ(desk.step(), next);
    EXPECT_EQ(desk.server.seen.size(), 1u);
    desk.step_until(*next);
    expect_all_taken(desk, 10);
    EXPECT_EQ(desk.server.seen[1].key, desk.server.seen[0].key);
    EXPECT_EQ(desk.server.seen[1].body, desk.server.seen[0].body);
}

TEST(Flusher, pauses_probes_and_is_tried_at_once_when_somebody_changed_something) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 700);
    desk.notice_all();
    desk.server.script = [](const Seen&) { return reply(401); };
    EXPECT_EQ(desk.step(), desk.clock + 5 * kMinute);
    EXPECT_EQ(desk.flusher().status().state, "paused");
    EXPECT_NE(desk.flusher().status().reason.find("sync.team_token"), std::string::npos);
    EXPECT_EQ(desk.server.seen.size(), 1u);
    desk.step_until(desk.clock + 16 * kMinute);
    EXPECT_EQ(desk.server.seen.size(), 4u) << "one probe in five minutes";
    desk.restart();
    EXPECT_GT(desk.step().value_or(0), desk.clock) << "the pause survives";
    desk.server.script = nullptr;
    flush::Settings again = desk.settings();
    again.anew = true;
    desk.use(std::move(again));
    EXPECT_EQ(desk.step(), std::nullopt);
    expect_all_taken(desk, 700);
    EXPECT_EQ(desk.flusher().status().state, "idle");
}

TEST(Flusher, one_bad_row_is_found_in_few_requests_and_its_neighbours_leave) {
    for (const int bad : {0, 250, 499}) {
        FlushDesk desk;
        desk.rows.add_events("/w/a", 500);
        desk.notice_all();
        const std::string mark = R"("event_seq":)" + std::to_string(bad) + ",";
        desk.server.script = [&](const Seen& seen) -> std::optional<Reply> {
            if (seen.body.find(mark) == std::string::npos) return std::nullopt;
            return reply(400, R"({"code":"bad_kind","field":"events[0].kind","message":"unknown kind"})");
        };
        desk.step_until(desk.clock + kMinute);
        EXPECT_EQ(desk.server.taken.size(), 499u);
        EXPECT_LE(desk.server.seen.size(), 1 + 2 * 9u) << "2·log2(500) more than one";
        const auto dead = desk.rows.outbox().dead(0, 10).rows;
        ASSERT_EQ(dead.size(), 1u);
        EXPECT_EQ(dead[0].status, 400);
        EXPECT_EQ(dead[0].code, "bad_kind");
        EXPECT_NE(dead[0].reason.find("unknown kind"), std::string::npos);
        EXPECT_NE(dead[0].row.find(mark), std::string::npos);
        desk.rows.checked_balance();
        EXPECT_EQ(desk.flusher().status().state, "idle");
    }
}

TEST(Flusher, learns_how_much_the_server_takes_at_once) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 5000);
    desk.notice_all();
    std::size_t refused = 0;
    desk.server.script = [&](const Seen& seen) -> std::optional<Reply> {
        if (seen.rows <= 100) return std::nullopt;
        ++refused;
        return reply(413);
    };
    desk.step_until(desk.clock + kMinute);
    expect_all_taken(desk, 5000);
    EXPECT_LE(refused, 12u);
    EXPECT_LE(desk.server.seen.size(), 5000 / 100 + 50u);
    // The limit grows again when the server takes more.
    desk.server.script = nullptr;
    desk.server.seen.clear();
    desk.rows.add_events("/w/a", 50'000);
    desk.notice_all();
    desk.step_until(desk.clock + kMinute);
    EXPECT_GT(std::max_element(desk.server.seen.begin(), desk.server.seen.end(),
                               [](const Seen& a, const Seen& b) { return a.rows < b.rows; })
                  ->rows,
              400);
    expect_all_taken(desk, 55'000);
}

TEST(Flusher, one_row_that_is_too_large_does_not_make_all_batches_small) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 1000);
    desk.notice_all();
    desk.server.script = [](const Seen& seen) -> std::optional<Reply> {
        return seen.body.find(R"("event_seq":333,)") == std::string::npos ? std::nullopt
                                                                          : std::optional(reply(413));
    };
    desk.step_until(desk.clock + kMinute);
    EXPECT_EQ(desk.server.taken.size(), 999u);
    EXPECT_EQ(desk.rows.checked_balance().dead, 1);
    EXPECT_LE(desk.server.seen.size(), 2 + 2 * 9u);
    desk.server.seen.clear();
    desk.rows.add_events("/w/a", 1000);
    desk.notice_all();
    desk.step_until(desk.clock + kMinute);
    EXPECT_EQ(desk.server.seen.size(), 2u);
}

TEST(Flusher, an_answer_to_who_asks_says_what_was_sent) {
    FlushDesk desk;
    desk.step();
    desk.rows.add_events("/w/a", 700);
    desk.flusher().notice(1);
    const auto answer = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
    desk.run_until([&] { return desk.flusher().status().state == "idle"; });
    desk.step();
    desk.run_until([&] { return answer->has_value(); });
    EXPECT_EQ((*answer)->outcome, "drained");
    EXPECT_EQ((*answer)->rows, 700);
    EXPECT_EQ((*answer)->batches, 2);
    EXPECT_EQ((*answer)->deduped, 2);
    EXPECT_EQ((*answer)->pending, 0);
}

TEST(Flusher, a_second_one_who_asks_joins_the_flush_that_runs) {
    FlushDesk desk;
    desk.step();
    desk.rows.add_events("/w/a", 10);
    desk.flusher().notice(10);
    desk.server.hold = true;
    const auto first = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
    const auto step = desk.begin(desk.flusher().step());
    desk.run_until([&] { return desk.server.on_the_wire == 1; });
    const auto second = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
    desk.release();
    desk.run_until([&] { return first->has_value() && second->has_value() && step->has_value(); });
    EXPECT_EQ((*first)->rows, 10);
    EXPECT_EQ((*second)->rows, 10);
    EXPECT_EQ(desk.server.seen.size(), 1u);
    EXPECT_EQ(desk.step(), std::nullopt);
    EXPECT_EQ(desk.server.seen.size(), 1u);
}

TEST(Flusher, who_asks_goes_past_a_wait_and_probes_during_a_pause) {
    for (const unsigned status : {503u, 403u}) {
        FlushDesk desk;
        desk.rows.add_events("/w/a", 10);
        desk.notice_all();
        desk.server.script = [&](const Seen&) { return reply(status); };
        desk.step();
        desk.clock += 1;
        const std::size_t before = desk.server.seen.size();
        auto answer = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
        desk.step();
        desk.run_until([&] { return answer->has_value(); });
        EXPECT_EQ((*answer)->outcome, "partial");
        EXPECT_EQ((*answer)->pending, 10);
        EXPECT_FALSE((*answer)->error.empty());
        EXPECT_EQ(desk.server.seen.size(), before + 1);
        desk.server.script = nullptr;
        answer = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
        desk.step();
        desk.run_until([&] { return answer->has_value(); });
        EXPECT_EQ((*answer)->outcome, "drained");
        expect_all_taken(desk, 10);
    }
}

TEST(Flusher, who_does_not_want_to_wait_gets_an_answer_at_once) {
    FlushDesk desk;
    desk.step();
    desk.rows.add_events("/w/a", 10);
    desk.flusher().notice(10);
    desk.server.hold = true;
    const auto started = desk.begin(desk.flusher().flush(std::chrono::milliseconds(0)));
    desk.run_until([&] { return started->has_value(); });
    EXPECT_EQ((*started)->outcome, "started");
    const auto step = desk.begin(desk.flusher().step());
    desk.run_until([&] { return desk.server.on_the_wire == 1; });
    const auto impatient = desk.begin(desk.flusher().flush(std::chrono::milliseconds(1)));
    desk.run_until([&] { return impatient->has_value(); });
    EXPECT_EQ((*impatient)->outcome, "timeout");
    EXPECT_EQ((*impatient)->pending, 10);
    desk.release();
    desk.run_until([&] { return step->has_value(); });
    expect_all_taken(desk, 10);
}

TEST(Flusher, a_pause_of_the_users_lasts_until_the_user_ends_it) {
    FlushDesk desk;
    desk.step();
    const auto paused = desk.begin(desk.flusher().pause());
    desk.run_until([&] { return paused->has_value(); });
    EXPECT_EQ((*paused)->state, "paused");
    desk.rows.add_events("/w/a", 600);
    desk.notice_all();
    EXPECT_EQ(desk.step(), std::nullopt);
    desk.restart();
    EXPECT_EQ(desk.step(), std::nullopt);
    flush::Settings again = desk.settings();
    again.anew = true;
    desk.use(std::move(again));
    EXPECT_EQ(desk.step(), std::nullopt);
    const auto asked = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
    desk.run_until([&] { return asked->has_value(); });
    EXPECT_EQ((*asked)->outcome, "partial");
    EXPECT_TRUE(desk.server.seen.empty());
    const auto resumed = desk.begin(desk.flusher().resume());
    desk.run_until([&] { return resumed->has_value(); });
    desk.step();
    expect_all_taken(desk, 600);
}

TEST(Flusher, is_off_without_an_endpoint) {
    FlushDesk desk;
    desk.use({});
    desk.rows.add_events("/w/a", 600);
    desk.notice_all();
    EXPECT_EQ(desk.step(), std::nullopt);
    const auto answer = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
    desk.run_until([&] { return answer->has_value(); });
    EXPECT_EQ((*answer)->outcome, "disabled");
    EXPECT_EQ(desk.flusher().status().state, "disabled");
    desk.use(desk.settings());
    desk.step();
    expect_all_taken(desk, 600);
}

TEST(Flusher, what_is_cut_at_the_end_is_sent_again_under_its_key) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 10);
    desk.server.hold = true;
    const auto step = desk.begin(desk.flusher().step());
    desk.run_until([&] { return desk.server.on_the_wire == 1; });
    desk.flusher().stop();
    desk.flusher().close();
    desk.run_until([&] { return step->has_value(); });
    EXPECT_EQ(desk.rows.checked_balance().pending, 10);
    desk.server.hold = false;
    desk.restart();
    desk.step();
    expect_all_taken(desk, 10);
    ASSERT_EQ(desk.server.seen.size(), 2u);
    EXPECT_EQ(desk.server.seen[0].key, desk.server.seen[1].key);
}

TEST(Flusher, a_database_that_fails_is_not_asked_without_pause) {
    FlushDesk desk;
    desk.step();
    desk.rows.add_events("/w/a", 900);
    desk.notice_all();
    SQLite::Database& db = desk.rows.store().database.handle();
    db.exec("ALTER TABLE outbox_batches RENAME TO elsewhere");
    EXPECT_EQ(desk.step(), desk.clock + 10 * kSecond);
    EXPECT_EQ(desk.step(), desk.clock + 10 * kSecond);
    EXPECT_TRUE(desk.server.seen.empty());
    db.exec("ALTER TABLE elsewhere RENAME TO outbox_batches");
    desk.step_until(desk.clock + kMinute);
    expect_all_taken(desk, 900);
}

TEST(Flusher, obeys_a_server_that_wants_less) {
    FlushDesk desk;
    desk.server.config =
        reply(200, R"({"events_per_batch_max": 50, "max_body_bytes": 9000, "sample_rate": 0.25})");
    desk.rows.add_events("/w/a", 120);
    desk.notice_all();
    desk.step_until(desk.clock + kMinute);
    expect_all_taken(desk, 120);
    for (const Seen& seen : desk.server.seen) {
        EXPECT_LE(seen.rows, 50);
        EXPECT_LE(seen.body.size(), 9000u);
    }
    ASSERT_EQ(desk.overrides.size(), 1u);
    EXPECT_EQ(desk.overrides[0].sample_rate, 0.25);
}

TEST(Flusher, a_clock_that_is_set_back_or_on_does_not_keep_rows_waiting) {
    for (const UnixMs jump : {-24 * kHour, 24 * kHour}) {
        FlushDesk desk;
        desk.step();
        desk.rows.add_events("/w/a", 3);
        desk.notice_all();
        desk.step();
        desk.clock += jump;
        desk.step_until(desk.clock + 10 * kSecond);
        expect_all_taken(desk, 3);
    }
}

TEST(Flusher, a_clock_that_is_set_back_or_on_does_not_prolong_a_back_off) {
    for (const UnixMs jump : {-24 * kHour, 24 * kHour}) {
        FlushDesk desk;
        desk.rows.add_events("/w/a", 3);
        desk.notice_all();
        desk.server.script = [](const Seen&) { return trouble(Trouble::refused); };
        desk.step_until(desk.clock + kHour);
        desk.server.script = nullptr;
        desk.restart();
        desk.clock += jump;
        desk.step_until(desk.clock + kMinute);
        expect_all_taken(desk, 3);
    }
}

TEST(Flusher, tests_the_way_to_the_server) {
    FlushDesk desk;
    desk.step();
    const auto answer = desk.begin(desk.flusher().test());
    desk.run_until([&] { return answer->has_value(); });
    EXPECT_FALSE((*answer)->ok);
    EXPECT_EQ((*answer)->status, 404);
    EXPECT_EQ((*answer)->url, "https://ingest.test/v1/health");
    EXPECT_FALSE((*answer)->fix.empty());
}

}  // namespace
}  // namespace kaizen::test
