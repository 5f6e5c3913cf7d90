#include "daemon/insight/session_folds.h"

namespace kaizen::insight {
namespace {

constexpr UnixMs kHour = 3'600'000;

void fold_in(proto::Session& row, const proto::Session& run) {
    ++row.runs;
    if (run.status == "running") row.status = run.status;
    if (!row.started_at_ms || (run.started_at_ms && *run.started_at_ms < *row.started_at_ms))
        row.started_at_ms = run.started_at_ms;
    row.events += run.events;
    row.prompts += run.prompts;
    row.tool_calls += run.tool_calls;
    row.tool_errors += run.tool_errors;
    row.children += run.children;
    row.pinned = row.pinned || run.pinned;
    if (run.active_ms) row.active_ms = row.active_ms.value_or(0) + *run.active_ms;
}

}  // namespace

void SessionFolds::add(proto::Session session, const session::SessionState& state, const Used& used) {
    const bool one_shot = fold_ && state.parent.empty() && session::is_one_shot(state);
    if (one_shot) {
        const Fold fold(state.agent, session.workspace, state.last_activity.value_or(0) / kHour);
        const auto [open, is_new] = open_.try_emplace(fold, rows_.size());
        if (!is_new) {
            auto& [row, sums] = rows_[open->second];
            fold_in(row, session);
            sums.own.add(used.own);
            sums.all.add(used.all);
            return;
        }
    }
    rows_.emplace_back(std::move(session), used);
}

}  // namespace kaizen::insight
