#pragma once

// Which agents run and where their environments lead, looked for when somebody asks and remembered for half a
// minute: status may be asked for many times a second. Worker thread.

#include <chrono>
#include <optional>
#include <vector>

#include "common/agents_seen.h"

namespace kaizen {

class AgentsLook {
  public:
    // Without what is watched.
    [[nodiscard]] AgentsSeen beside(const std::vector<WatchRoot>& watched);

  private:
    std::optional<AgentsSeen> seen_;
    std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace kaizen
