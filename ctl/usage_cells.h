#pragma once

// Tokens and cost as cells that several commands show alike. A cost without the responses that have no price
// is marked wherever it stands, "$1.20+", and one that is unknown altogether is "–". Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/look.h"
#include "ctl/table.h"
#include "proto/control.h"

namespace kaizen::ctl {

struct Counted {
    proto::Tokens tokens;
    std::optional<std::int64_t> cost_usd_e6;
    std::int64_t unpriced_responses = 0;
};

[[nodiscard]] Counted counted(const proto::UsageSum& sum);
[[nodiscard]] Counted own(const proto::Session& session);
[[nodiscard]] Counted with_children(const proto::Session& session);  // its own when they are not said

// `marks`: others in the column are marked, so that room for it keeps the digits below each other.
[[nodiscard]] Cell cost_cell(const Counted& counted, bool marks = false);
[[nodiscard]] std::string cost_title(bool marks);
[[nodiscard]] bool any_marked(const std::vector<Counted>& column);
[[nodiscard]] Cell unpriced_cell(
    std::int64_t responses);  // "2 responses unpriced"; nothing when there are none

// What went through the model anew; cached input is mostly the same text again and again.
[[nodiscard]] std::optional<std::int64_t> fresh_tokens(const proto::Tokens& tokens);
[[nodiscard]] std::optional<std::int64_t> all_tokens(const proto::Tokens& tokens);

// RESPONSES, tokens by class, COST; those that matter least give way first, with ranks from 2 to 9.
[[nodiscard]] std::vector<Column> sum_columns(bool marks);
[[nodiscard]] std::vector<Cell> sum_cells(const proto::UsageSum& sum, bool marks);
[[nodiscard]] bool any_marked(const std::vector<proto::UsageRow>& rows);

// Without the date at its end, unless another row would then be called the same.
[[nodiscard]] std::string distinct_model(const std::string& model, const std::vector<proto::UsageRow>& rows);
[[nodiscard]] std::string agent_name(std::string_view agent);  // "Claude Code"

}  // namespace kaizen::ctl
