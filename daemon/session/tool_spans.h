#pragma once

// A tool call and its result become one span. Pure; worker thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/parse/event.h"

namespace kaizen::session {

// `orphaned`: the turn or the session ended without a result. A late result still ends it.
enum class SpanStatus : std::uint8_t { open, done, error, orphaned };

struct ToolSpan {
    std::string call_id;  // unique in its session
    std::string tool;
    std::int64_t turn = 0;  // in which it was called; 0: before the first prompt, or unknown
    SpanStatus status = SpanStatus::open;
    std::optional<UnixMs> started_at;
    std::optional<UnixMs> ended_at;
    std::optional<std::int64_t>
        lead_ms;  // as the agent measured it, else ended − started; nothing when unknown
    std::optional<std::int64_t> exit_code;
    std::vector<std::string> paths;  // touched, normalised
    bool is_late = false;            // it left as orphaned before this result came; not stored
};

// `answered`: whether the agent writes results at all. Where it does not (Cursor) a call is done when it is
// written, and how it ended is unknown.
[[nodiscard]] ToolSpan start_span(const parse::Event& call, std::string_view workspace, std::string_view cwd,
                                  bool answered);
void end_span(ToolSpan& span, const parse::Event& result);

// '/'-separated, "." and ".." resolved; relative to the workspace when it lies inside, else absolute (a
// relative path is taken from `cwd`; when that is unknown it stays relative). Windows paths ("C:\x") keep
// their drive.
[[nodiscard]] std::string normalise_path(std::string_view path, std::string_view workspace,
                                         std::string_view cwd);

}  // namespace kaizen::session
