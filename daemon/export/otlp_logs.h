#pragma once

// Log records: lifecycle, errors, costs, messages, snapshots, facts, and the tool calls that have no time
// (Cursor's) and so cannot be spans. Its body is a line for people (row_line.h). A record without a time says
// only when it was observed. Pure; any thread.

#include <string>

#include "daemon/export/otlp_names.h"
#include "daemon/export/otlp_rows.h"

namespace kaizen::exporting::otlp {

// A JSON list; empty text when there is none.
[[nodiscard]] std::string logs_of(const Rows& rows, const Names& names);

}  // namespace kaizen::exporting::otlp
