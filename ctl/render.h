#pragma once

// The daemon's answers as people read them: data and a look in, text out. Pure; nothing here asks or prints.

#include <string>
#include <vector>

#include "common/paths.h"
#include "ctl/look.h"
#include "ctl/service_manager.h"
#include "proto/control.h"

namespace kaizen::ctl {

[[nodiscard]] std::string render_status(const Look& look, const proto::Status& status);
[[nodiscard]] std::string render_doctor(const Look& look, const proto::Doctor& doctor);

// `more`: there are older ones. Sub-agents whose parent is listed are folded into it.
[[nodiscard]] std::string render_sessions(const Look& look, const std::vector<proto::Session>& sessions,
                                          bool more);
[[nodiscard]] std::size_t rows_of(const std::vector<proto::Session>& sessions);  // after folding

// Why there are none, and what is watched.
[[nodiscard]] std::string render_no_sessions(const Look& look, const proto::Status& status);

// Below a list of sessions: what may be missing in it, and what says more. Nothing: nothing is.
[[nodiscard]] std::string render_hints(const Look& look, const proto::Status& status);

[[nodiscard]] std::string render_session(const Look& look, const proto::SessionDetail& detail);

// What was asked for, as far as the answer does not repeat it.
struct UsageQuestion {
    std::string agent;
    std::string workspace;
    std::string zone;  // of the reader; another one is named
};
[[nodiscard]] std::string render_usage(const Look& look, const proto::Usage& usage,
                                       const UsageQuestion& question);
// `model`: what was asked for; empty: everything.
[[nodiscard]] std::string render_prices(const Look& look, const proto::Prices& prices,
                                        const std::string& model);
[[nodiscard]] std::string render_reprice(const Look& look, const proto::Reprice& reprice);

// How to turn sync on when it is off and nothing waits: in `config_file`.
[[nodiscard]] std::string render_outbox(const Look& look, const proto::OutboxPage& page,
                                        const proto::Status& status, const std::string& config_file);
[[nodiscard]] std::string render_dead(const Look& look, const proto::OutboxPage& page, std::int64_t dead);
[[nodiscard]] std::string render_outbox_row(const Look& look, const proto::OutboxRow& row);
[[nodiscard]] std::string render_outbox_change(const Look& look, const proto::OutboxChange& change);

// `full`: every row with every field, else the first ones in a line each.
[[nodiscard]] std::string render_preview(const Look& look, const proto::Preview& preview, bool full);
[[nodiscard]] std::string nothing_would_leave(const proto::Preview& preview);  // why; empty: something would

[[nodiscard]] std::string render_sync(const Look& look, const proto::SyncStatus& sync);
[[nodiscard]] std::string render_sync_test(const Look& look, const proto::SyncTest& test);
[[nodiscard]] std::string render_export_test(const Look& look, const proto::ExportTest& tests);
// `done`: it was forgotten; else it would be.
[[nodiscard]] std::string render_forgotten(const Look& look, const proto::Forgotten& forgotten, bool done);
[[nodiscard]] std::string render_pinned(const Look& look, const proto::Pinned& pinned);
[[nodiscard]] std::string render_backfill(const Look& look, const proto::Backfill& backfill);
[[nodiscard]] std::string render_flush(const Look& look, const proto::Flush& flush);
[[nodiscard]] std::string render_reload(const Look& look, const proto::Reload& reload);
[[nodiscard]] std::string render_service(const Look& look, const ServiceState& state);
[[nodiscard]] std::string render_paths(const Look& look, const Paths& paths);

// "● running" and the like.
[[nodiscard]] Cell session_status_cell(const std::string& status);

}  // namespace kaizen::ctl
