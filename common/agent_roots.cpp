#include "common/agent_roots.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "common/text.h"

namespace kaizen {
namespace {

std::vector<std::string> below(const std::vector<std::string>& homes,
                               const std::vector<std::string_view>& names) {
    std::vector<std::string> all;
    for (const std::string& home : homes) {
        for (const std::string_view name : names) all.push_back(fmt::format("{}/{}", home, name));
    }
    return all;
}

}  // namespace

std::span<const AgentHome> agent_homes() {
    static const std::array<AgentHome, 3> kHomes = {{
        {"claude", "CLAUDE_CONFIG_DIR", {".claude", ".config/claude"}, {"projects"}, true, {"claude"}},
        {"codex", "CODEX_HOME", {".codex"}, {"sessions", "archived_sessions"}, false, {"codex"}},
        {"cursor", "CURSOR_HOME", {".cursor"}, {"projects"}, false, {"cursor", "Cursor", "cursor-agent"}},
    }};
    return kHomes;
}

std::vector<std::string> session_roots(std::string_view agent, const std::string& home, const Env& env) {
    const auto found = std::find_if(agent_homes().begin(), agent_homes().end(),
                                    [agent](const AgentHome& one) { return one.agent == agent; });
    if (found == agent_homes().end()) return {};
    const char* value = env(found->variable);
    if (value != nullptr && *value != '\0') return session_roots(*found, value);
    return below(below({home}, found->usual), found->roots);
}

std::vector<std::string> session_roots(const AgentHome& agent, std::string_view value) {
    if (!agent.is_list) return below({std::string(value)}, agent.roots);
    std::vector<std::string> homes;
    for (const std::string_view home : split(value, ',')) {
        if (!trim(home).empty()) homes.emplace_back(trim(home));
    }
    return below(homes, agent.roots);
}

}  // namespace kaizen
