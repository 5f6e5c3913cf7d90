// Rows from coming in to leaving, on a real database: lanes, batches, what is buried, and the balance.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "tests/outbox/waiting_rows.h"

namespace kaizen::test {
namespace {

using outbox::Batch;
using outbox::Limits;
using outbox::Obituary;
using proto::ingest::Kind;

constexpr std::string_view kTeam = "t1";

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t count) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), first);
    return all;
}

std::optional<Batch> take(WaitingRows& rows, const Limits& limits = {},
                          const std::vector<std::string>& busy = {}) {
    return rows.queue().take(limits, kTeam, busy, kTestNow);
}

std::int64_t acknowledge(WaitingRows& rows, const std::string& key) {
    outbox::Receiver receiver = rows.queue().receiver();
    return rows.queue().acknowledge(key, receiver, 0, {}, kTestNow);
}

TEST(Outbox, a_batch_is_of_one_kind_and_one_workspace_oldest_first) {
    WaitingRows rows;
    for (int i = 0; i < 20; ++i) {
        rows.add_events("/w/a", 1);
        rows.add_spans("/w/a", 3);
        rows.add_events("/w/b", 1);
    }
    std::set<std::pair<Kind, std::string>> lanes;
    int batches = 0;
    while (const auto batch = take(rows)) {
        EXPECT_TRUE(lanes.insert({batch->kind, batch->workspace_hash}).second);
        if (batch->kind == Kind::events) {
            const auto order = sequence(*batch);
            EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
            EXPECT_EQ(order.size(), 20u);
        } else {
            EXPECT_EQ(batch->rows.size(), 60u);
        }
        acknowledge(rows, batch->key);
        ++batches;
    }
    EXPECT_EQ(batches, 3);
    const auto balance = rows.checked_balance();
    EXPECT_EQ(balance.enqueued, 100);
    EXPECT_EQ(balance.delivered, 100);
}

TEST(Outbox, a_batch_keeps_its_key_and_its_rows_until_it_is_done) {
    WaitingRows rows;
    rows.add_events("/w/a", 7);
    const auto first = take(rows, {5, 1'000'000});
    ASSERT_TRUE(first);
    EXPECT_EQ(sequence(*first), numbers(0, 5));
    EXPECT_EQ(first->attempts, 1);
    rows.add_events("/w/a", 7);
    rows.restart();
    const auto again = take(rows, {500, 1'000'000});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->key, first->key);
    EXPECT_EQ(sequence(*again), numbers(0, 5));
    EXPECT_EQ(again->attempts, 2);
    EXPECT_EQ(acknowledge(rows, again->key), 5);
    EXPECT_EQ(acknowledge(rows, again->key), 0) << "twice is once";
    const auto next = take(rows);
    ASSERT_TRUE(next);
    EXPECT_NE(next->key, first->key);
    EXPECT_EQ(sequence(*next), numbers(5, 9));
    rows.checked_balance();
}

TEST(Outbox, a_lane_with_a_batch_under_way_waits_for_it) {
    WaitingRows rows;
    rows.add_events("/w/a", 4);
    rows.add_events("/w/b", 1);
    const auto a = take(rows, {2, 1'000'000});
    const auto b = take(rows, {2, 1'000'000}, {a->key});
    ASSERT_TRUE(a && b);
    EXPECT_NE(a->workspace_hash, b->workspace_hash);
    EXPECT_FALSE(take(rows, {2, 1'000'000}, {a->key, b->key}));
    acknowledge(rows, a->key);
    const auto second = take(rows, {2, 1'000'000}, {b->key});
    ASSERT_TRUE(second);
    EXPECT_EQ(sequence(*second), numbers(2, 2));
}

TEST(Outbox, a_body_stays_below_its_limit_unless_one_row_alone_is_larger) {
    WaitingRows rows;
    rows.add_events("/w/a", 3, 3000);
    rows.add_events("/w/a", 1, 9000);
    rows.add_events("/w/a", 2, 10);
    const Limits limits{500, 7300};
    std::vector<std::size_t> sizes;
    while (const auto batch = take(rows, limits)) {
        std::vector<std::string_view> texts;
        for (const outbox::Row& row : batch->rows) texts.push_back(row.json);
        const std::string body = proto::ingest::body_of(batch->kind, kTeam, batch->workspace_hash, texts);
        EXPECT_TRUE(body.size() <= 7300 || batch->rows.size() == 1) << body.size();
        sizes.push_back(batch->rows.size());
        acknowledge(rows, batch->key);
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 1, 1, 2}));
}

