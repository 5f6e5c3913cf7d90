#pragma once

// The rows of an answer about usage while they add up. Only for usage_history.cpp; worker thread.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/insight/calendar.h"
#include "daemon/insight/usage_history.h"

namespace kaizen::insight {

[[nodiscard]] bool is_time(UsageBy by);

// Where sessions worked, as numbers: comparing texts for every sum would take as long as reading them. Looked
// up when they are met; from some thousands on, those of all sessions are read at once, which takes less.
class Places {
  public:
    Places(store::SessionTable& sessions, const UsageQuestion& question)
        : sessions_(sessions), question_(question), workspace_(question.workspace, question.aliases) {}

    [[nodiscard]] bool wanted(std::int64_t session) { return place(session).wanted; }
    // Of the agent, or of the workspace: what rows are by.
    [[nodiscard]] std::int64_t number(std::int64_t session) { return place(session).number; }
    [[nodiscard]] const std::string& name(std::int64_t number) const {
        return names_[static_cast<std::size_t>(number)];
    }

  private:
    struct Place {
        std::int64_t number = 0;
        bool wanted = false;
    };

    [[nodiscard]] Place place(std::int64_t session);
    [[nodiscard]] Place make(const std::string& agent, const std::string& workspace);
    void read_all();

    store::SessionTable& sessions_;
    const UsageQuestion& question_;
    WorkspaceFilter workspace_;
    std::unordered_map<std::int64_t, Place> met_;
    std::vector<Place> all_;  // by key; empty: only those that were met
    std::map<std::string, std::int64_t, std::less<>> numbers_;
    std::vector<std::string> names_;
};

using Sums = std::unordered_map<std::int64_t, session::UsageSum>;

// The rows of an answer while they add up, by what tells them apart: when a period begins, a model's or a
// session's key, the number of a place.
struct Rows {
    Sums by_number;
    std::map<std::int64_t, session::UsageSum::Counter> unpriced;  // by model
    session::UsageSum total;
};

class Adder {
  public:
    // `places` where rows are by place, or only some places are asked for; else null.
    Adder(UsageBy by, const Calendar& calendar, Places* places)
        : by_(by), calendar_(calendar), places_(places) {}

    // In order of time.
    void add(const store::UsageKey& key, const session::UsageSum& sum);
    [[nodiscard]] Rows rows() &&;

  private:
    [[nodiscard]] session::UsageSum& row_of(const store::UsageKey& key);

    UsageBy by_;
    const Calendar& calendar_;
    Places* places_;
    Rows rows_;
    Period period_;
    session::UsageSum* of_period_ = nullptr;
};

// The latest rows, in order of time.
[[nodiscard]] std::vector<proto::UsageRow> time_rows(const Sums& sums, const UsageQuestion& question,
                                                     const Calendar& calendar);

// The rows with the largest cost, then those without one by their tokens. `name` says what a number stands
// for.
using Name = std::function<void(std::int64_t number, proto::UsageRow& row)>;
[[nodiscard]] std::vector<proto::UsageRow> ranked_rows(const Sums& sums, std::int64_t limit,
                                                       const Name& name);

}  // namespace kaizen::insight
