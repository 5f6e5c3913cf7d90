#include "ctl/usage_cells.h"

#include <algorithm>
#include <initializer_list>

#include "ctl/human.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

bool is_marked(const Counted& counted) { return counted.cost_usd_e6 && counted.unpriced_responses > 0; }

Cell number_cell(std::optional<std::int64_t> number) {
    return {short_count(number), number ? Style::plain : Style::dim};
}

std::optional<std::int64_t> sum_of(std::initializer_list<std::optional<std::int64_t>> numbers) {
    std::optional<std::int64_t> sum;
    for (const auto& number : numbers) {
        if (number) sum = sum.value_or(0) + *number;
    }
    return sum;
}

}  // namespace

Counted counted(const proto::UsageSum& sum) { return {sum.tokens, sum.cost_usd_e6, sum.unpriced_responses}; }

Counted own(const proto::Session& session) {
    return {session.tokens.value_or(proto::Tokens()), session.cost_usd_e6, session.unpriced_responses};
}

Counted with_children(const proto::Session& session) {
    return session.usage_with_children ? counted(*session.usage_with_children) : own(session);
}

Cell cost_cell(const Counted& counted, bool marks) {
    const std::string text = dollars_text(counted.cost_usd_e6);
    if (is_marked(counted)) return {text + "+", Style::yellow};
    const bool known = counted.cost_usd_e6.has_value();
    const Style style = known ? Style::plain : counted.unpriced_responses > 0 ? Style::yellow : Style::dim;
    return {marks ? text + " " : text, style};
}

std::string cost_title(bool marks) { return marks ? "COST " : "COST"; }

bool any_marked(const std::vector<Counted>& column) {
    return std::any_of(column.begin(), column.end(), is_marked);
}

bool any_marked(const std::vector<proto::UsageRow>& rows) {
    return std::any_of(rows.begin(), rows.end(),
                       [](const auto& row) { return is_marked(counted(row.usage)); });
}

Cell unpriced_cell(std::int64_t responses) {
    return {responses > 0 ? plural(responses, "response") + " unpriced" : "", Style::yellow};
}

std::optional<std::int64_t> fresh_tokens(const proto::Tokens& tokens) {
    if (!tokens.input && !tokens.output) return std::nullopt;
    return sum_of({tokens.input, tokens.cache_write, tokens.output});
}

std::optional<std::int64_t> all_tokens(const proto::Tokens& tokens) {
    return sum_of({tokens.input, tokens.cache_read, tokens.cache_write, tokens.output});
}

std::vector<Column> sum_columns(bool marks) {
    return {{"RESPONSES", true, 6}, {"IN", true, 3},        {"CACHED", true, 4},      {"WRITTEN", true, 7},
            {"OUT", true, 2},       {"REASONING", true, 9}, {cost_title(marks), true}};
}

std::vector<Cell> sum_cells(const proto::UsageSum& sum, bool marks) {
    const proto::Tokens& tokens = sum.tokens;
    // A row without responses is of an agent that writes no counts: how many there were is unknown.
    const bool known = sum.responses > 0;
    return {known ? Cell{count_text(sum.responses)} : Cell{std::string(kUnknown), Style::dim},
            number_cell(tokens.input),
            number_cell(tokens.cache_read),
            number_cell(tokens.cache_write),
            number_cell(tokens.output),
            number_cell(tokens.reasoning),
            cost_cell(counted(sum), marks)};
}

std::string distinct_model(const std::string& model, const std::vector<proto::UsageRow>& rows) {
    std::string name = short_model(model);
    const bool shared = std::any_of(rows.begin(), rows.end(), [&](const proto::UsageRow& row) {
        return row.key != model && short_model(row.key) == name;
    });
    return shared ? plain(model) : name;
}

std::string agent_name(std::string_view agent) {
    if (agent == "claude") return "Claude Code";
    if (agent == "codex") return "Codex";
    if (agent == "cursor") return "Cursor";
    return agent.empty() ? "the agent" : plain(agent);
}

}  // namespace kaizen::ctl
