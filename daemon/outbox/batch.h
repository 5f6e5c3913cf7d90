#pragma once

// What leaves together, as flush and export see it. Plain data; any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "proto/ingest.h"

namespace kaizen::outbox {

struct Row {
    std::int64_t id = 0;
    std::string json;
};

// Rows of one kind and one workspace, oldest first. What is in a batch does not change any more: every
// attempt sends the same rows under the same key, also after a restart.
struct Batch {
    std::string key;  // UUIDv7
    proto::ingest::Kind kind = proto::ingest::Kind::events;
    std::string workspace_hash;
    std::int64_t attempts = 0;  // this one included
    std::vector<Row> rows;
    std::int64_t body_bytes = 0;   // of the ingest endpoint's body: the measure of Limits
    std::int64_t parts_taken = 0;  // bits: which of the requests that it makes were taken before
    std::string
        told;  // what the receiver was told of the lane before it, as its exporter put it; empty: nothing
};

struct Limits {
    std::int64_t rows = 500;
    std::int64_t body_bytes = 1'000'000;  // with the envelope; a larger row goes alone
};

// Names of receivers: the endpoint, and exporters, which may have any name.
inline constexpr const char* kIngest = "ingest";
[[nodiscard]] inline std::string exporter_receiver(const std::string& name) { return "export/" + name; }
// Empty: it is the endpoint.
[[nodiscard]] inline std::string exporter_of(const std::string& receiver) {
    return receiver == kIngest ? "" : receiver.substr(receiver.find('/') + 1);
}

// One that batches are sent to: what is known of it, also across restarts.
struct Receiver {
    std::string name;
    std::int64_t failures = 0;  // attempts in a row that came to nothing
    UnixMs not_before = 0;      // of the next attempt
    std::string paused;         // why, a stable word; empty: it is not
    std::string pause_title;    // the same in words
    std::string pause_fix;
    std::int64_t body_limit = 0;  // bytes that it took at once, learnt from refusals; 0: as configured
    std::optional<UnixMs> last_success_at;
    std::optional<UnixMs> last_error_at;
    std::string last_error;
    std::int64_t batches_sent = 0;
    std::int64_t rows_sent = 0;
    std::int64_t rows_deduped = 0;  // of these: it had them already
    std::int64_t rows_dropped = 0;  // its backlog was full
    std::optional<UnixMs> last_drop_at;
    std::int64_t items_rejected = 0;  // of batches that it took otherwise, as it says
};

// A row that a receiver would lose or refuse: it is not sent there.
struct Unfit {
    std::int64_t row = 0;  // Row::id
    std::string reason;
};

// Why a row will not be sent again by itself.
struct Obituary {
    std::optional<std::int64_t> status;  // of the server's answer
    std::string code;
    std::string reason;
};

struct Balance {  // enqueued is the sum of the others, always
    std::int64_t enqueued = 0;
    std::int64_t delivered = 0;
    std::int64_t pending = 0;
    std::int64_t dead = 0;
    std::int64_t dropped = 0;
};

// Events and spans that never came in.
struct Withheld {
    std::int64_t refused = 0;  // the redactor failed on them
    std::int64_t excluded = 0;
    std::int64_t sampled_out = 0;
};

struct Summary {
    std::vector<std::int64_t> pending;  // by proto::ingest::Kind
    std::optional<UnixMs> oldest_at;
    Balance balance;
    Withheld withheld;
};

}  // namespace kaizen::outbox
