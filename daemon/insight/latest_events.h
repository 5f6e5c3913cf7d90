#pragma once

// The events that happened last, by their own times: ids are in the order in which files were read, which
// after an import is another one. Of the thread that has the store.

#include <vector>

#include "daemon/store/store.h"

namespace kaizen::insight {

// Of all sessions, or of an agent's: `limit` of the filter, oldest first. Costs what they and the sessions
// that they are of have since the oldest of them.
[[nodiscard]] std::vector<store::EventRow> latest_events(store::Store& store,
                                                         const store::EventFilter& filter);

}  // namespace kaizen::insight
