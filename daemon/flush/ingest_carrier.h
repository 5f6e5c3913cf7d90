#pragma once

// How batches go to the ingest endpoint. Spec "wire". Pure; any thread.

#include <string>

#include "daemon/flush/carrier.h"

namespace kaizen::flush {

[[nodiscard]] Carrier ingest_carrier(const std::string& team_id, const std::string& token,
                                     outbox::Limits limits);  // an empty token: none

}  // namespace kaizen::flush
