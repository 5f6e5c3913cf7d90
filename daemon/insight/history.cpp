#include "daemon/insight/history.h"

#include <fmt/core.h>

#include <charconv>
#include <numeric>

#include "common/text.h"
#include "daemon/insight/latest_events.h"
#include "daemon/parse/formats.h"

namespace kaizen::insight {
namespace {

constexpr std::int64_t kRecentEvents = 12;
constexpr std::size_t kPaths = 30;
// What one answer holds at the most, whatever a session file brings.
constexpr std::int64_t kTextsOfPage = std::int64_t{4} << 20;  // bytes
constexpr std::size_t kTextOfEvent = std::size_t{1} << 20;
constexpr std::size_t kTools = 100;
constexpr std::size_t kFiles = 100;
constexpr std::int64_t kChildren = 200;

proto::Tokens to_proto(const parse::TokenCounts& from) {
    return {from.input, from.cache_read, from.cache_write, from.output, from.reasoning};
}

proto::Event to_proto(store::EventRow row) {
    parse::Event& from = row.event;
    proto::Event event;
    event.id = row.id;
    event.session = std::move(row.session_id);
    event.agent = std::move(row.agent);
    event.seq = row.seq;
    event.at_ms = from.at;
    event.kind = parse::name_of(from.kind);
    event.role = parse::name_of(from.role);
    event.thinking = from.thinking;
    event.sidechain = from.sidechain;
    event.copied = from.replayed || from.copied;
    event.name = std::move(from.name);
    event.call_id = std::move(from.call_id);
    from.text.resize(truncate_utf8(from.text, kTextOfEvent).size());
    event.text = std::move(from.text);
    event.text_bytes = from.text_bytes;
    event.is_error = from.is_error;
    event.exit_code = from.exit_code;
    event.duration_ms = from.duration_ms;
    event.model = std::move(from.model);
    event.cost_usd_e6 = from.cost_usd_e6;
    if (from.tokens) event.tokens = to_proto(*from.tokens);
    return event;
}

// Nothing where the agent says none.
std::optional<proto::ReportedUsage> reported_by(const session::SessionState& state) {
    const parse::ReportedUsage& from = state.reported;
    if (from.tokens == parse::TokenCounts() && !from.cost_usd_e6) return std::nullopt;
    const parse::Format* format = parse::find_format(state.agent);
    const bool family = format != nullptr && format->reports_family;
    return proto::ReportedUsage{family ? "family" : "own", to_proto(from.tokens), from.cost_usd_e6};
}

proto::ToolSummary to_proto(const store::ToolTotals& from) {
    proto::ToolSummary tool;
    tool.tool = from.tool;
    tool.calls = from.calls;
    tool.errors = from.errors;
    tool.orphaned = from.orphaned;
    tool.open = from.open;
    if (!from.lead_ms.empty()) {
        tool.total_ms = std::accumulate(from.lead_ms.begin(), from.lead_ms.end(), std::int64_t{0});
        tool.median_ms = from.lead_ms[from.lead_ms.size() / 2];
    }
    return tool;
}

constexpr std::int64_t kMostFolded = 5000;  // sessions that a page looks at
constexpr std::int64_t kBadLinesNamed = 3;  // of a file

proto::SessionFile to_proto(const store::FileRow& row) {
    proto::SessionFile file;
    file.path = row.root + "/" + row.path;
    file.bytes = row.position.offset;
    file.lines = row.counts.lines;
    file.bad_lines = row.counts.bad_lines;
    file.generation = row.generation;
    file.problem = row.problem;
    return file;
}

// "<last activity>.<key>" of the last row of a page.
std::string page_mark(const store::SessionRow& row) {
    return fmt::format("{}.{}", row.state.last_activity.value_or(0), row.key);
}

std::optional<std::pair<std::int64_t, std::int64_t>> parse_page_mark(const std::string& mark) {
    const auto parts = split(mark, '.');
    std::pair<std::int64_t, std::int64_t> out;
    if (parts.size() != 2) return std::nullopt;
    const auto number = [](std::string_view text, std::int64_t& value) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size();
    };
    if (!number(parts[0], out.first) || !number(parts[1], out.second)) return std::nullopt;
    return out;
}

}  // namespace

