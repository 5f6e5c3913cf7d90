#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "ctl/bar.h"
#include "ctl/event_lines.h"
#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/session_usage.h"
#include "ctl/table.h"
#include "ctl/usage_cells.h"

namespace kaizen::ctl {
namespace {

constexpr std::size_t kMostTools = 12;
constexpr std::size_t kMostPaths = 12;
constexpr std::size_t kMostChildren = 12;
constexpr std::size_t kMostFiles = 6;

std::string heading(const Look& look, std::string_view text) {
    return "\n" + paint(look, Style::bold, text) + "\n";
}

// `left_out`: kaizend did so already.
std::string and_more(const Look& look, std::size_t all, std::size_t most, std::int64_t left_out = 0) {
    const std::int64_t more = static_cast<std::int64_t>(all - std::min(all, most)) + left_out;
    return more > 0 ? paint(look, Style::dim, fmt::format("  … and {} more", count_text(more))) + "\n"
                    : std::string();
}

std::string facts(const Look& look, const proto::SessionDetail& detail) {
    const proto::Session& session = detail.session;
    const std::string branch = plain(detail.git_branch);
    const Cell failed{session.tool_errors > 0 ? count_text(session.tool_errors) + " failed" : "", Style::red};
    std::string started = when_text(look, session.started_at_ms);
    if (session.started_at_ms && session.last_activity_ms) {
        started += ", for " + duration_text(*session.last_activity_ms - *session.started_at_ms);
    }
    const std::string active = session.active_ms ? duration_text(session.active_ms) + " at work" : "";
    std::string out = fact(look, "Session", {{plain(session.id)}});
    out += fact(look, "Parent", {{plain(session.parent)}});
    out += fact(look, "Forked from", {{plain(session.forked_from)}});
    out += fact(look, "Workspace",
                {{with_tilde(look, session.workspace)}, {branch.empty() ? "" : "branch " + branch}});
    out += fact(look, "Worktree", {{with_tilde(look, session.worktree)}});
    if (detail.cwd != session.workspace && detail.cwd != session.worktree)
        out += fact(look, "Directory", {{with_tilde(look, detail.cwd)}});
    const std::string resumed = session.resumed > 0 ? "resumed " + plural(session.resumed, "time") : "";
    out += fact(look, "Started", {{started}, {active}, {resumed}});
    out += fact(look, "Last event", {{age_text(look, session.last_activity_ms)}});
    out += fact(look, "Activity",
                {{plural(session.events, "event")},
                 {plural(session.prompts, "prompt")},
                 {plural(session.tool_calls, "tool call")},
                 failed});
    return out + usage_facts(look, detail);
}

std::string tools(const Look& look, std::vector<proto::ToolSummary> all, std::int64_t left_out) {
    if (all.empty()) return {};
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tie(b.calls, a.tool) < std::tie(a.calls, b.tool);
    });
    const int bar_columns = look.width < 100 ? 10 : 20;
    Table table({{"TOOLS", false, 0, 26},
                 {"", false, 1},
                 {"CALLS", true},
                 {"FAILED", true},
                 {"OPEN", true, 2},
                 {"MEDIAN", true},
                 {"TOTAL", true}});
    for (std::size_t i = 0; i < std::min(all.size(), kMostTools); ++i) {
        const proto::ToolSummary& tool = all[i];
        table.add({{"  " + plain(tool.tool), Style::bold},
                   {bar(tool.calls, all.front().calls, bar_columns), Style::blue},
                   {count_text(tool.calls)},
                   {count_text(tool.errors), tool.errors > 0 ? Style::red : Style::dim},
                   {count_text(tool.open), tool.open > 0 ? Style::green : Style::dim},
                   {duration_text(tool.median_ms)},
                   {duration_text(tool.total_ms)}});
    }
    return "\n" + table.text(look) + and_more(look, all.size(), kMostTools, left_out);
}

