#pragma once

// The table of agents: one row each, one .cpp each. A new agent is one .cpp, one row in formats.cpp and one
// folder of fixtures under tests/fixtures. Immutable; any thread.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "common/paths.h"
#include "daemon/parse/session_parser.h"

namespace kaizen::parse {

// Whose file this is, from its path alone. What the content adds (a parent, for instance) comes as
// SessionFacts.
struct FileOwner {
    std::string session_id;
    std::string parent_id;  // empty: not known from the path
};

struct Format {
    std::string_view agent;  // "claude", "codex", "cursor": the name in config, socket and wire

    // Roots below `home`, in order, whether they exist or not. `env` answers nullptr for an unset variable.
    std::vector<std::string> (*roots)(const std::string& home, const Env& env);

    // Paths below are relative to a root, '/'-separated, without a leading one.
    bool (*enters)(std::string_view directory);                // may session files stand in or below it
    std::optional<FileOwner> (*owner)(std::string_view file);  // nothing: not a session file, never opened

    // A parser for a file, new (`saved` empty) or going on from save().
    std::unique_ptr<SessionParser> (*make_parser)(const FileOwner& owner, std::string_view saved,
                                                  const Options& options);

    // For agents whose files name no directory: the part of the path that stands for one, else empty.
    std::string_view (*workspace_slug)(std::string_view file) = nullptr;

    bool writes_times = true;     // else the file's last change stands in for the time of an event
    bool writes_results = true;   // of tool calls; else a call is done when it is written
    bool has_record_ids = false;  // which copies keep
    bool writes_usage = true;     // tokens of model responses; else they are unknown
    // SessionFacts::reported includes sub-agents, and in a fork what it was forked from; else the session's
    // own responses alone.
    bool reports_family = false;

    // A small JSON file beside a sub-agent's own that names the tool call which started it: its path, empty
    // where a file has none, and the call in it, empty where it does not say.
    std::string (*start_note)(std::string_view file) = nullptr;
    std::string (*call_in_note)(const JsonValue& note) = nullptr;

    // The newest version of the agent whose files were tried; empty: its files do not say.
    std::string_view checked_with = {};

    // Why something is not read, or not entered, that holds sessions or may: a word of proto/left_out.h,
    // empty where it does not.
    std::string_view (*leaves_out)(std::string_view path, bool is_directory) = nullptr;
};

[[nodiscard]] std::span<const Format> formats();
[[nodiscard]] const Format* find_format(std::string_view agent);

// One per agent; each is defined in the agent's own .cpp.
extern const Format kClaudeCode;
extern const Format kCodex;
extern const Format kCursor;

}  // namespace kaizen::parse