proto::Session History::describe(const store::SessionRow& row, const AgentRegistry& registry,
                                 const WorkspaceAliases& aliases, UnixMs now) {
    const session::SessionState& from = row.state;
    proto::Session session;
    session.id = from.id;
    session.agent = from.agent;
    const auto said = registry.status_of(from, now);
    session.status = session::to_text(said.value_or(session::status_at(from, now)));
    session.status_by = said ? "agent" : "file";
    session.parent = from.parent;
    session.forked_from = from.forked_from;
    session.workspace = aliases.resolve(from.workspace);
    session.worktree = from.worktree;
    session.title = from.agent == "codex" ? thread_names_.of(from.id) : std::string();
    if (session.title.empty()) session.title = from.title;
    session.model = from.model;
    session.started_at_ms = from.started_at;
    session.last_activity_ms = from.last_activity;
    session.events = from.next_seq;
    session.prompts = from.prompts - from.copied_prompts;
    session.tool_calls = from.tool_calls;
    session.tool_errors = from.tool_errors;
    session.children = row.children;
    session.pinned = row.pinned;
    session.active_ms = session::active_time(from);
    session.resumed = from.resumed;
    return session;
}

History::Used History::used_by(const store::SessionRow& row) {
    Used used;
    used.own = usage_.of_session(row.key);
    used.all = row.children == 0 ? used.own : usage_.with_children(row.key);
    return used;
}

proto::Session History::with_usage(proto::Session session, const Used& used) {
    const auto& [own, all] = used;
    if (own != session::UsageSum()) {
        const proto::UsageSum sum = to_proto(own);
        session.tokens = sum.tokens;
        session.cost_usd_e6 = sum.cost_usd_e6;
        session.unpriced_responses = sum.unpriced_responses;
    }
    if (all != session::UsageSum()) session.usage_with_children = to_proto(all);
    return session;
}

// The status depends on the time, so it is no column: of the sessions that may have it, pages are read until
// one is full.
proto::SessionPage History::sessions(const SessionQuestion& question, UnixMs now) {
    store::SessionFilter filter;
    filter.agent = question.agent;
    filter.workspace = WorkspaceFilter(question.workspace, question.aliases);
    filter.since = question.since.value_or(0);
    const AgentRegistry registry = AgentRegistry::read(registries_);
    thread_names_.refresh();
    if (question.status) {
        // An agent that runs may say so of a session that was quiet for long.
        const auto least = registry.has_running() ? session::Status::idle : *question.status;
        filter.since = std::max(
            filter.since, std::min(earliest_activity(least, now), earliest_activity(*question.status, now)));
    }
    filter.limit = question.limit;
    filter.after = parse_page_mark(question.after);
    SessionFolds folds(question.fold);
    std::string next;
    std::int64_t looked_at = 0;
    bool more = true;
    while (more) {
        const auto rows = store_.sessions.list(filter);
        more = static_cast<std::int64_t>(rows.size()) == filter.limit;
        for (const store::SessionRow& row : rows) {
            ++looked_at;
            const session::Status status =
                registry.status_of(row.state, now).value_or(session::status_at(row.state, now));
            if (question.status && status != *question.status) continue;
            folds.add(describe(row, registry, question.aliases, now), row.state, used_by(row));
            if (folds.rows() < question.limit && looked_at < kMostFolded) continue;
            next = page_mark(row);
            more = false;
            break;
        }
        if (more) filter.after = parse_page_mark(page_mark(rows.back()));
    }
    proto::SessionPage page;
    page.next = next;
    for (auto& [session, used] : folds.take()) page.sessions.push_back(with_usage(std::move(session), used));
    return page;
}

SessionLookup History::find(const std::string& prefix) {
    const auto rows = store_.sessions.find(prefix);
    SessionLookup lookup;
    if (rows.size() == 1) lookup.key = rows.front().key;
    if (rows.size() > 1) {
        for (const store::SessionRow& row : rows) lookup.candidates.push_back(row.state.id);
    }
    return lookup;
}

