#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ctl/bar.h"
#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "ctl/usage_cells.h"

namespace kaizen::ctl {
namespace {

constexpr UnixMs kDayMs = 86'400'000;

std::string moment(const Look& look, UnixMs at) {
    return clock_text(look, at) == "00:00:00" ? day_text(look, at) : when_text(look, at);
}

// "since Mon 26 Oct", "Mon 2 Nov – Sun 8 Nov"
std::string period(const Look& look, const proto::Usage& usage) {
    const std::string first = moment(look, usage.since_ms);
    if (usage.until_ms >= look.now) return first == day_text(look, look.now) ? "today" : "since " + first;
    const bool whole_days = clock_text(look, usage.until_ms) == "00:00:00";
    const std::string last =
        whole_days ? day_text(look, usage.until_ms - 1) : when_text(look, usage.until_ms);
    return first == last ? first : first + " – " + last;
}

std::string headline(const Look& look, const proto::Usage& usage, const UsageQuestion& question) {
    const std::string what = "Usage by " + plain(usage.by);
    std::string rest = " · " + period(look, usage);
    if (!question.agent.empty()) rest += " · " + plain(question.agent);
    if (!question.workspace.empty()) rest += " · " + with_tilde(look, question.workspace);
    if (look.utc || usage.tz != question.zone) rest += usage.tz.empty() ? "" : " · " + plain(usage.tz);
    const int room = look.width - columns_of(what);
    return paint(look, Style::bold, what) + paint(look, Style::dim, cut_to(rest, room)) + "\n";
}

// What the rows are of, and how to name it.
std::vector<Column> key_columns(const std::string& by) {
    if (by == "workspace") return {{"WORKSPACE", false, 0, 60}};
    if (by == "session") return {{"ID"}, {"TITLE", false, 0, 50, 20}, {"AGENT", false, 5, 12}};
    std::string title = by == "week" ? "week of" : plain(by);
    std::transform(title.begin(), title.end(), title.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return {{title, false, 0, 34, 24}};
}

Cell said(std::string text, Style style = Style::plain) {
    return text.empty() ? Cell{std::string(kUnknown), Style::dim} : Cell{std::move(text), style};
}

DistinctIds ids_of(const proto::Usage& usage) {
    std::vector<std::string_view> ids;
    for (const proto::UsageRow& row : usage.rows) ids.push_back(row.key);
    return DistinctIds(std::move(ids));
}

std::vector<Cell> session_cells(const proto::UsageRow& row, const DistinctIds& ids) {
    const std::string title = plain(row.title);
    return {{ids.of(row.key), Style::bold},
            said(row.parent.empty() || title.empty() ? title : "↳ " + title),
            said(plain(row.agent))};
}

std::vector<Cell> key_cells(const Look& look, const proto::Usage& usage, const proto::UsageRow& row,
                            const DistinctIds& ids) {
    if (usage.by == "session") return session_cells(row, ids);
    if (row.key.empty()) return {said({})};
    if (usage.by == "day" || usage.by == "week") return {{calendar_text(look, row.key, day_text)}};
    if (usage.by == "month") return {{calendar_text(look, row.key, month_text)}};
    if (usage.by == "model") return {{distinct_model(row.key, usage.rows)}};
    if (usage.by == "workspace")
        return {{cut_front_to(with_tilde(look, row.key), look.width < 100 ? 28 : 60)}};
    return {{plain(row.key)}};
}

// Of money, or of what went through the models anew where nothing has a price.
std::vector<std::int64_t> bar_values(const std::vector<proto::UsageRow>& rows) {
    std::vector<std::int64_t> costs;
    std::vector<std::int64_t> tokens;
    for (const proto::UsageRow& row : rows) {
        costs.push_back(row.usage.cost_usd_e6.value_or(0));
        tokens.push_back(fresh_tokens(row.usage.tokens).value_or(0));
    }
    const bool any_cost = std::any_of(costs.begin(), costs.end(), [](std::int64_t cost) { return cost > 0; });
    return any_cost ? costs : tokens;
}

std::vector<Cell> joined(std::vector<Cell> front, std::vector<Cell> back, Cell last) {
    front.insert(front.end(), back.begin(), back.end());
    front.push_back(std::move(last));
    return front;
}

std::string table(const Look& look, const proto::Usage& usage) {
    std::vector<Column> columns = key_columns(usage.by);
    const std::size_t keys = columns.size();
    const bool marks = any_marked(usage.rows) || any_marked({counted(usage.total)});
    const std::vector<Column> sums = sum_columns(marks);
    columns.insert(columns.end(), sums.begin(), sums.end());
    columns.push_back({"", false, 8});
    Table table(std::move(columns));
    const std::vector<std::int64_t> values = bar_values(usage.rows);
    const std::int64_t largest = *std::max_element(values.begin(), values.end());
    const int bar_columns = look.width < 100 ? 10 : look.width < 140 ? 20 : 40;
    const DistinctIds ids = ids_of(usage);
    for (std::size_t i = 0; i < usage.rows.size(); ++i) {
        const proto::UsageRow& row = usage.rows[i];
        table.add(joined(key_cells(look, usage, row, ids), sum_cells(row.usage, marks),
                         {bar(values[i], largest, bar_columns), Style::blue}));
    }
    std::vector<Cell> total = joined(std::vector<Cell>(keys), sum_cells(usage.total, marks), {});
    total.front().text = "Total";
    for (Cell& cell : total) {
        if (cell.style != Style::yellow) cell.style = Style::bold;
    }
    table.set_total(std::move(total));
    return table.text(look);
}

std::string left_out(const Look& look, const proto::Usage& usage) {
    if (usage.rows_left_out <= 0) return {};
    const std::string what = plural(usage.rows_left_out, "more " + plain(usage.by));
    return paint(look, Style::dim, cut_to("and " + what + ": --limit N", look.width)) + "\n";
}

std::string unpriced_note(const Look& look, const proto::Usage& usage) {
    constexpr std::size_t kMostNamed = 4;
    if (usage.total.unpriced_responses <= 0) return {};
    const auto amount = [](std::int64_t responses, std::int64_t tokens) {
        return fmt::format("{}, {} tokens", plural(responses, "response"), short_count(tokens));
    };
    std::string names;
    for (std::size_t i = 0; i < std::min(usage.unpriced.size(), kMostNamed); ++i) {
        const proto::UnpricedModel& model = usage.unpriced[i];
        names += fmt::format("{}{} ({})", i == 0 ? "" : ", ",
                             model.model.empty() ? "unknown model" : plain(model.model),
                             amount(model.responses, model.tokens));
    }
    if (usage.unpriced.size() > kMostNamed)
        names += fmt::format(" and {} more", usage.unpriced.size() - kMostNamed);
    if (names.empty()) names = amount(usage.total.unpriced_responses, usage.total.unpriced_tokens);
    return sentence_fact(look, "Unpriced", {"▲ " + names + ": not in the cost", Style::yellow}) +
           sentence_fact(look, "",
                         {"→ give prices in the file that [prices] of config.toml names", Style::dim});
}

std::string uncounted_notes(const Look& look, const std::vector<proto::UncountedAgent>& agents) {
    std::string out;
    for (const proto::UncountedAgent& agent : agents) {
        const std::string text =
            fmt::format("{} writes no token counts: {} in no number here", agent_name(agent.agent),
                        plural(agent.sessions, "session is", "sessions are"));
        out += sentence_fact(look, out.empty() ? "Uncounted" : "", {text});
    }
    return out;
}

std::string agents_part(const Look& look, const proto::UsageSum& total) {
    const std::int64_t part = total.cost_agent_usd_e6.value_or(0);
    if (part <= 0 || part == total.cost_usd_e6.value_or(0)) return {};
    return sentence_fact(look, "Cost",
                         {dollars_text(part) + " of it as the agent itself says, the rest by the prices"});
}

std::string prices_note(const Look& look, const std::vector<proto::PriceTable>& tables) {
    if (tables.empty()) return {};
    std::string current;
    std::string others;
    for (const proto::PriceTable& table : tables) {
        std::string& list = table.current ? current : others;
        list += (list.empty() ? "" : " and of ") + calendar_text(look, table.date, date_text) +
                (table.origin.empty() ? "" : " (" + with_tilde(look, table.origin) + ")");
    }
    if (others.empty()) return sentence_fact(look, "Prices", {"of " + current, Style::dim});
    const std::string text =
        current.empty() ? "of " + others : "of " + current + ", and in some costs still of " + others;
    return sentence_fact(look, "Prices", {text}) +
           sentence_fact(look, "", {"→ kaizenctl usage reprice prices all by the current one", Style::dim});
}

std::string notes(const Look& look, const proto::Usage& usage) {
    const std::string all = unpriced_note(look, usage) + uncounted_notes(look, usage.uncounted) +
                            agents_part(look, usage.total) + prices_note(look, usage.prices);
    return all.empty() ? all : "\n" + all;
}

std::string nothing(const Look& look, const proto::Usage& usage, const UsageQuestion& question) {
    const bool filtered = !question.agent.empty() || !question.workspace.empty();
    const bool long_ago = usage.since_ms <= look.now - 364 * kDayMs;
    std::vector<std::string> ways;
    if (!long_ago) ways.emplace_back("kaizenctl usage --since 365d, to look further back");
    if (filtered) ways.emplace_back("kaizenctl usage, without a filter");
    if (!filtered && usage.uncounted.empty()) ways.emplace_back("kaizenctl status, for what is watched");
    std::string out = usage.uncounted.empty()
                          ? "no model response in this time\n\n"
                          : "only agents without token counts were active in this time\n\n";
    out += uncounted_notes(look, usage.uncounted);
    for (std::size_t i = 0; i < ways.size(); ++i) out += sentence_fact(look, i == 0 ? "Try" : "", {ways[i]});
    return out;
}

}  // namespace

std::string render_usage(const Look& look, const proto::Usage& usage, const UsageQuestion& question) {
    const std::string head = headline(look, usage, question) + "\n";
    if (usage.rows.empty()) return head + nothing(look, usage, question);
    return head + table(look, usage) + left_out(look, usage) + notes(look, usage);
}

std::string render_reprice(const Look& look, const proto::Reprice& reprice) {
    const std::string prices = "prices of " + calendar_text(look, reprice.date, date_text);
    if (reprice.responses == 0) return "there is no response to price yet (" + prices + ")\n";
    std::string out = paint(look, Style::green, "✔ priced anew") + "  by the " + prices + "\n";
    out += fact(look, "Responses",
                {{count_text(reprice.responses) + " looked at"},
                 {reprice.changed == 0 ? "none changed" : count_text(reprice.changed) + " changed"}});
    out += fact(look, "Cost",
                {{dollars_text(reprice.cost_before_usd_e6) + " before"},
                 {dollars_text(reprice.cost_after_usd_e6) + " now", Style::bold}});
    if (reprice.unpriced_responses > 0) {
        out += sentence_fact(look, "Unpriced",
                             {"▲ " + plural(reprice.unpriced_responses, "response stays", "responses stay") +
                                  " without a price, and in no cost",
                              Style::yellow});
    }
    return out;
}

}  // namespace kaizen::ctl
