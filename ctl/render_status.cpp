#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/text.h"
#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/severity.h"
#include "ctl/sync_facts.h"
#include "ctl/table.h"
#include "ctl/usage_cells.h"
#include "proto/left_out.h"

namespace kaizen::ctl {
namespace {

std::string headline(const Look& look, const proto::Status& status) {
    const bool running = status.state == "running";
    const Style style = running ? Style::green : Style::yellow;
    std::string out = paint(look, style, "●") + " " +
                      paint(look, Style::bold, "kaizend " + plain(status.version)) + "  " +
                      paint(look, style, plain(status.state));
    const std::string facts = fmt::format(" · up {} · {} · pid {}", duration_text(status.uptime_ms),
                                          bytes_text(status.process.rss_bytes), status.pid);
    return out + paint(look, Style::dim, facts) + "\n";
}

Cell watch_cell(const proto::SourceStatus& source) {
    if (!source.present) return {"○", Style::dim};
    return source.watching == "poll" ? Cell{"◐", Style::yellow} : Cell{"●", Style::green};
}

std::string watch_word(const proto::SourceStatus& source) {
    if (source.watching.empty()) return "unwatched";
    if (!source.present) return "not there";
    return source.watching == "poll" ? "polled" : "live";
}

std::vector<Cell> source_row(const Look& look, const proto::SourceStatus& source) {
    const bool idle = !source.present && source.files == 0;
    const Style numbers = idle ? Style::dim : Style::plain;
    const auto number = [&](std::int64_t value) {
        return Cell{idle ? std::string(kUnknown) : count_text(value), numbers};
    };
    return {watch_cell(source),
            {plain(source.agent), idle ? Style::dim : Style::bold},
            {with_tilde(look, source.root), idle ? Style::dim : Style::plain},
            {watch_word(source), watch_cell(source).style},
            number(source.files),
            {idle ? std::string(kUnknown) : bytes_text(source.bytes_read), numbers},
            number(source.sessions),
            number(source.events),
            {idle ? std::string(kUnknown) : count_text(source.bad_lines),
             source.bad_lines > 0 ? Style::yellow : Style::dim},
            {short_age(look, source.last_event_at_ms), numbers}};
}

std::string sources_table(const Look& look, const std::vector<proto::SourceStatus>& sources) {
    if (sources.empty()) return "  no agent is watched: every source is switched off in the configuration\n";
    const bool bad =
        std::any_of(sources.begin(), sources.end(), [](const auto& source) { return source.bad_lines > 0; });
    Table table({{""},
                 {"AGENT"},
                 {"WATCHED", false, 0, 60, 26},
                 {"", false, 6, 10},
                 {"FILES", true, 5},
                 {"READ", true, 4},
                 {"SESSIONS", true, 2},
                 {"EVENTS", true},
                 {"BAD", true, bad ? 0 : 7},
                 {"LAST", true, 1}});
    for (const proto::SourceStatus& source : sources) table.add(source_row(look, source));
    return table.text(look);
}

std::string progress_bar(double part) {
    constexpr int kBar = 20;
    const int full = static_cast<int>(part * kBar);
    std::string bar;
    for (int i = 0; i < kBar; ++i) bar += i < full ? "█" : "░";
    return bar + fmt::format(" {:.0f}%", part * 100);
}

// While old files are read for the first time.
std::string import_line(const Look& look, const std::vector<proto::SourceStatus>& sources) {
    constexpr std::int64_t kWorthSaying = 1 << 20;
    std::int64_t read = 0;
    std::int64_t behind = 0;
    for (const auto& source : sources) {
        read += std::max<std::int64_t>(0, source.bytes_read);
        behind += std::max<std::int64_t>(0, source.bytes_behind);
    }
    if (behind < kWorthSaying) return {};
    const double part = static_cast<double>(read) / (static_cast<double>(read) + static_cast<double>(behind));
    return fact(look, "Import",
                {{progress_bar(part), Style::blue}, {bytes_text(behind) + " of history still to read"}});
}

// After an update.
std::string rereading_line(const Look& look, const proto::StoreStatus& store) {
    if (store.sessions_to_read_again <= 0) return {};
    const auto sessions = static_cast<double>(std::max(store.sessions, store.sessions_to_read_again));
    const double part = 1 - static_cast<double>(store.sessions_to_read_again) / sessions;
    return fact(look, "Update",
                {{progress_bar(part), Style::blue},
                 {plural(store.sessions_to_read_again, "session") + " still to be read again"}});
}

// By agent, in the order of the sources: what is lost, or what nothing is lost by.
std::string left_out_facts(const Look& look, std::string_view label,
                           const std::vector<proto::SourceStatus>& sources, bool lost) {
    std::vector<std::string> agents;
    for (const auto& source : sources) {
        if (std::find(agents.begin(), agents.end(), source.agent) == agents.end())
            agents.push_back(source.agent);
    }
    std::string out;
    for (const std::string& agent : agents) {
        std::vector<proto::SourceStatus> its;
        std::copy_if(sources.begin(), sources.end(), std::back_inserter(its),
                     [&](const auto& source) { return source.agent == agent; });
        std::vector<Cell> cells;
        for (const proto::LeftOut& one : proto::left_out_of(its)) {
            const std::string_view severity = proto::left_out_kind(one.reason).severity;
            if ((severity != "ok") != lost) continue;
            cells.push_back({proto::left_out_text(one.reason, one.count), is_trouble(severity) ? Style::yellow
                                                                          : lost               ? Style::plain
                                                                                               : Style::dim});
        }
        if (cells.empty()) continue;
        cells.front().text = plain(agent) + ": " + cells.front().text;
        out += fact(look, out.empty() ? label : "", cells);
    }
    return out;
}

std::string today_line(const Look& look, const proto::UsageSum& today) {
    if (today.responses == 0) return fact(look, "Today", {{"nothing yet", Style::dim}});
    return fact(look, "Today",
                {cost_cell(counted(today)),
                 {plural(today.responses, "response")},
                 {token_text("in", today.tokens.input)},
                 {token_text("cached", today.tokens.cache_read)},
                 {token_text("out", today.tokens.output)},
                 unpriced_cell(today.unpriced_responses)});
}

// Somebody else tried the socket, or a program leaves its connections open.
std::string socket_fact(const Look& look, const proto::ControlStatus& control) {
    const auto number = [](std::int64_t count, std::string_view what) {
        return count > 0 ? plural(count, "connection") + std::string(what) : std::string();
    };
    return fact(look, "Socket",
                {{number(control.refused_peers, " of other users refused"), Style::yellow},
                 {number(control.turned_away, " over the limit of 64 turned away"), Style::yellow}});
}

std::string health_facts(const Look& look, const std::vector<proto::HealthItem>& health) {
    if (health.empty()) return fact(look, "Health", {{"✔ all well", Style::green}});
    std::string out;
    for (const proto::HealthItem& item : health) {
        const Cell mark = severity_mark(item.severity);
        out += sentence_fact(look, out.empty() ? "Health" : "",
                             {mark.text + " " + plain(item.title), mark.style});
        if (item.fix.empty()) continue;
        std::string_view mark_of_fix = "→ ";
        for (const std::string_view line : split(item.fix, '\n'))
            out += sentence_fact(look, "",
                                 {std::string(std::exchange(mark_of_fix, "  ")) + plain(line), Style::dim});
    }
    return out;
}

}  // namespace

std::string render_status(const Look& look, const proto::Status& status) {
    const proto::StoreStatus& store = status.store;
    std::string out = headline(look, status) + "\n" + sources_table(look, status.sources) + "\n";
    out += import_line(look, status.sources);
    out += rereading_line(look, status.store);
    out += left_out_facts(look, "Not read", status.sources, true);
    out += left_out_facts(look, "Removed", status.sources, false);
    out += today_line(look, status.today.usage);
    out += fact(look, "Store", {{with_tilde(look, store.path)}, {bytes_text(store.bytes)}});
    out += fact(look, "",
                {{plural(store.sessions, "session")},
                 {plural(store.events, "event")},
                 {plural(store.tool_spans, "tool call")}});
    out += sync_facts(look, status.sync) + outbox_facts(look, status);
    out += exporter_facts(look, status.exporters);
    out += socket_fact(look, status.control);
    return out + health_facts(look, status.health);
}

std::string render_reload(const Look& look, const proto::Reload& reload) {
    std::string out;
    const auto list = [&](std::string_view label, Style style, const std::vector<std::string>& items) {
        std::vector<Cell> cells;
        for (const std::string& item : items) cells.push_back({plain(item), style});
        out += fact(look, label, cells);
    };
    list("in force", Style::green, reload.applied);
    list("at restart", Style::yellow, reload.needs_restart);
    list("warnings", Style::yellow, reload.warnings);
    for (const std::string& note : reload.notes) out += sentence_fact(look, "note", {plain(note)});
    return out.empty() ? "the configuration is read again: nothing changed\n"
                       : "the configuration is read again\n" + out;
}

std::string render_paths(const Look& look, const Paths& paths) {
    constexpr int kLabel = 10;
    std::string out;
    const auto line = [&](const char* label, const std::string& path) {
        out += left(look, {label, Style::dim}, kLabel) + plain(path) + "\n";
    };
    line("config", paths.config_file);
    line("data", paths.data_dir);
    line("database", paths.database);
    line("lock", paths.lock);
    line("socket", paths.socket);
    return out;
}

}  // namespace kaizen::ctl