TEST(Outbox, the_limit_counts_the_envelope_to_the_byte) {
    WaitingRows rows;
    rows.add_events("/w/a", 2);
    const auto both = take(rows);
    std::vector<std::string_view> texts;
    for (const outbox::Row& row : both->rows) texts.push_back(row.json);
    const auto bytes = static_cast<std::int64_t>(
        proto::ingest::body_of(both->kind, kTeam, both->workspace_hash, texts).size());
    for (const bool fits : {true, false}) {
        WaitingRows others;
        others.add_events("/w/a", 2);
        EXPECT_EQ(take(others, {500, fits ? bytes : bytes - 1})->rows.size(), fits ? 2u : 1u);
    }
}

TEST(Outbox, halves_of_a_batch_go_in_order_under_keys_of_their_own) {
    WaitingRows rows;
    rows.add_events("/w/a", 5);
    const auto whole = take(rows);
    ASSERT_TRUE(rows.queue().split(whole->key, kTestNow));
    rows.restart();
    const auto left = take(rows);
    EXPECT_EQ(sequence(*left), numbers(0, 2));
    acknowledge(rows, left->key);
    const auto right = take(rows);
    EXPECT_EQ(sequence(*right), numbers(2, 3));
    const std::set<std::string> keys = {whole->key, left->key, right->key};
    EXPECT_EQ(keys.size(), 3u);
    ASSERT_TRUE(rows.queue().split(right->key, kTestNow));
    const auto one = take(rows);
    EXPECT_EQ(one->rows.size(), 1u);
    EXPECT_FALSE(rows.queue().split(one->key, kTestNow));
    EXPECT_EQ(rows.checked_balance().pending, 3);
}

TEST(Outbox, a_dead_row_waits_again_behind_the_others_or_is_dropped) {
    WaitingRows rows;
    rows.add_events("/w/a", 1);
    const auto bad = take(rows);
    rows.queue().bury(bad->key, {422, "schema", "field x"}, kTestNow + 5);
    rows.add_events("/w/a", 2);
    const auto page = rows.outbox().dead(0, 10);
    ASSERT_EQ(page.rows.size(), 1u);
    EXPECT_EQ(page.rows[0].status, 422);
    EXPECT_EQ(page.rows[0].reason, "field x");
    EXPECT_EQ(page.rows[0].died_at_ms, kTestNow + 5);
    EXPECT_EQ(page.rows[0].row, bad->rows[0].json);
    EXPECT_EQ(rows.checked_balance().dead, 1);

    ASSERT_TRUE(rows.outbox().retry(page.rows[0].id, kTestNow));
    EXPECT_EQ(sequence(*take(rows)), (std::vector<std::int64_t>{1, 2, 0}));
    EXPECT_EQ(rows.outbox().retry(page.rows[0].id, kTestNow).error().code, ErrorCode::not_found);
    EXPECT_EQ(rows.checked_balance().dead, 0);

    rows.queue().bury(take(rows)->key, {400, "x", "y"}, kTestNow);
    EXPECT_EQ(rows.checked_balance().dead, 3);
    EXPECT_EQ(rows.outbox().drop(rows.outbox().dead(0, 1).rows[0].id)->dropped, 1);
    EXPECT_EQ(rows.retry_all(), 2);
    const auto balance = rows.checked_balance();
    EXPECT_EQ(balance.dropped, 1);
    EXPECT_EQ(balance.pending, 2);
}

TEST(Outbox, a_waiting_row_can_be_dropped_until_it_is_in_a_batch) {
    WaitingRows rows;
    rows.add_events("/w/a", 3);
    const auto page = rows.outbox().pending(0, 10);
    ASSERT_EQ(page.rows.size(), 3u);
    const auto batch = take(rows, {1, 1'000'000});
    EXPECT_EQ(rows.outbox().drop(page.rows[0].id).error().code, ErrorCode::conflict);
    EXPECT_TRUE(rows.outbox().drop(page.rows[1].id));
    EXPECT_EQ(rows.outbox().drop(page.rows[1].id).error().code, ErrorCode::not_found);
    acknowledge(rows, batch->key);
    EXPECT_EQ(sequence(*take(rows)), numbers(2, 1));
    EXPECT_EQ(rows.checked_balance().dropped, 1);
}

TEST(Outbox, pages_are_in_the_order_of_ids_over_all_lanes) {
    WaitingRows rows;
    for (int i = 0; i < 9; ++i) i % 2 == 0 ? rows.add_events("/w/a", 1) : rows.add_spans("/w/b", 1);
    std::vector<std::int64_t> ids;
    for (std::int64_t after = 0;;) {
        const auto page = rows.outbox().pending(after, 2);
        for (const auto& row : page.rows) ids.push_back(row.id);
        if (page.next == 0) break;
        after = page.next;
    }
    EXPECT_EQ(ids, numbers(1, 9));
    EXPECT_EQ(rows.outbox().row(4)->kind, "tool_spans");
    EXPECT_FALSE(rows.outbox().row(10));
}

