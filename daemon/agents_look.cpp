#include "daemon/agents_look.h"

namespace kaizen {
namespace {

constexpr std::chrono::seconds kRemembered{30};

}  // namespace

AgentsSeen AgentsLook::beside(const std::vector<WatchRoot>& watched) {
    const auto time = std::chrono::steady_clock::now();
    if (!seen_ || time - looked_at_ >= kRemembered) {
        seen_ = look_for_agents();
        looked_at_ = time;
    }
    return not_watched(*seen_, watched);
}

}  // namespace kaizen
