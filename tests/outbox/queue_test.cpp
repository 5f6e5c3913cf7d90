// Several receivers of the same rows: each gets every row once, at its own pace, whatever becomes of it
// elsewhere.

#include "daemon/outbox/queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/outbox/waiting_rows.h"

namespace kaizen::test {
namespace {

using outbox::Batch;
using outbox::Limits;

const std::string kFile = outbox::exporter_receiver("file");
const std::string kOther = outbox::exporter_receiver("other");

std::int64_t rows_in_table(WaitingRows& rows) {
    return rows.store().database.handle().execAndGet("SELECT count(*) FROM outbox").getInt64();
}

std::optional<Batch> take(outbox::Queue queue, std::int64_t most = 500) {
    return queue.take({most, 1'000'000}, "t1", {}, kTestNow);
}

std::vector<std::int64_t> acknowledge(outbox::Queue queue, const Batch& batch) {
    outbox::Receiver receiver = queue.receiver();
    EXPECT_EQ(queue.acknowledge(batch.key, receiver, 0, {}, kTestNow),
              static_cast<std::int64_t>(batch.rows.size()));
    return sequence(batch);
}

// All that it can get, in the order in which it came.
std::vector<std::int64_t> drain(outbox::Queue queue, std::int64_t most = 500) {
    std::vector<std::int64_t> all;
    while (const auto batch = take(queue, most)) {
        for (const std::int64_t number : acknowledge(queue, *batch)) all.push_back(number);
    }
    return all;
}

outbox::Queue exporter(WaitingRows& rows, const std::string& name) {
    outbox::Queue queue = rows.queue(name);
    queue.use_decides(false);
    return queue;
}

TEST(Queue, each_receiver_takes_all_rows_at_its_own_pace) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 7);
    const auto first = take(exporter(rows, kFile), 3);
    EXPECT_EQ(drain(rows.queue(), 2).size(), 7u);
    EXPECT_EQ(rows.checked_balance().delivered, 7) << "the endpoint decides";
    EXPECT_EQ(rows_in_table(rows), 7) << "kept for the other";
    EXPECT_EQ(rows.queue(kFile).waiting(), 7);
    rows.add_events("/w/a", 2);
    EXPECT_EQ(acknowledge(exporter(rows, kFile), *first).size(), 3u);
    EXPECT_EQ(rows_in_table(rows), 6);
    EXPECT_EQ(drain(exporter(rows, kFile)).size(), 6u);
    EXPECT_EQ(rows_in_table(rows), 2) << "what the endpoint does not have yet";
    EXPECT_EQ(rows.checked_balance().pending, 2);
    EXPECT_EQ(drain(rows.queue()).size(), 2u);
    EXPECT_EQ(rows_in_table(rows), 0);
    EXPECT_EQ(rows.checked_balance().delivered, 9);
}

TEST(Queue, where_exporters_hold_a_row_it_is_pending_until_all_have_it) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile, kOther});
    rows.add_events("/w/a", 4);
    outbox::Queue endpoint = rows.queue();
    endpoint.use_decides(false);
    EXPECT_EQ(drain(endpoint).size(), 4u);
    EXPECT_EQ(drain(exporter(rows, kFile)).size(), 4u);
    EXPECT_EQ(rows.checked_balance().pending, 4);
    const auto half = take(exporter(rows, kOther), 2);
    acknowledge(exporter(rows, kOther), *half);
    EXPECT_EQ(rows.checked_balance().pending, 2);
    drain(exporter(rows, kOther));
    EXPECT_EQ(rows.checked_balance().delivered, 4);
    EXPECT_FALSE(take(endpoint)) << "nobody gets it again";
}

TEST(Queue, what_a_receiver_has_counts_from_when_it_decides_on) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 4);
    rows.add_events("/w/b", 2);
    outbox::Queue endpoint = rows.queue();
    endpoint.use_decides(false);
    drain(endpoint);
    rows.add_events("/w/a", 1);
    EXPECT_EQ(rows.checked_balance().pending, 7);
    endpoint.use_decides(true);
    while (endpoint.settle_some()) continue;
    EXPECT_EQ(rows.checked_balance().delivered, 6);
    EXPECT_EQ(rows.checked_balance().pending, 1);
    EXPECT_EQ(drain(exporter(rows, kFile)).size(), 7u);
    EXPECT_EQ(drain(endpoint).size(), 1u);
    EXPECT_EQ(rows.checked_balance().delivered, 7);
    EXPECT_EQ(rows_in_table(rows), 0);
}

