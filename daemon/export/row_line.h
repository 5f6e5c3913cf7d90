#pragma once

// A row of the outbox as one line for people: "tool Bash failed (exit 2)", "prompt", "model gpt-5.1: 1,234
// in, 56 out". It says nothing that does not stand in the row, which is redacted; the text of one that has
// any stands behind it, cut. A member that is missing or of another type is nothing. Pure; any thread.

#include <string>

#include "common/json.h"
#include "proto/ingest.h"

namespace kaizen::exporting {

[[nodiscard]] std::string line_of(proto::ingest::Kind kind, const JsonValue& row);

}  // namespace kaizen::exporting
