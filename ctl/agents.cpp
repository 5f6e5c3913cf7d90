#include "ctl/agents.h"

#include <utility>
#include <vector>

#include "common/clock.h"
#include "proto/unwatched.h"

namespace kaizen::ctl {

void look_where_it_was_hidden(proto::Status& status, const std::string& config_file) {
    if (!status.agents.hidden) return;
    std::vector<WatchRoot> watched;
    for (const proto::SourceStatus& source : status.sources) {
        if (!source.watching.empty()) watched.push_back({source.agent, source.root});
    }
    status.agents = not_watched(look_for_agents(), watched);
    for (const UnwatchedRoot& root : status.agents.unwatched) {
        proto::Check check = proto::unwatched_check(root, config_file);
        status.health.push_back({std::move(check.code), std::move(check.severity), std::move(check.detail),
                                 std::move(check.fix), now()});
    }
}

}  // namespace kaizen::ctl