TEST(Queue, a_row_that_the_endpoint_refuses_still_goes_to_the_exporters_and_comes_back_to_it_alone) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 1);
    rows.queue().bury(take(rows.queue())->key, {400, "schema", "no"}, kTestNow);
    EXPECT_EQ(rows.checked_balance().dead, 1);
    EXPECT_EQ(drain(exporter(rows, kFile)).size(), 1u);
    EXPECT_EQ(rows.checked_balance().delivered, 0);
    EXPECT_EQ(rows.retry_all(), 1);
    EXPECT_TRUE(drain(exporter(rows, kFile)).empty());
    EXPECT_EQ(rows.checked_balance().pending, 1);
    EXPECT_EQ(drain(rows.queue()).size(), 1u);
    EXPECT_EQ(rows.checked_balance().delivered, 1);
    EXPECT_EQ(rows_in_table(rows), 0);
}

TEST(Queue, a_row_that_an_exporter_refuses_is_dead_for_it_alone) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 3);
    outbox::Queue file = exporter(rows, kFile);
    const auto batch = take(file);
    outbox::Receiver receiver = file.receiver();
    EXPECT_EQ(file.acknowledge(batch->key, receiver, 0, {{batch->rows[1].id, "too old"}}, kTestNow), 2);
    EXPECT_EQ(file.receiver().rows_sent, 2);
    EXPECT_EQ(drain(rows.queue()).size(), 3u);
    const auto balance = rows.checked_balance();
    EXPECT_EQ(balance.delivered, 3);
    EXPECT_EQ(balance.dead, 0);
    EXPECT_EQ(file.dead(), 1);
    const auto dead = rows.outbox().dead(0, 10).rows;
    ASSERT_EQ(dead.size(), 1u);
    EXPECT_EQ(dead[0].exporter, "file");
    EXPECT_EQ(dead[0].reason, "too old");
    ASSERT_TRUE(rows.outbox().retry(dead[0].id, kTestNow));
    EXPECT_TRUE(drain(rows.queue()).empty());
    EXPECT_EQ(drain(file), std::vector<std::int64_t>{1});
    EXPECT_EQ(rows_in_table(rows), 0);
    EXPECT_EQ(rows.checked_balance().enqueued, 3);
}

TEST(Queue, a_dead_row_of_a_receiver_that_is_gone_cannot_be_retried) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 1);
    rows.queue(kFile).bury(take(rows.queue(kFile))->key, {400, "x", "y"}, kTestNow);
    rows.use_receivers({outbox::kIngest});
    const auto dead = rows.outbox().dead(0, 10).rows;
    ASSERT_EQ(dead.size(), 1u);
    EXPECT_EQ(rows.outbox().retry(dead[0].id, kTestNow).error().code, ErrorCode::conflict);
    EXPECT_EQ(rows.retry_all(), 0);
    EXPECT_TRUE(rows.outbox().drop(dead[0].id));
    EXPECT_EQ(rows.checked_balance().dropped, 0) << "it was in no balance";
}

TEST(Queue, a_new_receiver_begins_with_what_waits_and_one_that_goes_holds_nothing_back) {
    WaitingRows rows;
    rows.add_events("/w/a", 5);
    const auto sent = take(rows.queue(), 2);
    acknowledge(rows.queue(), *sent);
    rows.use_receivers({outbox::kIngest, kFile});
    EXPECT_EQ(rows.queue(kFile).waiting(), 3);
    EXPECT_EQ(drain(rows.queue()).size(), 3u);
    EXPECT_EQ(rows_in_table(rows), 3);
    rows.use_receivers({outbox::kIngest});
    EXPECT_EQ(rows_in_table(rows), 0);
    rows.checked_balance();
    rows.use_receivers({outbox::kIngest, kFile});
    EXPECT_EQ(rows.queue(kFile).waiting(), 0);
}

