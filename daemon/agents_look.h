#pragma once

// Which agents run and where their environments lead, as it was seen last. Status may be asked for many times
// a second: what was seen is good for half a minute. I/O thread.

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "common/agents_seen.h"

namespace kaizen {

class AgentsLook {
  public:
    void note(AgentsSeen seen) {
        seen_ = std::move(seen);
        looked_at_ = Clock::now();
    }
    [[nodiscard]] bool known() const { return seen_.has_value(); }
    [[nodiscard]] bool is_old() const { return Clock::now() - looked_at_ >= std::chrono::seconds(30); }
    // Without what is watched.
    [[nodiscard]] AgentsSeen beside(const std::vector<WatchRoot>& watched) const {
        return seen_ ? not_watched(*seen_, watched) : AgentsSeen();
    }

  private:
    using Clock = std::chrono::steady_clock;
    std::optional<AgentsSeen> seen_;
    Clock::time_point looked_at_;
};

}  // namespace kaizen
