#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/json_view.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/row_summary.h"
#include "ctl/sync_facts.h"
#include "ctl/table.h"

namespace kaizen::ctl {
namespace {

// "6fa159d0" of "blake3:6fa159d0bf04…"
std::string short_hash(std::string_view hash) {
    const std::size_t colon = hash.find(':');
    return short_id(colon == std::string_view::npos ? hash : hash.substr(colon + 1));
}

std::string dim_line(const Look& look, const std::string& text) {
    return paint(look, Style::dim, cut_to(text, look.width)) + "\n";
}

std::string head(const Look& look, const proto::Status& status) {
    const std::string facts = balance_fact(look, status.balance) + withheld_fact(look, status.outbox);
    return facts.empty() ? facts : facts + "\n";
}

std::string more_line(const Look& look, const proto::OutboxPage& page, std::int64_t all) {
    if (page.next == 0) return {};
    const auto shown = static_cast<std::int64_t>(page.rows.size());
    const std::string rest = all > shown ? count_text(all - shown) + " more" : "more of them";
    return dim_line(look, "and " + rest + ": --limit N");
}

std::string waiting_table(const Look& look, const std::vector<proto::OutboxRow>& rows) {
    Table table({{"ID", true},
                 {"KIND", false, 0, 10},
                 {"WAITS", true},
                 {"SIZE", true, 3},
                 {"WORKSPACE", false, 2},
                 {"ROW", false, 0, 160, 20}});
    for (const proto::OutboxRow& row : rows) {
        table.add({{fmt::format("{}", row.id), Style::bold},
                   {kind_word(row.kind)},
                   {short_age(look, row.enqueued_at_ms), Style::dim},
                   {bytes_text(row.bytes), Style::dim},
                   {short_hash(row.workspace_hash), Style::dim},
                   {row_summary(row.kind, row.row)}});
    }
    return table.text(look);
}

Cell status_cell(const proto::OutboxRow& row) {
    return row.status ? Cell{fmt::format("{}", *row.status), Style::red}
                      : Cell{std::string(kUnknown), Style::dim};
}

// Of the endpoint there is nothing to say.
Cell exporter_cell(const proto::OutboxRow& row) {
    return row.exporter.empty() ? Cell{std::string(kUnknown), Style::dim} : Cell{plain(row.exporter)};
}

std::string dead_table(const Look& look, const std::vector<proto::OutboxRow>& rows) {
    Table table({{"ID", true},
                 {"KIND", false, 4, 10},
                 {"DIED", true, 3},
                 {"EXPORTER", false, 1, 16},
                 {"STATUS", true},
                 {"CODE", false, 2, 24},
                 {"REASON", false, 0, 100, 24},
                 {"ROW", false, 5, 60}});
    for (const proto::OutboxRow& row : rows) {
        table.add({{fmt::format("{}", row.id), Style::bold},
                   {kind_word(row.kind)},
                   {short_age(look, row.died_at_ms), Style::dim},
                   exporter_cell(row),
                   status_cell(row),
                   {plain(row.code), Style::red},
                   {plain(row.reason)},
                   {row_summary(row.kind, row.row), Style::dim}});
    }
    return table.text(look);
}

std::string how_to_turn_on(const Look& look, const std::string& config_file) {
    std::string out = "sync is off: nothing is enqueued, and nothing leaves this machine\n\n";
    out += dim_line(look, "to send to your team's server, write into " + with_tilde(look, config_file) + ":");
    out += "\n    [sync]\n    endpoint = \"https://…\"\n    team_id = \"…\"\n    team_token = \"…\"\n";
    out += "    team_salt_hex = \"…\"" +
           paint(look, Style::dim, "     # openssl rand -hex 32, the same in the whole team") + "\n\n";
    out += dim_line(look, "kaizenctl preview shows before what would leave;");
    return out + dim_line(look, "kaizenctl sync backfill --since 7d adds what is stored already");
}

std::string nothing_waits(const Look& look, const proto::Status& status) {
    if (status.balance.enqueued == 0)
        return "nothing waits: rows come in as soon as an agent does something\n";
    std::string out = paint(look, Style::green, "✔ nothing waits");
    if (status.sync.last_success_at_ms)
        out += paint(look, Style::dim, " · last sent " + age_text(look, status.sync.last_success_at_ms));
    return out + "\n";
}

std::string dead_line(const Look& look, std::int64_t dead) {
    if (dead == 0) return {};
    return "\n" + paint(look, Style::red, plural(dead, "row is", "rows are") + " dead") +
           paint(look, Style::dim, " → kaizenctl outbox dead") + "\n";
}

}  // namespace

std::string render_outbox(const Look& look, const proto::OutboxPage& page, const proto::Status& status,
                          const std::string& config_file) {
    const bool off = !status.sync.enabled;
    std::string out = head(look, status);
    if (!page.rows.empty()) {
        out += waiting_table(look, page.rows) + more_line(look, page, status.balance.pending);
        if (off)
            out += dim_line(look, "sync is off: they stay, unless you drop them (kaizenctl outbox drop ID)");
    } else {
        out += off ? how_to_turn_on(look, config_file) : nothing_waits(look, status);
    }
    return out + dead_line(look, status.outbox.dead);
}

std::string render_dead(const Look& look, const proto::OutboxPage& page, std::int64_t dead) {
    if (page.rows.empty()) return paint(look, Style::green, "✔ no dead rows") + "\n";
    std::string out = dead_table(look, page.rows) + more_line(look, page, dead) + "\n";
    out += dim_line(look, "kaizenctl outbox show ID   the whole row, and why it is dead");
    out += dim_line(look, "kaizenctl outbox retry ID  sends it again; --all: every one");
    return out + dim_line(look, "kaizenctl outbox drop ID   forgets it");
}

std::string render_outbox_row(const Look& look, const proto::OutboxRow& row) {
    const bool dead = row.state == "dead";
    const std::string state = row.state == "pending" ? "waits" : plain(row.state);
    std::string out = paint(look, Style::bold, fmt::format("Row {}", row.id)) +
                      paint(look, Style::dim, " · ") + kind_word(row.kind) + paint(look, Style::dim, " · ") +
                      paint(look, dead ? Style::red : Style::green, state) + "\n\n";
    out += fact(look, "Enqueued", {{age_text(look, row.enqueued_at_ms)}, {bytes_text(row.bytes)}});
    out += fact(look, "Workspace", {{plain(row.workspace_hash)}});
    if (!row.exporter.empty()) out += fact(look, "Exporter", {{plain(row.exporter)}});
    if (dead) {
        out += fact(look, "Died",
                    {{age_text(look, row.died_at_ms)},
                     {row.status ? fmt::format("the server answered {}", *row.status) : "never sent"},
                     {plain(row.code), Style::red}});
        if (!row.reason.empty()) out += sentence_fact(look, "Reason", {plain(row.reason), Style::red});
    }
    return out + "\n" + json_lines(look, row.row);
}

std::string render_outbox_change(const Look& look, const proto::OutboxChange& change) {
    if (change.dropped > 0)
        return paint(look, Style::green, "✔ " + plural(change.dropped, "row") + " dropped") + "\n";
    if (change.retried > 0)
        return paint(look, Style::green, "✔ " + plural(change.retried, "row waits", "rows wait") + " again") +
               paint(look, Style::dim, "  kaizenctl flush sends them now") + "\n";
    return "nothing to do: no row is dead\n";
}

}  // namespace kaizen::ctl
