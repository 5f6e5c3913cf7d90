// One outbox, several receivers: none delays another, none gets a row twice. Spec "flush", the fan-out rows
// of its table.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "common/json.h"
#include "tests/flush/bodies.h"
#include "tests/flush/fan_out_desk.h"
#include "tests/flush/flush_desk.h"

namespace kaizen::test {
namespace {

using flush::Request;
using flush::Trouble;

constexpr UnixMs kSecond = 1000;
constexpr UnixMs kMinute = 60 * kSecond;
constexpr UnixMs kHour = 60 * kMinute;

void expect_all_once(FanOutDesk& desk, const Side& side, std::size_t rows) {
    const auto got = desk.rows_of(side);
    EXPECT_EQ(got.size(), rows) << side.receiver;
    EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), rows) << side.receiver;
}

std::int64_t rows_in_table(FanOutDesk& desk) {
    return desk.rows.store().database.handle().execAndGet("SELECT count(*) FROM outbox").getInt64();
}

// An hour in which the exporter is away and rows come in all the time.
void an_hour_without(FanOutDesk& desk, Side& away, int rows_a_minute) {
    away.script = [](const Request&) { return trouble(Trouble::refused); };
    for (const UnixMs end = desk.clock + kHour; desk.clock < end;) {
        desk.add_events("/w/a", rows_a_minute);
        desk.run_until(desk.clock + kMinute);
    }
}

TEST(FanOut, an_exporter_that_is_down_for_an_hour_holds_nobody_up_and_catches_up) {
    FanOutDesk desk({"file", "file2"}, true);
    Side& away = desk.exporter("file");
    an_hour_without(desk, away, 10);
    expect_all_once(desk, desk.endpoint(), 600);
    expect_all_once(desk, desk.exporter("file2"), 600);
    EXPECT_EQ(desk.rows.checked_balance().pending, 0);
    EXPECT_EQ(rows_in_table(desk), 600);
    EXPECT_EQ(away.flusher->status().state, "backing_off");
    away.script = nullptr;
    desk.run_until(desk.clock + 10 * kMinute);
    expect_all_once(desk, away, 600);
    EXPECT_EQ(away.dispatch->stock().receiver.rows_dropped, 0);
    EXPECT_EQ(rows_in_table(desk), 0);
    expect_all_once(desk, desk.endpoint(), 600);
}

TEST(FanOut, what_does_not_fit_into_its_backlog_is_dropped_for_it_alone) {
    FanOutDesk desk({"file", "file2"}, true);
    Side& away = desk.exporter("file");
    an_hour_without(desk, away, 100);
    expect_all_once(desk, desk.endpoint(), 6000);
    const auto stock = away.dispatch->stock();
    EXPECT_LE(stock.backlog, kDeskBacklog + 5) << "it is cut with the next attempt, every five minutes";
    EXPECT_GE(stock.backlog, kDeskBacklog);
    EXPECT_EQ(stock.receiver.rows_dropped + stock.waiting, 6000);
    away.script = nullptr;
    desk.run_until(desk.clock + 10 * kMinute);
    const std::int64_t dropped = away.dispatch->stock().receiver.rows_dropped;
    expect_all_once(desk, away, static_cast<std::size_t>(6000 - dropped));
    expect_all_once(desk, desk.exporter("file2"), 6000);
    EXPECT_EQ(rows_in_table(desk), 0);
    EXPECT_EQ(desk.rows.checked_balance().delivered, 6000);
}

TEST(FanOut, without_fail_open_rows_are_pending_until_it_has_them_and_the_endpoint_is_not_held_up) {
    FanOutDesk desk({"file", "file2"}, false);
    Side& away = desk.exporter("file");
    an_hour_without(desk, away, 100);
    expect_all_once(desk, desk.endpoint(), 6000);
    expect_all_once(desk, desk.exporter("file2"), 6000);
    EXPECT_EQ(desk.rows.checked_balance().pending, 6000);
    EXPECT_EQ(away.dispatch->stock().receiver.rows_dropped, 0) << "nothing is given up";
    const std::size_t requests = desk.endpoint().seen.size();
    away.script = nullptr;
    desk.run_until(desk.clock + 10 * kMinute);
    expect_all_once(desk, away, 6000);
    EXPECT_EQ(desk.rows.checked_balance().delivered, 6000);
    EXPECT_EQ(desk.endpoint().seen.size(), requests) << "no POST again for it";
    EXPECT_EQ(rows_in_table(desk), 0);
}

