#include "ctl/session_usage.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <tuple>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/table.h"
#include "ctl/usage_cells.h"

namespace kaizen::ctl {
namespace {

bool has_tokens(const Counted& counted) { return all_tokens(counted.tokens).has_value(); }

bool has_cost(const Counted& counted) { return counted.cost_usd_e6 || counted.unpriced_responses > 0; }

bool same(const Counted& a, const Counted& b) {
    const auto parts = [](const Counted& of) {
        return std::tuple(of.tokens.input, of.tokens.cache_read, of.tokens.cache_write, of.tokens.output,
                          of.cost_usd_e6, of.unpriced_responses);
    };
    return parts(a) == parts(b);
}

std::vector<Cell> token_cells(const Counted& counted) {
    const proto::Tokens& tokens = counted.tokens;
    if (!has_tokens(counted)) return {{std::string(kUnknown), Style::dim}};
    return {{token_text("in", tokens.input)},
            {token_text("out", tokens.output)},
            {token_text("reasoning", tokens.reasoning)},
            {token_text("cache read", tokens.cache_read)},
            {token_text("cache written", tokens.cache_write)}};
}

std::vector<Cell> cost_cells(const Counted& counted) {
    return {cost_cell(counted), unpriced_cell(counted.unpriced_responses)};
}

// One line for the session itself, and one for it with its sub-agents where that is more.
std::string lines(const Look& look, std::string_view label, const std::vector<Cell>& own_cells,
                  std::vector<Cell> family_cells) {
    std::string out = fact(look, label, own_cells);
    if (family_cells.empty()) return out;
    family_cells.insert(family_cells.begin(), Cell{"with sub-agents", Style::dim});
    return out + fact(look, "", family_cells);
}

// What the agent says beside what is counted here; `alike`: differences below it are of rounding.
std::string compared(std::int64_t theirs, std::int64_t ours, std::int64_t alike,
                     std::string (*text)(std::optional<std::int64_t>)) {
    const std::int64_t difference = theirs - ours;
    if (std::abs(difference) < alike) return "the same as counted here";
    const char* which = difference > 0 ? "more" : "less";
    return fmt::format("{} {} than counted here", text(std::abs(difference)), which);
}

std::string compared_cost(std::int64_t theirs, const Counted& ours) {
    constexpr std::int64_t kHalfACent = 5'000;
    if (ours.unpriced_responses > 0) {
        const std::string rest = plural(ours.unpriced_responses, "unpriced response");
        return ours.cost_usd_e6
                   ? fmt::format("counted here are {} and {}", dollars_text(ours.cost_usd_e6), rest)
                   : "counted here: " + rest;
    }
    if (!ours.cost_usd_e6) return "nothing was counted here";
    const std::string text = compared(theirs, *ours.cost_usd_e6, kHalfACent, dollars_text);
    const bool more = theirs - *ours.cost_usd_e6 >= kHalfACent;
    return more ? text + ": requests that are in no file (compaction, titles)" : text;
}

std::string reported_line(const Look& look, const proto::SessionDetail& detail) {
    if (!detail.reported) return {};
    const proto::ReportedUsage& reported = *detail.reported;
    const auto tokens = all_tokens(reported.tokens);
    if (!reported.cost_usd_e6 && !tokens) return {};
    const proto::Session& session = detail.session;
    const bool family = reported.scope == "family";
    const Counted ours = family ? with_children(session) : own(session);
    std::string text = agent_name(session.agent) + " says ";
    text += reported.cost_usd_e6 ? dollars_text(reported.cost_usd_e6) : short_count(tokens) + " tokens";
    text += " · ";
    const auto counted_tokens = all_tokens(ours.tokens);
    if (family && !session.forked_from.empty())
        text += "that includes what this was forked from";
    else if (reported.cost_usd_e6)
        text += compared_cost(*reported.cost_usd_e6, ours);
    else if (counted_tokens)
        text += compared(*tokens, *counted_tokens, 1, short_count);
    else
        text += "nothing was counted here";
    return sentence_fact(look, "Reported", {text});
}

}  // namespace

std::string usage_facts(const Look& look, const proto::SessionDetail& detail) {
    const proto::Session& session = detail.session;
    const Counted alone = own(session);
    const Counted family = with_children(session);
    const bool more = session.usage_with_children && !same(alone, family);
    std::string out;
    if (has_tokens(alone) || (more && has_tokens(family))) {
        out += lines(look, "Tokens", token_cells(alone), more ? token_cells(family) : std::vector<Cell>());
    } else if (session.agent == "cursor") {
        out += fact(look, "Tokens", {{std::string(kUnknown)}, {"Cursor writes no token counts", Style::dim}});
    }
    if (has_cost(alone) || (more && has_cost(family)))
        out += lines(look, "Cost", cost_cells(alone), more ? cost_cells(family) : std::vector<Cell>());
    return out + reported_line(look, detail);
}

std::string models_table(const Look& look, const std::vector<proto::UsageRow>& models) {
    if (models.size() < 2) return {};
    const bool marks = any_marked(models);
    std::vector<Column> columns = sum_columns(marks);
    columns.insert(columns.begin(), Column{"MODELS", false, 0, 36, 24});
    Table table(std::move(columns));
    for (const proto::UsageRow& model : models) {
        std::vector<Cell> row = sum_cells(model.usage, marks);
        const std::string name =
            model.key.empty() ? std::string(kUnknown) : distinct_model(model.key, models);
        row.insert(row.begin(), Cell{"  " + name, Style::bold});
        table.add(std::move(row));
    }
    return "\n" + table.text(look);
}

}  // namespace kaizen::ctl
