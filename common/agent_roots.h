#pragma once

// Where the agents keep their sessions, by rules of their own: below the home directory, or elsewhere where a
// variable of their environment says so (spec "sources"). Pure; any thread.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/paths.h"

namespace kaizen {

struct AgentHome {
    std::string_view agent;
    const char* variable;
    std::vector<std::string_view> usual;     // below the home directory, without the variable
    std::vector<std::string_view> roots;     // below each of these
    bool is_list = false;                    // the variable holds several, separated by commas
    std::vector<std::string_view> programs;  // what its processes are called
};

[[nodiscard]] std::span<const AgentHome> agent_homes();

// In order, whether they exist or not; nothing for an agent that is not known. `env` answers nullptr for an
// unset variable.
[[nodiscard]] std::vector<std::string> session_roots(std::string_view agent, const std::string& home,
                                                     const Env& env);

// Those that a value of the agent's variable leads to.
[[nodiscard]] std::vector<std::string> session_roots(const AgentHome& agent, std::string_view value);

}  // namespace kaizen