TEST(Queue, what_only_a_receiver_that_is_gone_had_not_is_deleted_a_bounded_number_of_rows_at_a_time) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 4'500);
    rows.add_events("/w/b", 100);
    outbox::Queue endpoint = rows.queue();
    endpoint.use_decides(false);
    EXPECT_EQ(drain(endpoint).size(), 4'600u);
    rows.outbox().use_receivers({outbox::kIngest});
    std::vector<std::int64_t> left;
    for (bool more = true; more; left.push_back(rows_in_table(rows))) {
        more = rows.outbox().clear_some();
        const outbox::Balance balance = rows.outbox().summary().balance;
        EXPECT_EQ(balance.pending, rows_in_table(rows));
        EXPECT_EQ(balance.enqueued, balance.delivered + balance.pending);
    }
    EXPECT_EQ(left, (std::vector<std::int64_t>{2'600, 600, 0}));
    EXPECT_EQ(rows.checked_balance().delivered, 4'600);
}

TEST(Queue, what_a_receiver_has_is_counted_a_bounded_number_of_rows_at_a_time) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 4'500);
    outbox::Queue endpoint = rows.queue();
    endpoint.use_decides(false);
    drain(endpoint);
    endpoint.use_decides(true);
    EXPECT_TRUE(endpoint.settle_some());
    EXPECT_EQ(rows.checked_balance().delivered, 2'000);
    rows.add_events("/w/a", 1);
    drain(endpoint);
    while (endpoint.settle_some()) continue;
    EXPECT_EQ(rows.checked_balance().delivered, 4'501);
}

TEST(Queue, without_receivers_all_is_kept) {
    WaitingRows rows;
    rows.add_events("/w/a", 5);
    const auto batch = take(rows.queue(), 2);
    rows.use_receivers({});
    EXPECT_EQ(rows.checked_balance().pending, 5);
    rows.use_receivers({outbox::kIngest});
    EXPECT_EQ(take(rows.queue())->key, batch->key);
}

TEST(Queue, a_backlog_that_is_too_long_loses_its_oldest_rows) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    outbox::Queue file = exporter(rows, kFile);
    for (int i = 0; i < 5; ++i) rows.add_events(i % 2 == 0 ? "/w/a" : "/w/b", 10);
    static_cast<void>(take(file, 10));  // of /w/a, the oldest
    EXPECT_EQ(file.backlog(10), 5);
    while (file.shorten(5, 10, {}, kTestNow)) continue;
    EXPECT_EQ(file.receiver().rows_dropped, 0);
    while (file.shorten(2, 10, {}, kTestNow)) continue;
    EXPECT_EQ(file.receiver().rows_dropped, 30);
    EXPECT_EQ(file.receiver().last_drop_at, kTestNow);
    const auto left = drain(file, 10);
    EXPECT_EQ(std::set<std::int64_t>(left.begin(), left.end()).size(), 20u);
    EXPECT_EQ(*std::min_element(left.begin(), left.end()), 30);
    EXPECT_EQ(drain(rows.queue()).size(), 50u) << "it is nothing to the endpoint";
    EXPECT_EQ(rows_in_table(rows), 0);
}

TEST(Queue, what_is_under_way_is_not_dropped) {
    WaitingRows rows;
    rows.use_receivers({outbox::kIngest, kFile});
    rows.add_events("/w/a", 10);
    outbox::Queue file = exporter(rows, kFile);
    const auto batch = take(file, 10);
    while (file.shorten(0, 10, {batch->key}, kTestNow)) continue;
    EXPECT_EQ(file.receiver().rows_dropped, 0);
    acknowledge(file, *batch);
}

TEST(Queue, a_request_that_was_taken_is_remembered_by_the_halves) {
    WaitingRows rows;
    rows.use_receivers({kFile});
    rows.add_events("/w/a", 4);
    outbox::Queue file = exporter(rows, kFile);
    const auto batch = take(file);
    file.take_part(batch->key, 0);
    file.take_part(batch->key, 2);
    rows.restart();
    outbox::Queue again = exporter(rows, kFile);
    EXPECT_EQ(take(again)->parts_taken, 0b101);
    ASSERT_TRUE(again.split(batch->key, kTestNow));
    const auto left = take(again);
    EXPECT_EQ(left->parts_taken, 0b101);
    acknowledge(again, *left);
    EXPECT_EQ(take(again)->parts_taken, 0b101);
}

// As an upgrade finds OTLP destinations: one receiver becomes one for each signal.
TEST(Queue, of_a_part_begins_where_the_whole_was) {
    WaitingRows rows;
    const std::string whole = outbox::exporter_receiver("otlp");
    rows.use_receivers({outbox::kIngest, whole});
    rows.add_events("/w/a", 9);
    EXPECT_EQ(acknowledge(exporter(rows, whole), *take(exporter(rows, whole), 3)).size(), 3u);
    EXPECT_TRUE(take(exporter(rows, whole), 2));  // under way when it ends
    rows.use_receivers({outbox::kIngest, whole + "/traces", whole + "/logs"});
    EXPECT_EQ(rows.queue(whole).waiting(), 0);
    for (const char* part : {"/traces", "/logs"}) {
        EXPECT_EQ(rows.queue(whole + part).waiting(), 6) << part;
        EXPECT_EQ(drain(exporter(rows, whole + part)), (std::vector<std::int64_t>{3, 4, 5, 6, 7, 8})) << part;
    }
    EXPECT_EQ(drain(rows.queue()).size(), 9u);
    EXPECT_EQ(rows_in_table(rows), 0);
    EXPECT_EQ(rows.checked_balance().delivered, 9);
}

TEST(Queue, remembers_what_the_receiver_was_told_of_each_lane_once_it_took_it) {
    WaitingRows rows;
    rows.use_receivers({kFile});
    rows.add_events("/w/a", 2);
    rows.add_events("/w/b", 1);
    outbox::Queue file = exporter(rows, kFile);
    outbox::Receiver receiver = file.receiver();
    const auto first = take(file, 1);
    EXPECT_EQ(first->told, "");
    rows.restart();
    outbox::Queue again = exporter(rows, kFile);
    EXPECT_EQ(take(again, 1)->told, "") << "it was not taken";
    EXPECT_EQ(again.acknowledge(first->key, receiver, 0, {}, kTestNow, "7"), 1);
    for (int i = 0; i < 2; ++i) {
        const auto next = take(again, 1);
        EXPECT_EQ(next->told, next->workspace_hash == first->workspace_hash ? "7" : "");
        EXPECT_EQ(again.acknowledge(next->key, receiver, 0, {}, kTestNow), 1);
    }
    rows.use_receivers({kOther});
    rows.use_receivers({kFile});
    rows.add_events("/w/a", 1);
    EXPECT_EQ(take(exporter(rows, kFile))->told, "") << "it begins anew";
}

// Whatever is done in whatever order, with or without the endpoint deciding: nobody gets a row twice, nobody
// misses one, and the balance is exact.
TEST(Queue, accounts_for_every_row_of_every_receiver) {
    const auto seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    WaitingRows rows;
    const std::vector<std::string> names = {outbox::kIngest, kFile, kOther};
    rows.use_receivers(names);
    std::map<std::string, std::multiset<std::int64_t>> got;
    const bool decides = random() % 2 == 0;
    const auto queue_of = [&](const std::string& name) {
        outbox::Queue queue = rows.queue(name);
        queue.use_decides(decides && name == outbox::kIngest);
        return queue;
    };
    std::int64_t added = 0;
    for (int round = 0; round < 600; ++round) {
        const auto act = random() % 10;
        const std::string workspace = "/w/" + std::to_string(random() % 3);
        const int count = static_cast<int>(random() % 9);
        if (act < 3) rows.add_events(workspace, count), added += count;
        if (act == 3) rows.restart();
        if (act == 4) rows.retry_all();
        if (act <= 4) continue;
        const std::string name = names[random() % names.size()];
        outbox::Queue queue = queue_of(name);
        const auto batch = take(queue, static_cast<std::int64_t>(1 + random() % 7));
        if (!batch) continue;
        if (act == 5) static_cast<void>(queue.split(batch->key, kTestNow));
        if (act == 6) queue.bury(batch->key, {400, "x", "y"}, kTestNow);
        if (act > 6) {
            for (const std::int64_t number : acknowledge(queue, *batch)) got[name].insert(number);
        }
        rows.checked_balance();
    }
    rows.retry_all();
    for (const std::string& name : names) {
        for (const std::int64_t number : drain(queue_of(name))) got[name].insert(number);
        EXPECT_EQ(static_cast<std::int64_t>(got[name].size()), added) << name;
        EXPECT_EQ(std::set<std::int64_t>(got[name].begin(), got[name].end()).size(), got[name].size())
            << name;
    }
    const auto balance = rows.checked_balance();
    EXPECT_EQ(balance.delivered, added);
    EXPECT_EQ(balance.pending, 0);
    EXPECT_EQ(rows_in_table(rows), 0);
}

}  // namespace
}  // namespace kaizen::test
