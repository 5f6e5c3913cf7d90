#pragma once

// What doctor's checks are given, put together from what the daemon and the store know.

#include <vector>

#include "common/config.h"
#include "common/paths.h"
#include "daemon/doctor/facts.h"
#include "daemon/insight/history.h"
#include "daemon/status.h"

namespace kaizen {

// I/O thread.
[[nodiscard]] doctor::Facts doctor_facts(const LoadedConfig& config, const Paths& paths, const Env& env,
                                         const std::vector<WatchedTree>& trees);

// The same with what is stored and what is left out of each source, or why the store cannot say. Worker
// thread.
[[nodiscard]] doctor::Facts with_stored_facts(doctor::Facts facts, const std::vector<WatchedTree>& trees,
                                              insight::History& history, store::Store& store,
                                              ingest::Ingest& ingest);

}  // namespace kaizen