proto::SessionDetail History::session(std::int64_t key, UnixMs now, const WorkspaceAliases& aliases) {
    const store::SessionRow row = store_.sessions.row(key);
    proto::SessionDetail detail;
    const AgentRegistry registry = AgentRegistry::read(registries_);
    thread_names_.refresh();
    detail.session = with_usage(describe(row, registry, aliases, now), used_by(row));
    detail.cwd = row.state.cwd;
    detail.git_branch = row.state.git_branch;
    detail.agent_version = row.state.agent_version;
    const auto tools = store_.spans.totals(row.key);
    for (const auto& tool : tools) {
        if (detail.tools.size() < kTools) detail.tools.push_back(to_proto(tool));
    }
    detail.tools_left_out = static_cast<std::int64_t>(tools.size() - detail.tools.size());
    detail.paths = store_.spans.paths(row.key, kPaths);
    for (const auto& file : store_.files.of_session(row.key)) {
        if (detail.files.size() == kFiles) {
            ++detail.files_left_out;
            continue;
        }
        proto::SessionFile& last = detail.files.emplace_back(to_proto(file));
        if (file.counts.bad_lines == 0) continue;
        for (store::BadLine& bad : store_.lines.bad_of(file.id, kBadLinesNamed))
            last.last_bad_lines.push_back({bad.line, bad.offset, std::move(bad.reason)});
    }
    for (const auto& child : store_.sessions.children_of(row.state.agent, row.state.id, kChildren))
        detail.children.push_back(with_usage(describe(child, registry, aliases, now), used_by(child)));
    detail.children_left_out = row.children - static_cast<std::int64_t>(detail.children.size());
    store::EventFilter filter;
    filter.session = row.key;
    filter.limit = kRecentEvents;
    for (auto& event : store_.events.last(filter)) detail.recent.push_back(to_proto(std::move(event)));
    detail.reported = reported_by(row.state);
    detail.models = usage_.models_of_session(row.key);
    return detail;
}

proto::EventPage History::events(const EventQuestion& question, std::int64_t session_key) {
    store::EventFilter filter;
    filter.session = session_key;
    filter.agent = question.agent;
    filter.after = question.after;
    filter.limit = question.limit;
    filter.bytes = kTextsOfPage;
    proto::EventPage page;
    page.next = question.after;
    std::int64_t bytes = 0;
    const bool by_time = question.last && session_key == 0;
    if (by_time) page.next = store_.events.last_id();
    for (auto& row : by_time         ? latest_events(store_, filter)
                     : question.last ? store_.events.last(filter)
                                     : store_.events.list(filter)) {
        bytes += static_cast<std::int64_t>(row.event.text.size());
        page.next = std::max(page.next, row.id);
        page.events.push_back(to_proto(std::move(row)));
    }
    page.cut = bytes >= kTextsOfPage && static_cast<std::int64_t>(page.events.size()) < question.limit;
    return page;
}

proto::StoreStatus History::store_status() {
    proto::StoreStatus status;
    status.path = store_.database.path();
    status.bytes = store_.database.bytes();
    status.sessions = store_.sessions.count();
    for (const auto& source : store_.files.totals()) status.events += source.events;
    status.events -= store_.events.forgotten();
    status.tool_spans = store_.spans.count();
    const store::RereadingRow again = store_.rereading.load();
    if (!again.done()) status.sessions_to_read_again = again.sessions - again.read - again.left_alone;
    status.sessions_left_alone = again.left_alone;
    return status;
}

std::vector<proto::SourceStatus> History::sources() {
    std::vector<proto::SourceStatus> all;
    for (const store::SourceTotals& from : store_.files.totals()) {
        proto::SourceStatus source;
        source.agent = from.agent;
        source.root = from.root;
        source.files = from.files;
        source.bytes_read = from.bytes_read;
        source.bytes_behind = from.bytes_behind;
        source.sessions = from.sessions;
        source.lines = from.counts.lines;
        source.event_lines = from.counts.event_lines;
        source.skipped_lines = from.counts.skipped_lines;
        source.bad_lines = from.counts.bad_lines;
        source.events = from.events;
        source.last_event_at_ms = from.last_event_at_ms;
        all.push_back(std::move(source));
    }
    return all;
}

std::vector<proto::SessionFile> History::unreadable_files(std::int64_t limit) {
    std::vector<proto::SessionFile> files;
    for (const auto& row : store_.files.with_problem(limit)) files.push_back(to_proto(row));
    return files;
}

std::vector<store::LineKind> History::unknown_kinds() {
    std::vector<store::LineKind> unknown;
    for (auto& kind : store_.lines.kinds()) {
        if (kind.outcome == parse::LineOutcome::unknown_kind) unknown.push_back(std::move(kind));
    }
    return unknown;
}

}  // namespace kaizen::insight
