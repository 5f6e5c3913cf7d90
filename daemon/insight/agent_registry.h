#pragma once

// What Claude Code says itself of its sessions that run: <configuration>/sessions/<pid>.json, from 2.1.139
// on. Nobody documents it; where it is missing, or says something new, the session file tells. Nothing else
// in that directory is opened: keys lie there. A query thread; blocks for as long as it takes to read some
// small files. Rules: spec "status".

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/agent_roots.h"
#include "daemon/session/session_state.h"

namespace kaizen::insight {

class AgentRegistry {
  public:
    // Where it lies, for the roots that the agent uses by itself.
    [[nodiscard]] static std::vector<std::string> directories(const std::string& home, const Env& env);

    AgentRegistry() = default;
    [[nodiscard]] static AgentRegistry read(const std::vector<std::string>& directories);

    // What it makes of a session's status; nothing: it does not say.
    [[nodiscard]] std::optional<session::Status> status_of(const session::SessionState& state,
                                                           UnixMs now) const;
    [[nodiscard]] bool has_running() const;

  private:
    struct Entry {
        bool runs = false;  // its process is there; else it was killed
        std::string status;
    };

    bool exists_ = false;
    std::map<std::string, Entry> sessions_;  // by id
};

}  // namespace kaizen::insight
