#pragma once

// The daemon's answers as people read them: data and a look in, text out. Pure; nothing here asks or prints.

#include <string>
#include <vector>

#include "common/paths.h"
#include "ctl/look.h"
#include "proto/control.h"

namespace kaizen::ctl {

[[nodiscard]] std::string render_status(const Look& look, const proto::Status& status);

// `more`: there are older ones. Sub-agents whose parent is listed are folded into it.
[[nodiscard]] std::string render_sessions(const Look& look, const std::vector<proto::Session>& sessions,
                                          bool more);
[[nodiscard]] std::size_t rows_of(const std::vector<proto::Session>& sessions);  // after folding

// Why there are none, and what is watched.
[[nodiscard]] std::string render_no_sessions(const Look& look, const proto::Status& status);

[[nodiscard]] std::string render_session(const Look& look, const proto::SessionDetail& detail);

// What was asked for, as far as the answer does not repeat it.
struct UsageQuestion {
    std::string agent;
    std::string workspace;
    std::string zone;  // of the reader; another one is named
};
[[nodiscard]] std::string render_usage(const Look& look, const proto::Usage& usage,
                                       const UsageQuestion& question);
[[nodiscard]] std::string render_reprice(const Look& look, const proto::Reprice& reprice);

[[nodiscard]] std::string render_flush(const Look& look, const proto::Flush& flush);
[[nodiscard]] std::string render_reload(const Look& look, const proto::Reload& reload);
[[nodiscard]] std::string render_paths(const Look& look, const Paths& paths);

// "● running" and the like.
[[nodiscard]] Cell session_status_cell(const std::string& status);

}  // namespace kaizen::ctl
