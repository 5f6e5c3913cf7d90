#include "tests/outbox/waiting_rows.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/json.h"

namespace kaizen::test {

WaitingRows::WaitingRows()
    : redactor_({}, {}),
      hash_(*proto::TeamHash::with_salt(std::string(64, '1'))),
      projection_(redactor_, hash_, {redact::Content::text, 1 << 20}, 1.0) {
    restart();
}

void WaitingRows::restart() {
    outbox_.reset();
    store_ = std::make_unique<store::Store>(dir_ / "kaizen.db");
    outbox_ = std::make_unique<outbox::Outbox>(*store_);
    outbox_->use_receivers(receivers_);
}

void WaitingRows::use_receivers(std::vector<std::string> names) {
    receivers_ = std::move(names);
    outbox_->use_receivers(receivers_);
    while (outbox_->clear_some()) continue;
}

void WaitingRows::add(const std::string& workspace, const parse::Event& event, session::Growth used) {
    session::SessionState session;
    session.agent = "claude";
    session.id = "5b1c9f0e-1111-2222-3333-444455556666";
    const redact::SeenEvent seen{event, next_seq_++, nullptr, used, {}, nullptr, kTestNow};
    outbox_->enqueue(projection_.event({session, hash_.workspace(workspace), 1}, seen, secrets_), kTestNow);
}

void WaitingRows::add_events(const std::string& workspace, int count, std::size_t text_bytes) {
    store::Transaction transaction(store_->database);
    for (int i = 0; i < count; ++i) {
        parse::Event event;
        event.role = parse::Role::user;
        while (event.text.size() < text_bytes) event.text += "word ";
        event.text_bytes = static_cast<std::int64_t>(event.text.size());
        add(workspace, event, {});
    }
    outbox_->write_counts();
    transaction.commit();
}

void WaitingRows::add_answers(const std::string& workspace, int count) {
    store::Transaction transaction(store_->database);
    for (int i = 0; i < count; ++i) {
        parse::Event event;
        event.role = parse::Role::assistant;
        event.model = "claude-sonnet-4-5";
        event.response_id = "msg_" + std::to_string(next_seq_);
        session::Growth used;
        used.tokens.input = 10;
        used.tokens.output = 5;
        add(workspace, event, used);
    }
    outbox_->write_counts();
    transaction.commit();
}

void WaitingRows::add_spans(const std::string& workspace, int count) {
    session::SessionState session;
    session.agent = "claude";
    session.id = "5b1c9f0e-1111-2222-3333-444455556666";
    store::Transaction transaction(store_->database);
    for (int i = 0; i < count; ++i) {
        session::ToolSpan span;
        span.call_id = "toolu_" + std::to_string(next_seq_++);
        span.status = session::SpanStatus::done;
        outbox_->enqueue(projection_.span({session, hash_.workspace(workspace), 1}, span, secrets_),
                         kTestNow);
    }
    outbox_->write_counts();
    transaction.commit();
}

outbox::Balance checked_balance(store::Store& store, outbox::Outbox& outbox) {
    const outbox::Balance balance = outbox.summary().balance;
    EXPECT_EQ(balance.enqueued, balance.delivered + balance.pending + balance.dead + balance.dropped);
    std::int64_t rows = 0;
    for (const store::LaneRow& lane : store.outbox.lanes()) {
        std::int64_t pending = 0;
        std::int64_t oldest = INT64_MAX;
        store.outbox.each(lane.id, 0, INT64_MAX, [&](const store::WaitingRow& row) {
            pending += row.settled ? 0 : 1;
            EXPECT_TRUE(row.settled || row.id > lane.settled);
            oldest = std::min(oldest, row.id);
            return true;
        });
        EXPECT_EQ(pending, lane.waiting);
        EXPECT_GT(oldest, store.receivers.done_by_all(lane.id));
        rows += pending;
    }
    EXPECT_EQ(balance.pending, rows);
    const auto dead = store.outbox.dead_after(0, 1'000'000);
    EXPECT_EQ(balance.dead, std::count_if(dead.begin(), dead.end(), [](const store::DeadRow& row) {
                  return row.receiver == outbox::kIngest;
              }));
    return balance;
}

std::vector<std::int64_t> sequence(const outbox::Batch& batch) {
    std::vector<std::int64_t> numbers;
    JsonDocument document;
    for (const outbox::Row& row : batch.rows) {
        EXPECT_TRUE(document.parse(row.json));
        numbers.push_back(find_int(document.root(), "event_seq").value_or(-1));
    }
    return numbers;
}

std::int64_t WaitingRows::retry_all() {
    std::int64_t rows = 0;
    std::optional<std::int64_t> after = 0;
    while (after) {
        const auto retried = outbox_->retry_some(*after, kTestNow);
        rows += retried.rows;
        after = retried.after;
    }
    return rows;
}

}  // namespace kaizen::test
