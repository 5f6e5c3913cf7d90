#pragma once

// What an exporter is: from a batch of the outbox to the requests that another service wants, and from its
// reply to what that means. Pure: the same batch gives the same bytes, so that a re-send is recognisable. One
// file each, one table (exporters.cpp). They see what is in the outbox and nothing else. Any thread; a full
// batch takes some milliseconds: on the worker.

#include <cstdint>
#include <limits>
#include <string>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "daemon/flush/carrier.h"
#include "daemon/outbox/batch.h"

namespace kaizen::exporting {

using flush::Shipment;
using outbox::Unfit;

// What requests say beside the rows.
struct Origin {
    std::string team_id;
    std::string version;  // of this program
    std::string member;   // a hash that stands for this user on this machine (member.h)
};

struct Exporter {
    const char* type;  // as in [[export.to]]
    // Where requests go: an http or https URL; of the file exporter its path.
    Result<std::string> (*place)(const ExportTarget& target);
    Shipment (*ship)(const outbox::Batch& batch, const ExportTarget& target, const Origin& origin,
                     UnixMs now);
    flush::Verdict (*judge)(const flush::Reply& reply, const ExportTarget& target, UnixMs now);
    // Does no harm, and shows whether the service is there and lets us in; nothing: ship() of a test event
    // does.
    std::vector<flush::Request> (*probe)(const ExportTarget& target) = nullptr;
    // Rows that are older than that are taken under the time of their arrival; 0: of any age under their own.
    UnixMs oldest = 0;
    // Of rows as they wait: what the service takes at once, so that a batch is not cut in two there.
    outbox::Limits most{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()};
};

}  // namespace kaizen::exporting
