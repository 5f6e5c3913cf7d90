#pragma once

// What doctor's checks are given, put together from what the daemon and the store know.

#include <vector>

#include "common/config.h"
#include "common/paths.h"
#include "daemon/doctor/facts.h"
#include "daemon/insight/reader.h"
#include "daemon/status.h"

namespace kaizen {

// I/O thread.
[[nodiscard]] doctor::Facts doctor_facts(const LoadedConfig& config, const Paths& paths, const Env& env,
                                         const std::vector<WatchedTree>& trees);

// The same with what is stored and what is left out of each source, or why the store cannot say. `waiting`:
// what the worker said of it. Query thread.
[[nodiscard]] doctor::Facts with_stored_facts(doctor::Facts facts, const std::vector<WatchedTree>& trees,
                                              const SourceFacts& waiting, insight::Reader& reader);

}  // namespace kaizen
