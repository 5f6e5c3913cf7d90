// A write that fails while batches are under way: no lane stays busy, nothing is sent twice, no wait is lost.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/flush/fan_out_desk.h"
#include "tests/flush/flush_desk.h"

namespace kaizen::test {
namespace {

constexpr UnixMs kMinute = 60'000;

// While it stands, the database refuses what `what` says.
class Refusal {
  public:
    Refusal(WaitingRows& rows, const std::string& what) : rows_(rows) {
        run("CREATE TRIGGER refusal BEFORE " + what + " BEGIN SELECT RAISE(ABORT, 'refused'); END");
    }
    ~Refusal() { run("DROP TRIGGER refusal"); }
    Refusal(const Refusal&) = delete;
    Refusal& operator=(const Refusal&) = delete;

  private:
    void run(const std::string& sql) { rows_.store().database.handle().exec(sql); }
    WaitingRows& rows_;
};

void expect_once(FlushDesk& desk, std::size_t rows) {
    EXPECT_EQ(desk.server.taken.size(), rows) << "more: something came twice";
    const auto balance = desk.rows.checked_balance();
    EXPECT_EQ(balance.pending, 0);
    EXPECT_EQ(balance.delivered, static_cast<std::int64_t>(rows));
}

TEST(Lease, what_was_taken_and_could_not_be_written_is_written_later_and_not_sent_again) {
    for (const char* what : {"DELETE ON outbox", "DELETE ON outbox_batches", "UPDATE ON receivers"}) {
        FlushDesk desk;
        desk.rows.add_events("/w/a", 10);
        desk.notice_all();
        {
            const Refusal refusal(desk.rows, what);
            desk.step_until(desk.clock + kMinute);
            EXPECT_EQ(desk.server.seen.size(), 1U) << what;
        }
        desk.step_until(desk.clock + kMinute);
        EXPECT_EQ(desk.server.seen.size(), 1U) << what;
        expect_once(desk, 10);
    }
}

// Nothing at all can be read or written at the moment of the answer.
TEST(Lease, what_was_taken_while_the_database_is_away_is_not_sent_again) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 10);
    desk.notice_all();
    flush::Settings settings = desk.settings();
    settings.in_flight = 1;  // so that the worker rests while the server answers
    desk.use(std::move(settings));
    auto& database = desk.rows.store().database.handle();
    desk.server.script = [&](const Seen&) {
        if (desk.server.seen.size() == 1) database.exec("ALTER TABLE receivers RENAME TO away");
        return std::nullopt;
    };
    desk.step_until(desk.clock + kMinute / 2);
    database.exec("ALTER TABLE away RENAME TO receivers");
    desk.step_until(desk.clock + 10 * kMinute);
    EXPECT_EQ(desk.server.seen.size(), 1U);
    expect_once(desk, 10);
}

TEST(Lease, a_batch_that_cannot_be_begun_keeps_no_lane_busy) {
    for (const char* what : {"INSERT ON outbox_batches", "UPDATE ON outbox_cursors"}) {
        FlushDesk desk;
        desk.rows.add_events("/w/a", 10);
        desk.notice_all();
        {
            const Refusal refusal(desk.rows, what);
            desk.step_until(desk.clock + kMinute);
            EXPECT_EQ(desk.server.seen.size(), 0U) << what;
        }
        desk.step_until(desk.clock + kMinute);
        expect_once(desk, 10);
    }
}

TEST(Lease, packing_that_throws_keeps_no_lane_busy) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 10);
    flush::Settings settings = desk.settings();
    auto pack = settings.carrier.pack;
    auto fails = std::make_shared<bool>(true);
    settings.carrier.pack = [pack, fails](const outbox::Batch& batch, UnixMs now) {
        if (std::exchange(*fails, false)) throw std::bad_alloc();
        return pack(batch, now);
    };
    desk.use(std::move(settings));
    desk.step_until(desk.clock + kMinute);
    expect_once(desk, 10);
}

TEST(Lease, a_request_of_a_batch_that_was_taken_goes_out_once_though_it_could_not_be_noted) {
    FanOutDesk desk({"otlp"}, true);
    desk.add_events("/w/a", 10);
    {
        const Refusal refusal(desk.rows, "UPDATE OF parts_taken ON outbox_batches WHEN NEW.parts_taken > 0");
        desk.run_until(desk.clock + kMinute);
    }
    desk.run_until(desk.clock + 10 * kMinute);
    std::vector<std::string> paths;
    for (const flush::Request& request : desk.exporter("otlp").taken) paths.push_back(request.path);
    std::sort(paths.begin(), paths.end());
    EXPECT_EQ(std::adjacent_find(paths.begin(), paths.end()), paths.end());
    EXPECT_EQ(desk.exporter("otlp").dispatch->stock().waiting, 0);
}

// The answer to one batch came just before: the wait was cleared, and the refused batch sent at once.
TEST(Lease, a_wait_that_the_server_asks_for_outlives_the_answers_beside_it) {
    FlushDesk desk;
    desk.rows.add_events("/w/a", 1500);
    desk.rows.add_events("/w/b", 1500);
    desk.notice_all();
    std::string refused;
    desk.server.script = [&](const Seen& seen) -> std::optional<flush::Reply> {
        if (refused.empty() && desk.server.seen.size() < 2) return std::nullopt;
        if (!refused.empty() && seen.key != refused) return std::nullopt;
        refused = seen.key;
        flush::Reply wait = reply(429);
        wait.retry_after = "60";
        return wait;
    };
    desk.server.hold = true;
    const UnixMs begin = desk.clock;
    const auto step = desk.begin(desk.flusher().step());
    desk.run_until([&] { return desk.server.on_the_wire == 2; });
    desk.release();
    desk.run_until([&] { return step->has_value(); });
    EXPECT_EQ(desk.flusher().status().state, "backing_off");
    EXPECT_GE(desk.flusher().status().next_attempt_at_ms.value_or(0), begin + kMinute);
    desk.step_until(begin + kMinute - 1);
    EXPECT_EQ(std::count_if(desk.server.seen.begin(), desk.server.seen.end(),
                            [&](const Seen& seen) { return seen.key == refused; }),
              1);
    desk.server.script = nullptr;
    desk.step_until(desk.clock + 10 * kMinute);
    expect_once(desk, 3000);
}

boost::asio::awaitable<int> two_steps(flush::Flusher& flusher) {
    co_await flusher.step();
    co_await flusher.step();
    co_return 2;
}

TEST(Lease, who_waits_for_a_flush_is_told_of_that_flush_though_the_next_one_has_begun) {
    FlushDesk desk;
    desk.step();
    desk.rows.add_events("/w/a", 10);
    desk.flusher().notice(10);
    desk.server.hold = true;
    const auto answer = desk.begin(desk.flusher().flush(std::chrono::minutes(1)));
    const auto steps = desk.begin(two_steps(desk.flusher()));
    desk.run_until([&] { return desk.server.on_the_wire == 1; });
    const auto resumed = desk.begin(desk.flusher().resume());  // asks for another flush, which finds nothing
    desk.run_until([&] { return resumed->has_value(); });
    desk.release();
    desk.run_until([&] { return answer->has_value() && steps->has_value(); });
    EXPECT_EQ((*answer)->rows, 10);
    EXPECT_EQ((*answer)->outcome, "drained");
}

}  // namespace
}  // namespace kaizen::test
