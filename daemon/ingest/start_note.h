#pragma once

// The small file beside a sub-agent's own in which some agents say what started it. It is as untrusted as a
// session file: a call counts only once the parent is known to have made it. Worker thread.

#include <string>

#include "daemon/parse/formats.h"

namespace kaizen::ingest {

// The id of the tool call that the note at `path` below `root` names; empty when there is none that says so:
// no file, a link, no JSON, larger than any such note is.
[[nodiscard]] std::string call_in_note(const parse::Format& format, const std::string& root,
                                       const std::string& path);

}  // namespace kaizen::ingest