TEST(FanOut, a_retry_of_the_post_sends_nothing_to_an_exporter_again) {
    FanOutDesk desk({"file"}, true);
    desk.endpoint().script = [](const Request&) { return reply(503); };
    desk.add_events("/w/a", 250);
    desk.run_until(desk.clock + kHour);
    EXPECT_GT(desk.endpoint().seen.size(), 10u);
    expect_all_once(desk, desk.exporter("file"), 250);
    EXPECT_EQ(desk.rows.checked_balance().pending, 250);
    desk.endpoint().script = nullptr;
    desk.run_until(desk.clock + 10 * kMinute);
    expect_all_once(desk, desk.endpoint(), 250);
    expect_all_once(desk, desk.exporter("file"), 250);
    EXPECT_EQ(rows_in_table(desk), 0);
}

TEST(FanOut, a_slow_one_of_two_delays_neither_the_other_nor_the_endpoint) {
    FanOutDesk desk({"file", "file2"}, true);
    Side& slow = desk.exporter("file");
    slow.hold = true;
    for (int i = 0; i < 5; ++i) {
        desk.add_events("/w/a", 100);
        desk.run_until(desk.clock + kMinute);
    }
    EXPECT_EQ(slow.on_the_wire, 1);
    expect_all_once(desk, desk.endpoint(), 500);
    expect_all_once(desk, desk.exporter("file2"), 500);
    desk.release(slow);
    desk.run_until(desk.clock + kMinute);
    expect_all_once(desk, slow, 500);
}

TEST(FanOut, a_row_that_an_exporter_refuses_is_found_and_harms_no_other) {
    for (const bool fail_open : {true, false}) {
        FanOutDesk desk({"posthog", "file"}, fail_open);
        desk.exporter("posthog").script = [&](const Request& request) -> std::optional<flush::Reply> {
            if (unzipped(request.body).find("\"kaizen.event_seq\":37,") == std::string::npos) return {};
            return reply(400, "no");
        };
        desk.add_events("/w/a", 100);
        desk.run_until(desk.clock + kHour);
        EXPECT_EQ(desk.exporter("posthog").dispatch->stock().dead, 1);
        EXPECT_EQ(desk.exporter("posthog").dispatch->stock().receiver.rows_sent, 99);
        EXPECT_LE(desk.exporter("posthog").seen.size(), 2u * 7 + 1);
        expect_all_once(desk, desk.endpoint(), 100);
        expect_all_once(desk, desk.exporter("file"), 100);
        const auto balance = desk.rows.checked_balance();
        EXPECT_EQ(balance.delivered, 100);
        EXPECT_EQ(balance.dead, 0);
        EXPECT_EQ(rows_in_table(desk), 0);
    }
}

TEST(FanOut, a_restart_in_between_repeats_nothing_that_was_taken) {
    for (const bool fail_open : {true, false}) {
        FanOutDesk desk({"file", "file2"}, fail_open);
        for (int i = 0; i < 20; ++i) {
            Side& away = i % 3 == 0 ? desk.endpoint() : desk.exporter(i % 3 == 1 ? "file" : "file2");
            away.script = [](const Request&) { return reply(503); };
            desk.add_events(i % 2 == 0 ? "/w/a" : "/w/b", 37);
            desk.run_until(desk.clock + 5 * kSecond);
            desk.restart();
            desk.run_until(desk.clock + 30 * kSecond);
            away.script = nullptr;
        }
        desk.run_until(desk.clock + kHour);
        for (const char* name : {"file", "file2"}) expect_all_once(desk, desk.exporter(name), 740);
        expect_all_once(desk, desk.endpoint(), 740);
        EXPECT_EQ(desk.rows.checked_balance().delivered, 740);
        EXPECT_EQ(rows_in_table(desk), 0);
    }
}