TEST(Outbox, rows_that_are_none_are_buried_and_those_beside_them_leave) {
    WaitingRows rows;
    rows.add_events("/w/a", 5);
    for (const std::int64_t id : {1, 3, 5}) {
        const auto row = rows.store().outbox.find(1, id);
        ASSERT_TRUE(row && rows.store().outbox.erase(1, id));
        rows.store().outbox.insert({id, 1, row->at_ms, id == 3 ? "[]" : R"({"event_seq": )", {}, false});
    }
    const std::int64_t unknown = rows.store().outbox.lane(99, "blake3:00").id;
    rows.store().receivers.add_lane(unknown);
    rows.store().outbox.insert({6, unknown, kTestNow, "{}", {}, false});
    rows.store().outbox.add_waiting(unknown, 1);
    rows.store().outbox.add_enqueued(unknown, 1);
    rows.store().outbox.add(store::Count::enqueued, 1);
    std::vector<std::int64_t> left;
    while (const auto batch = take(rows)) {
        for (const std::int64_t number : sequence(*batch)) left.push_back(number);
        acknowledge(rows, batch->key);
    }
    EXPECT_EQ(left, (std::vector<std::int64_t>{1, 3}));
    EXPECT_EQ(rows.checked_balance().dead, 4);
    const auto dead = rows.outbox().dead(0, 10).rows;
    EXPECT_EQ(dead[0].code, "unreadable");
    EXPECT_EQ(dead[3].code, "unknown_kind");
    EXPECT_EQ(dead[3].kind, "kind 99");
}

TEST(Outbox, what_is_known_of_a_receiver_is_kept) {
    WaitingRows rows;
    rows.add_events("/w/a", 3);
    outbox::Receiver receiver = rows.queue().receiver();
    EXPECT_EQ(receiver.name, "ingest");
    receiver.failures = 4;
    receiver.not_before = kTestNow + 1;
    receiver.paused = "unauthorized";
    receiver.last_error = "401";
    receiver.last_error_at = kTestNow;
    receiver.body_limit = 5000;
    rows.queue().save(receiver);
    rows.queue().acknowledge(take(rows)->key, receiver, 0, {}, kTestNow);
    rows.restart();
    const outbox::Receiver again = rows.queue().receiver();
    EXPECT_EQ(again.rows_sent, 3);
    EXPECT_EQ(again.batches_sent, 1);
    EXPECT_EQ(again.failures, 4);
    EXPECT_EQ(again.not_before, kTestNow + 1);
    EXPECT_EQ(again.paused, "unauthorized");
    EXPECT_EQ(again.last_error, "401");
    EXPECT_EQ(again.last_error_at, kTestNow);
    EXPECT_EQ(again.body_limit, 5000);
    EXPECT_FALSE(again.last_success_at);
}

// Whatever is done to it in whatever order: nothing is lost, nothing comes twice, the balance is exact.
TEST(Outbox, accounts_for_every_row) {
    const auto seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    WaitingRows rows;
    std::multiset<std::int64_t> delivered;
    const std::string workspaces[] = {"/w/a", "/w/b", "/w/c"};
    for (int round = 0; round < 400; ++round) {
        const auto act = random() % 10;
        if (act < 3) rows.add_events(workspaces[random() % 3], static_cast<int>(random() % 9));
        if (act == 3) rows.restart();
        if (act == 4) rows.retry_all();
        if (act == 5 && !rows.outbox().dead(0, 1).rows.empty())
            static_cast<void>(rows.outbox().drop(rows.outbox().dead(0, 1).rows[0].id));
        const auto batch =
            act > 5 ? take(rows, {static_cast<std::int64_t>(1 + random() % 7), 3000}) : std::nullopt;
        if (!batch) continue;
        if (act == 6) static_cast<void>(rows.queue().split(batch->key, kTestNow));
        if (act == 7) rows.queue().bury(batch->key, {400, "x", "y"}, kTestNow);
        if (act >= 8) {
            for (const std::int64_t number : sequence(*batch)) delivered.insert(number);
            acknowledge(rows, batch->key);
        }
        rows.checked_balance();
    }
    while (rows.retry_all() > 0) {
    }
    while (const auto batch = take(rows)) {
        for (const std::int64_t number : sequence(*batch)) delivered.insert(number);
        acknowledge(rows, batch->key);
    }
    const auto balance = rows.checked_balance();
    EXPECT_EQ(balance.pending, 0);
    EXPECT_EQ(static_cast<std::int64_t>(delivered.size()), balance.delivered);
    EXPECT_EQ(std::set<std::int64_t>(delivered.begin(), delivered.end()).size(), delivered.size()) << "twice";
}

}  // namespace
}  // namespace kaizen::test