std::string children(const Look& look, const std::vector<proto::Session>& all, std::int64_t left_out) {
    if (all.empty()) return {};
    Table table({{""}, {""}, {"", false, 0, 70, 24}, {"", true, 2}, {"", true, 1}, {"", true}});
    const std::size_t shown = std::min(all.size(), kMostChildren);
    std::vector<Counted> counted;
    for (std::size_t i = 0; i < shown; ++i) counted.push_back(with_children(all[i]));
    const bool marks = any_marked(counted);
    for (std::size_t i = 0; i < shown; ++i) {
        const proto::Session& child = all[i];
        Cell status = session_status_cell(child.status);
        status.text = "  " + status.text;
        const std::string title = plain(child.title);
        table.add({status,
                   {short_id(child.id), Style::bold},
                   {title.empty() ? std::string(kUnknown) : title},
                   {plural(child.tool_calls, "tool call"), Style::dim},
                   cost_cell(counted[i], marks),
                   {short_age(look, child.last_activity_ms), Style::dim}});
    }
    return heading(look, "SUB-AGENTS") + table.text(look) +
           and_more(look, all.size(), kMostChildren, left_out);
}

std::string touched(const Look& look, const std::vector<std::string>& paths) {
    if (paths.empty()) return {};
    std::string out = heading(look, "FILES TOUCHED");
    for (std::size_t i = 0; i < std::min(paths.size(), kMostPaths); ++i) {
        out += "  " + cut_front_to(with_tilde(look, paths[i]), look.width - 2) + "\n";
    }
    return out + and_more(look, paths.size(), kMostPaths);
}

std::string read_from(const Look& look, const std::vector<proto::SessionFile>& files, std::int64_t left_out) {
    if (files.empty()) return {};
    std::string out = heading(look, "READ FROM");
    for (std::size_t i = 0; i < std::min(files.size(), kMostFiles); ++i) {
        const proto::SessionFile& file = files[i];
        std::string facts = fmt::format("{} · {}", bytes_text(file.bytes), plural(file.lines, "line"));
        if (file.bad_lines > 0) facts += fmt::format(" · {} bad", count_text(file.bad_lines));
        if (file.generation > 0) facts += fmt::format(" · rewritten {}", plural(file.generation, "time"));
        out += "  " + cut_front_to(with_tilde(look, file.path), look.width - 2) + "\n";
        out += "  " + paint(look, Style::dim, facts) + "\n";
        for (const proto::BadLine& bad : file.last_bad_lines) {
            const std::string text = fmt::format("line {}: {}", count_text(bad.line), plain(bad.reason));
            out += "  " + paint(look, Style::yellow, cut_to(text, look.width - 2)) + "\n";
        }
        if (!file.problem.empty()) out += "  " + paint(look, Style::red, plain(file.problem)) + "\n";
    }
    return out + and_more(look, files.size(), kMostFiles, left_out);
}

std::string recent(const Look& look, const std::vector<proto::Event>& events) {
    if (events.empty()) return {};
    Look indented = look;
    indented.width -= 2;
    EventLines lines(indented, false);
    std::string out = heading(look, "LAST EVENTS");
    for (const proto::Event& event : events) {
        const std::string text = lines.text(event);
        std::size_t from = 0;
        for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
            out += "  " + text.substr(from, end + 1 - from);
            from = end + 1;
        }
    }
    return out;
}

}  // namespace

std::string render_session(const Look& look, const proto::SessionDetail& detail) {
    const proto::Session& session = detail.session;
    const std::string title = plain(session.title);
    const Cell status = session_status_cell(session.status);
    std::string out =
        paint(look, Style::bold, cut_to(title.empty() ? "(no title)" : title, look.width)) + "\n";
    out += paint(look, status.style, status.text);
    if (session.status_by == "agent") out += paint(look, Style::dim, ", as the agent says");
    const std::string agent =
        plain(session.agent) + (detail.agent_version.empty() ? "" : " " + plain(detail.agent_version));
    out += paint(look, Style::dim,
                 " · " + agent + (session.model.empty() ? "" : " · " + short_model(session.model))) +
           "\n\n";
    out += facts(look, detail);
    out += models_table(look, detail.models);
    out += tools(look, detail.tools, detail.tools_left_out);
    out += children(look, detail.children, detail.children_left_out);
    out += touched(look, detail.paths);
    out += read_from(look, detail.files, detail.files_left_out);
    return out + recent(look, detail.recent);
}

}  // namespace kaizen::ctl
