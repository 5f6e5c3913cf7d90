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
    std::int64_t attempts = 0;  // begun so far
    std::vector<Row> rows;
};

struct Limits {
    std::int64_t rows = 500;
    std::int64_t body_bytes = 1'000'000;  // with the envelope; a larger row goes alone
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
