#pragma once

// What exporters ask of a row of the outbox, whatever its kind, and of its batch. Rows are ours, but they
// come from a file that may be damaged: a member that is missing or of another type is nothing. Pure; any
// thread.

#include <functional>
#include <optional>
#include <string_view>

#include "common/clock.h"
#include "common/json.h"
#include "daemon/outbox/batch.h"
#include "proto/ingest.h"

namespace kaizen::exporting {

// When it happened: an event's time, the start of a span (its end where that is unknown), the time of a
// snapshot. Workspace facts have none. Not judged: it may be 0, or in a thousand years.
[[nodiscard]] std::optional<UnixMs> time_of(proto::ingest::Kind kind, const JsonValue& row);

// When the batch was put together, which its key says: the same whenever it is sent. Nothing: it is no
// UUIDv7.
[[nodiscard]] std::optional<UnixMs> made_at(const outbox::Batch& batch);

// Whether an event stands in the file of the session that it was copied from, too: that one has done it, and
// it is no work of this one. What ends with it (a turn, responses) is.
[[nodiscard]] bool is_copied(const JsonValue& row);

// The row's members, each as `prefix` + its name, as they are; without those that say nothing (null), and
// those that `is_said` otherwise.
void write_members(JsonText& out, const JsonValue& row, std::string_view prefix,
                   const std::function<bool(std::string_view)>& is_said);

}  // namespace kaizen::exporting
