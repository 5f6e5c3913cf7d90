#pragma once

// Questions about tokens and cost. All are answered from sums of a quarter of an hour, none from events.
// Worker thread only; nothing here writes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/workspace_aliases.h"
#include "daemon/store/store.h"
#include "proto/control.h"

namespace kaizen::insight {

enum class UsageBy { day, week, month, model, agent, workspace, session };

[[nodiscard]] std::string_view to_text(UsageBy by);
[[nodiscard]] std::optional<UsageBy> usage_by(std::string_view text);

struct UsageQuestion {
    UsageBy by = UsageBy::day;
    std::optional<UnixMs> since = {};  // nothing: 30 days before until
    std::optional<UnixMs> until = {};  // nothing: now
    std::string tz = {};               // IANA name; empty: this machine's
    std::string agent = {};            // empty: all
    std::string workspace = {};        // this directory or one below it; empty: all
    WorkspaceAliases aliases = {};
    std::int64_t limit = 1000;  // rows
};

class UsageHistory {
  public:
    explicit UsageHistory(store::Store& store) : store_(store) {}

    // Fails when there is no such time zone.
    [[nodiscard]] Result<proto::Usage> usage(const UsageQuestion& question, UnixMs now);
    [[nodiscard]] proto::TodayStatus today(UnixMs now);

    [[nodiscard]] session::UsageSum of_session(std::int64_t session);
    [[nodiscard]] session::UsageSum with_children(std::int64_t session);  // and theirs
    [[nodiscard]] std::vector<proto::UsageRow> models_of_session(std::int64_t session);

  private:
    void name_session(std::int64_t session, proto::UsageRow& row);
    void add_uncounted(const UsageQuestion& question, proto::Usage& answer);

    store::Store& store_;
};

[[nodiscard]] proto::UsageSum to_proto(const session::UsageSum& sum);

}  // namespace kaizen::insight
