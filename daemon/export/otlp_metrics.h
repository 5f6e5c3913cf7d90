#pragma once

// Metrics: the conventions' two client histograms, as deltas: what the rows of one batch add, one point per
// set of attributes. A model response has no duration: nobody told us when its request began. Pure; any
// thread.

#include <string>
#include <vector>

#include "daemon/export/otlp_rows.h"

namespace kaizen::exporting::otlp {

// A JSON list; empty text when there is none.
[[nodiscard]] std::string metrics_of(const Rows& rows, const std::vector<Response>& responses);

}  // namespace kaizen::exporting::otlp
