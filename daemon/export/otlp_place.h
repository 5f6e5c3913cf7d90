#pragma once

// Where rows lie in traces. A turn is a trace, but the turns of a sub-agent that a known call started lie in
// the trace of that call, and the sub-agent of such a one in the same. Pure; any thread.

#include <string>

#include "daemon/export/otlp_rows.h"

namespace kaizen::exporting::otlp {

[[nodiscard]] std::string trace_of(const Actor& actor);

// The span of the parent's call that started the actor's session; empty: unknown.
[[nodiscard]] std::string call_above(const Actor& actor);

// What is above all but turns: the actor's turn, or, before its first prompt, call_above() where that is
// known.
[[nodiscard]] std::string span_above(const Actor& actor);

// A span without one above it may still be caused by the turn of a parent.
struct Cause {
    std::string trace;
    std::string span;
};
[[nodiscard]] std::optional<Cause> cause_of(const Actor& actor);

}  // namespace kaizen::exporting::otlp
