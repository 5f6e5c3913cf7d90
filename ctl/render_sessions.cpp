#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "ctl/usage_cells.h"

namespace kaizen::ctl {
namespace {

constexpr int kRoomy = 100;  // below, words are shortened so that the title has room

// What waits for the user comes first, then what runs.
constexpr int kLeastUrgent = 2;
int urgency(const proto::Session& session) {
    if (session.status == "waiting") return 0;
    return session.status == "running" ? 1 : kLeastUrgent;
}

// Sessions that get a row: all but those whose parent has one.
std::vector<const proto::Session*> shown(const std::vector<proto::Session>& sessions) {
    std::set<std::string> ids;
    for (const proto::Session& session : sessions) ids.insert(session.id);
    std::vector<const proto::Session*> rows;
    for (const proto::Session& session : sessions) {
        if (session.parent.empty() || session.parent == session.id || !ids.contains(session.parent))
            rows.push_back(&session);
    }
    std::vector<const proto::Session*> ordered;
    for (int rank = 0; rank <= kLeastUrgent; ++rank) {
        std::copy_if(rows.begin(), rows.end(), std::back_inserter(ordered),
                     [rank](const proto::Session* session) { return urgency(*session) == rank; });
    }
    return ordered;
}

std::string place_of(const proto::Session& session) {
    const std::string place = base_name(session.workspace);
    return session.worktree.empty() ? place : place + "@" + base_name(session.worktree);
}

// Of a sub-agent, of a session that begins with a copy of another, of one that was resumed, and of a row that
// stands for several.
std::string mark_of(const proto::Session& session) {
    const std::string runs = session.runs > 1 ? "×" + count_text(session.runs) + " " : "";
    if (!session.parent.empty()) return runs + "↳ ";
    return runs + (session.forked_from.empty() ? "" : "↱ ") +
           (session.resumed > 0 && session.runs <= 1 ? "↻ " : "");
}

Cell known(std::string text) { return {text, text == kUnknown ? Style::dim : Style::plain}; }

Cell text_or_unknown(std::string text, Style style = Style::plain) {
    return text.empty() ? Cell{std::string(kUnknown), Style::dim} : Cell{std::move(text), style};
}

// Columns without any text leave the table: these are only for wide ones.
Cell if_roomy(const Look& look, Cell cell) { return look.width < kRoomy ? Cell{} : std::move(cell); }

std::vector<Cell> row_of(const Look& look, const proto::Session& session, std::string id, bool marks) {
    const Counted counted = with_children(session);
    const std::string title = plain(session.title);
    const std::string agents =
        session.children > 0
            ? "+" + (look.width < kRoomy ? count_text(session.children) : plural(session.children, "agent"))
            : "";
    return {session_status_cell(session.status),
            {std::move(id), Style::bold},
            {plain(session.agent)},
            {short_age(look, session.last_activity_ms), Style::dim},
            known(place_of(session)),
            text_or_unknown(title.empty() ? title : mark_of(session) + title),
            {agents, Style::cyan},
            if_roomy(look, known(when_text(look, session.started_at_ms))),
            if_roomy(look, known(duration_text(session.active_ms))),
            if_roomy(look, text_or_unknown(short_model(session.model))),
            if_roomy(look, {count_text(session.tool_calls)}),
            if_roomy(look, known(short_count(fresh_tokens(counted.tokens)))),
            cost_cell(counted, marks)};
}

Table empty_table(const Look& look, bool marks) {
    return Table({{"STATUS"},
                  {"ID"},
                  {"AGENT", false, 0, 12},
                  {"LAST", true},
                  {"WORKSPACE", false, 2, look.width < kRoomy ? 14 : 22},
                  {"TITLE", false, 0, 70, 20},
                  {"", false, 3},
                  {"STARTED", false, 7, 15},
                  {"DURATION", true, 6},
                  {"MODEL", false, 5, 24},
                  {"TOOLS", true, 4},
                  {"TOKENS", true, 8},
                  {cost_title(marks), true, 1}});
}

}  // namespace

Cell session_status_cell(const std::string& status) {
    if (status == "running") return {"● running", Style::green};
    if (status == "waiting") return {"◐ waiting", Style::yellow};
    if (status == "idle") return {"○ idle", Style::dim};
    if (status == "done") return {"✔ done", Style::dim};
    return {status.empty() ? std::string(kUnknown) : plain(status)};
}

std::size_t rows_of(const std::vector<proto::Session>& sessions) { return shown(sessions).size(); }

std::string render_sessions(const Look& look, const std::vector<proto::Session>& sessions, bool more) {
    const auto rows = shown(sessions);
    std::vector<std::string_view> ids;
    std::vector<Counted> counted;
    for (const proto::Session* session : rows) {
        ids.push_back(session->id);
        counted.push_back(with_children(*session));
    }
    const DistinctIds distinct(std::move(ids));
    const bool marks = any_marked(counted);
    Table table = empty_table(look, marks);
    for (const proto::Session* session : rows)
        table.add(row_of(look, *session, distinct.of(session->id), marks));
    std::string out = table.text(look);
    if (std::any_of(rows.begin(), rows.end(), [](const auto* session) { return session->runs > 1; }))
        out += paint(look, Style::dim, "×N: runs for one prompt, those of an hour in one row; each: --all") +
               "\n";
    if (more) out += paint(look, Style::dim, "older ones: --limit N, or --since 7d") + "\n";
    return out;
}

std::string render_no_sessions(const Look& look, const proto::Status& status) {
    std::string out = "no sessions yet: they show here as soon as an agent writes one\n";
    if (status.sources.empty())
        return out + "no agent is watched: every source is switched off in the configuration\n";
    out += "\nwhat is watched:\n";
    for (const proto::SourceStatus& source : status.sources) {
        out +=
            "  " + left(look, {plain(source.agent), Style::bold}, 12) + "  " + with_tilde(look, source.root);
        out += source.present ? "\n" : paint(look, Style::dim, "  (not there yet)") + "\n";
    }
    return out;
}

}  // namespace kaizen::ctl
