#pragma once

// What a reply of the ingest endpoint means: verdict.h, and over plain http that it is the endpoint's at all.
// Rows leave the outbox by an answer that they were taken (2xx, 409) or refused (400, 422), and without TLS
// anybody on the way may give one: the log-in page of a network, or whatever else listens on that port. So
// there such an answer counts only when it shows whose it is: by the header X-Kaizen-Ingest: 1, or by the
// body that the contract gives it ("received"; of a refusal or a 409 also "code"). Otherwise it is a pause,
// and nothing is dropped. A 413 needs no proof: proxies before an endpoint say it in words of their own, and
// it only makes batches smaller, down to a single row. Pure; any thread.

#include "common/clock.h"
#include "daemon/flush/reply.h"
#include "daemon/flush/verdict.h"

namespace kaizen::flush {

[[nodiscard]] Verdict judge_ingest(const Reply& reply, UnixMs now);

}  // namespace kaizen::flush
