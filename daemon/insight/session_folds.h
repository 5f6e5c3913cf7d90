#pragma once

// Rows of a list of sessions. Runs for one prompt (`claude -p`, `codex exec`, an SDK) come by the hundred:
// those of one workspace and hour can be folded into the row of the latest. Rules: spec "status".

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/session/session_state.h"
#include "daemon/session/usage_ledger.h"
#include "proto/control.h"

namespace kaizen::insight {

class SessionFolds {
  public:
    struct Used {
        session::UsageSum own;
        session::UsageSum all;  // with sub-agents
    };
    using Row = std::pair<proto::Session, Used>;

    explicit SessionFolds(bool fold) : fold_(fold) {}

    // In the order of the list: the latest first.
    void add(proto::Session session, const session::SessionState& state, const Used& used);
    [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(rows_.size()); }
    [[nodiscard]] std::vector<Row> take() { return std::move(rows_); }

  private:
    using Fold = std::tuple<std::string, std::string, std::int64_t>;  // agent, workspace, hour

    bool fold_;
    std::vector<Row> rows_;
    std::map<Fold, std::size_t> open_;
};

}  // namespace kaizen::insight
