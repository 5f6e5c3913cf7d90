#pragma once

// How batches go to the ingest endpoint. Its probe asks for /v1/health; over plain http, where answers need a
// proof (ingest_verdict.h), it is a batch without rows. Spec "wire". Pure; any thread.

#include <string>

#include "daemon/flush/carrier.h"

namespace kaizen::flush {

[[nodiscard]] Carrier ingest_carrier(const std::string& team_id, const std::string& token,  // empty: none
                                     outbox::Limits limits, bool over_plain_http);

}  // namespace kaizen::flush
