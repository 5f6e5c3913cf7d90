#pragma once

// Agents that run, and places of sessions that one was told of by its own environment (CODEX_HOME and the
// like), which we cannot know otherwise. Any thread; blocks for some milliseconds.

#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"

namespace kaizen {

struct UnwatchedRoot {
    std::string agent;
    std::string root;
    std::string variable;
    std::int64_t pid = 0;  // of a process that has it
};

struct AgentsSeen {
    std::vector<std::string> running;      // agents of which a process runs
    std::vector<UnwatchedRoot> unwatched;  // sixteen at most
    bool looked = false;                   // processes can be seen here at all
    bool hidden = false;                   // the environments of others may not be read
};

// `unwatched` holds all places that environments name, watched or not.
[[nodiscard]] AgentsSeen look_for_agents();

// Without the places that are watched, those that are not there, and agents of which nothing is watched: they
// are switched off.
[[nodiscard]] AgentsSeen not_watched(const AgentsSeen& seen, const std::vector<WatchRoot>& watched);

}  // namespace kaizen
