#pragma once

// Tokens and cost of one session, as `show` has them: its own, with its sub-agents, and as the agent itself
// says. Pure.

#include <string>
#include <vector>

#include "ctl/look.h"
#include "proto/control.h"

namespace kaizen::ctl {

[[nodiscard]] std::string usage_facts(const Look& look, const proto::SessionDetail& detail);

// Nothing for a single model: it stands at the top.
[[nodiscard]] std::string models_table(const Look& look, const std::vector<proto::UsageRow>& models);

}  // namespace kaizen::ctl
