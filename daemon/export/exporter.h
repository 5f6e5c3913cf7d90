#pragma once

// What an exporter is: from a batch of the outbox to the requests that another service wants, and from its
// reply to what that means. Pure: the same batch gives the same bytes, so that a re-send is recognisable. One
// file each, one table (exporters.cpp). They see what is in the outbox and nothing else. Any thread; a full
// batch takes some milliseconds: on the worker.

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "daemon/flush/reply.h"
#include "daemon/flush/sink.h"
#include "daemon/flush/verdict.h"
#include "daemon/outbox/batch.h"

namespace kaizen::exporting {

// A row that this service would lose or refuse: it is not sent there, and the reason is kept.
struct Unfit {
    std::int64_t row = 0;  // outbox::Row::id
    std::string reason;
};

struct Shipment {
    std::vector<flush::Request> requests;  // in order; all of them together are the batch
    std::vector<Unfit> unfit;
};

// What requests say beside the rows.
struct Origin {
    std::string team_id;
    std::string version;  // of this program
};

struct Exporter {
    const char* type;  // as in [[export.to]]
    // Where requests go: an http or https URL; of the file exporter its path.
    Result<std::string> (*place)(const ExportTarget& target);
    Shipment (*ship)(const outbox::Batch& batch, const ExportTarget& target, const Origin& origin,
                     UnixMs now);
    flush::Verdict (*judge)(const flush::Reply& reply, UnixMs now);
};

}  // namespace kaizen::exporting