TEST(FanOut, exporters_alone_decide_when_a_row_is_done) {
    for (const bool fail_open : {true, false}) {
        FanOutDesk desk({"file", "file2"}, fail_open, false);
        Side& away = desk.exporter("file");
        an_hour_without(desk, away, 100);
        expect_all_once(desk, desk.exporter("file2"), 6000);
        EXPECT_EQ(desk.rows.checked_balance().pending, 6000);
        away.script = nullptr;
        desk.run_until(desk.clock + 10 * kMinute);
        expect_all_once(desk, away, 6000);
        EXPECT_EQ(desk.rows.checked_balance().delivered, 6000);
        EXPECT_EQ(rows_in_table(desk), 0);
    }
}

// Of the several requests that a batch makes, those that were taken are not made again: sums would count
// twice.
TEST(FanOut, of_a_batch_that_was_half_taken_the_other_half_is_sent) {
    FanOutDesk desk({"otlp"}, true);
    Side& collector = desk.exporter("otlp");
    collector.script = [](const Request& request) -> std::optional<flush::Reply> {
        if (request.path == "/v1/traces" || request.path == "/v1/metrics") return {};
        return reply(503);
    };
    desk.rows.add_answers("/w/a", 10);
    desk.add_events("/w/a", 90);
    desk.run_until(desk.clock + kMinute);
    desk.restart();
    desk.run_until(desk.clock + kMinute);
    // Now a row among them is refused, so that the batch is halved.
    collector.script = [](const Request& request) -> std::optional<flush::Reply> {
        const bool poison = unzipped(request.body).find("\"intValue\":\"37\"") != std::string::npos;
        return request.path == "/v1/logs" && poison ? std::optional(reply(400, "no")) : std::nullopt;
    };
    desk.run_until(desk.clock + kHour);
    std::map<std::string, int> taken;
    for (const Request& request : collector.taken) ++taken[request.path];
    EXPECT_EQ(taken["/v1/traces"], 1);
    EXPECT_EQ(taken["/v1/metrics"], 1);
    EXPECT_GT(taken["/v1/logs"], 1);
    EXPECT_EQ(collector.dispatch->stock().dead, 1);
    EXPECT_EQ(collector.dispatch->stock().receiver.rows_sent, 99);
}

TEST(FanOut, what_a_collector_rejects_of_a_batch_is_counted_and_not_sent_again) {
    FanOutDesk desk({"otlp"}, true);
    Side& collector = desk.exporter("otlp");
    collector.script = [](const Request&) {
        return reply(200, R"({"partialSuccess": {"rejectedLogRecords": "3", "errorMessage": "too old"}})");
    };
    desk.add_events("/w/a", 10);
    desk.run_until(desk.clock + kHour);
    EXPECT_EQ(collector.seen.size(), 1u);
    const auto receiver = collector.dispatch->stock().receiver;
    EXPECT_EQ(receiver.items_rejected, 3);
    EXPECT_EQ(receiver.rows_sent, 10);
    EXPECT_NE(receiver.last_error.find("too old"), std::string::npos);
}

TEST(FanOut, one_that_does_not_let_us_in_is_paused_alone) {
    FanOutDesk desk({"posthog", "file"}, true);
    desk.exporter("posthog").script = [](const Request&) { return reply(401); };
    desk.add_events("/w/a", 100);
    desk.run_until(desk.clock + kMinute);
    EXPECT_EQ(desk.exporter("posthog").flusher->status().state, "paused");
    EXPECT_EQ(desk.endpoint().flusher->status().state, "idle");
    expect_all_once(desk, desk.exporter("file"), 100);
    expect_all_once(desk, desk.endpoint(), 100);
    desk.exporter("posthog").script = nullptr;
    desk.run_until(desk.clock + 6 * kMinute);
    EXPECT_EQ(desk.exporter("posthog").dispatch->stock().receiver.rows_sent, 100);
}

TEST(FanOut, nobody_has_a_timer_when_nothing_waits) {
    FanOutDesk desk({"file", "otlp", "posthog", "datadog"}, true);
    desk.add_events("/w/a", 100);
    desk.run_until(desk.clock + kHour);
    for (const char* name : {"file", "otlp", "posthog", "datadog"}) {
        EXPECT_EQ(desk.exporter(name).flusher->status().next_attempt_at_ms, std::nullopt) << name;
        EXPECT_EQ(desk.exporter(name).dispatch->stock().receiver.rows_sent, 100) << name;
    }
}

}  // namespace
}  // namespace kaizen::test
