#pragma once

// A database with an outbox, and rows as the product makes them.

#include <memory>
#include <string>

#include "daemon/outbox/outbox.h"
#include "daemon/outbox/queue.h"
#include "daemon/redact/projection.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {

// Rows counted in the tables themselves; fails the test when they do not agree with the balance, or when rows
// lie there that nobody needs any more.
outbox::Balance checked_balance(store::Store& store, outbox::Outbox& outbox);

class WaitingRows {
  public:
    WaitingRows();

    // `count` events, or tool spans, of one workspace; each a transaction of its own. Events have the
    // ordinals that follow those of the calls before.
    void add_events(const std::string& workspace, int count, std::size_t text_bytes = 0);
    void add_answers(const std::string& workspace, int count);  // events with tokens, each a response
    void add_spans(const std::string& workspace, int count);

    [[nodiscard]] outbox::Outbox& outbox() { return *outbox_; }
    std::int64_t retry_all();  // rows that came back
    // The endpoint is the only receiver, unless use_receivers() said otherwise.
    [[nodiscard]] outbox::Queue queue(const std::string& receiver = outbox::kIngest) {
        return outbox::Queue(*store_, receiver);
    }
    void use_receivers(std::vector<std::string> names);
    [[nodiscard]] store::Store& store() { return *store_; }
    void restart();

    outbox::Balance checked_balance() { return test::checked_balance(*store_, *outbox_); }

  private:
    void add(const std::string& workspace, const parse::Event& event, session::Growth used);

    TempDir dir_;
    redact::Redactor redactor_;
    proto::TeamHash hash_;
    redact::Projection projection_;
    redact::SessionSecrets secrets_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<outbox::Outbox> outbox_;
    std::vector<std::string> receivers_ = {outbox::kIngest};
    std::int64_t next_seq_ = 0;
};

// "event_seq" of each row of a batch.
[[nodiscard]] std::vector<std::int64_t> sequence(const outbox::Batch& batch);

inline constexpr UnixMs kTestNow = 1'795'600'000'000;

}  // namespace kaizen::test
