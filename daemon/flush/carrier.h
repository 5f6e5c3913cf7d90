#pragma once

// What one receiver wants to have batches in: the ingest endpoint (ingest_carrier.h), an exporter
// (export/exporters.h). Plain data; its functions are pure, and pack() of a full batch is worker work.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "daemon/flush/reply.h"
#include "daemon/flush/sink.h"
#include "daemon/flush/verdict.h"
#include "daemon/outbox/batch.h"

namespace kaizen::flush {

struct Shipment {
    std::vector<Request> requests;  // in order; all of them together are the batch
    std::vector<outbox::Unfit> unfit;
    std::string told;  // Batch::told of the next one of the lane, once this one was taken; empty: as it was
};

struct Carrier {
    std::string team_id;
    outbox::Limits limits;
    std::function<Shipment(const outbox::Batch& batch, UnixMs now)> pack;
    std::function<Verdict(const Reply& reply, UnixMs now)> judge;
    std::function<std::vector<Request>(UnixMs now)> probe;  // does no harm
    std::string works;                                      // what a probe that is taken shows, in words
    std::optional<Request> overrides;                       // asks what the server wants otherwise
};

}  // namespace kaizen::flush
