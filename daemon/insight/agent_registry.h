#pragma once

// What agents say of their sessions beside their files. Claude Code of those that run, from 2.1.139 on:
// <configuration>/sessions/<pid>.json; Codex nothing, but where none of it runs, none of its sessions waits.
// Nobody documents it; where it is missing, or says something new, the session file tells. Nothing else in
// that directory is opened: keys lie there. A query thread, or the worker; blocks for as long as it takes to
// read some small files. Rules: spec "status".

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/agent_roots.h"
#include "common/agents_seen.h"
#include "daemon/session/session_state.h"

namespace kaizen::insight {

class AgentRegistry {
  public:
    // Where it lies, for the roots that the agent uses by itself.
    [[nodiscard]] static std::vector<std::string> directories(const std::string& home, const Env& env);

    AgentRegistry() = default;
    using LookForAgents = std::function<AgentsSeen()>;
    // `look` is asked once, if anything depends on it.
    [[nodiscard]] static AgentRegistry read(const std::vector<std::string>& directories,
                                            LookForAgents look = look_for_agents);

    // What it makes of a session's status; nothing: it does not say.
    [[nodiscard]] std::optional<session::Status> status_of(const session::SessionState& state,
                                                           UnixMs now) const;
    [[nodiscard]] bool has_running() const;

  private:
    struct Entry {
        bool runs = false;  // its process is there; else it was killed
        std::string status;
    };

    [[nodiscard]] bool is_gone(const session::SessionState& state, UnixMs now) const;

    LookForAgents look_;
    mutable std::optional<AgentsSeen> seen_;
    bool exists_ = false;
    std::map<std::string, Entry> sessions_;  // by id
};

}  // namespace kaizen::insight
