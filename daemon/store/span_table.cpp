#include "daemon/store/span_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "common/json.h"

namespace kaizen::store {
namespace {

using session::SpanStatus;
using session::ToolSpan;

std::string paths_to_json(const std::vector<std::string>& paths) {
    if (paths.empty()) return {};
    JsonText text;
    text.StartArray();
    for (const std::string& path : paths) text.string(path);
    text.EndArray();
    return text.str();
}

std::vector<std::string> paths_from_json(const std::string& json) {
    std::vector<std::string> paths;
    JsonDocument document;
    if (json.empty() || !document.parse(json) || !document.root().IsArray()) return paths;
    for (const JsonValue& path : document.root().GetArray()) {
        if (path.IsString()) paths.emplace_back(as_view(path));
    }
    return paths;
}

std::string select(const std::string& rest) {
    return std::string(
               "SELECT call_id, tool, status, started_at_ms, ended_at_ms, lead_ms, exit_code, paths, "
               "turn, outgoing FROM tool_spans ") +
           rest;
}

// Of session ?1: what a fork copied, its original has done.
constexpr const char* kOwn =
    "session = ?1 AND call_id NOT IN (SELECT call_id FROM events INDEXED BY events_copied WHERE session = ?1 "
    "AND (copied OR replayed) AND call_id IS NOT NULL)";

// The same of one span.
constexpr const char* kIsOwn =
    "NOT EXISTS (SELECT 1 FROM events e INDEXED BY events_copied WHERE e.session = tool_spans.session "
    "AND e.call_id = tool_spans.call_id AND (e.copied OR e.replayed))";

SpanRow read_row(Statement& statement) {
    Reader in(statement);
    SpanRow row;
    row.span.call_id = in.text();
    row.span.tool = in.text();
    row.span.status = static_cast<SpanStatus>(in.integer());
    row.span.started_at = in.optional_integer();
    row.span.ended_at = in.optional_integer();
    row.span.lead_ms = in.optional_integer();
    row.span.exit_code = in.optional_integer();
    row.span.paths = paths_from_json(in.text());
    row.span.turn = in.integer();
    row.outgoing = static_cast<Outgoing>(in.integer());
    return row;
}

void add_to(ToolTotals& totals, SpanStatus status) {
    ++totals.calls;
    if (status == SpanStatus::error) ++totals.errors;
    if (status == SpanStatus::orphaned) ++totals.orphaned;
    if (status == SpanStatus::open) ++totals.open;
}

}  // namespace

SpanTable::SpanTable(Database& database)
    : save_(
          database,
          "INSERT INTO tool_spans (session, call_id, tool, status, started_at_ms, ended_at_ms, lead_ms, "
          "exit_code, paths, turn, outgoing) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET (tool, status, started_at_ms, "
          "ended_at_ms, "
          "lead_ms, exit_code, paths, turn, outgoing) = (excluded.tool, excluded.status, "
          "excluded.started_at_ms, "
          "excluded.ended_at_ms, "
          "excluded.lead_ms, excluded.exit_code, excluded.paths, excluded.turn, excluded.outgoing)"),
      find_(database, select("WHERE session = ? AND call_id = ?")),
      orphan_(database, fmt::format("UPDATE tool_spans SET status = 3, outgoing = iif({}, ?2, outgoing) "
                                    "WHERE session = ?1 AND status = 0",
                                    kIsOwn)),
      open_(database, select(fmt::format("WHERE session = ? AND status = 0 AND {}", kIsOwn))),
      is_copied_(
          database,
          "SELECT EXISTS (SELECT 1 FROM events INDEXED BY events_copied WHERE session = ? AND call_id = ? "
          "AND (copied OR replayed))"),
      erase_(database, "DELETE FROM tool_spans WHERE session = ?"),
      mark_enqueued_(database, "UPDATE tool_spans SET outgoing = 1 WHERE session = ? AND call_id = ?"),
      ended_(database, "SELECT count(*) FROM tool_spans WHERE session = ? AND status <> 0"),
      totals_(database, std::string("SELECT tool, status, lead_ms FROM tool_spans WHERE ") + kOwn),
      paths_(database, std::string("SELECT paths FROM tool_spans WHERE ") + kOwn +
                           " AND paths IS NOT NULL ORDER BY started_at_ms DESC, call_id DESC"),
      count_(database, "SELECT spans FROM span_count") {
    static_assert(static_cast<int>(SpanStatus::open) == 0 && static_cast<int>(SpanStatus::orphaned) == 3);
}

void SpanTable::save(std::int64_t session, const ToolSpan& span, Outgoing outgoing) {
    const std::string paths = paths_to_json(span.paths);
    Binder out(save_);
    out.add(session).add(span.call_id).add_or_null(span.tool).add(static_cast<std::int64_t>(span.status));
    out.add(span.started_at).add(span.ended_at).add(span.lead_ms).add(span.exit_code).add_or_null(paths);
    out.add(span.turn).add(static_cast<std::int64_t>(outgoing));
    save_->exec();
}

std::optional<SpanRow> SpanTable::find(std::int64_t session, const std::string& call_id) {
    Binder(find_).add(session).add(call_id);
    std::optional<SpanRow> row;
    if (find_->executeStep()) row = read_row(find_);
    find_->tryReset();
    return row;
}

std::vector<ToolSpan> SpanTable::open_of(std::int64_t session) {
    std::vector<ToolSpan> open;
    Binder(open_).add(session);
    while (open_->executeStep()) open.push_back(read_row(open_).span);
    open_->tryReset();
    return open;
}

bool SpanTable::is_copied(std::int64_t session, const std::string& call_id) {
    Binder(is_copied_).add(session).add(call_id);
    is_copied_->executeStep();
    const bool copied = is_copied_->getColumn(0).getInt() != 0;
    is_copied_->tryReset();
    return copied;
}

void SpanTable::erase(std::int64_t session) {
    Binder(erase_).add(session);
    erase_->exec();
}

void SpanTable::mark_enqueued(std::int64_t session, const std::string& call_id) {
    Binder(mark_enqueued_).add(session).add(call_id);
    mark_enqueued_->exec();
}

void SpanTable::orphan_open(std::int64_t session, Outgoing outgoing) {
    Binder(orphan_).add(session).add(static_cast<std::int64_t>(outgoing));
    orphan_->exec();
}

std::int64_t SpanTable::ended_of(std::int64_t session) {
    Binder(ended_).add(session);
    ended_->executeStep();
    const std::int64_t spans = ended_->getColumn(0).getInt64();
    ended_->tryReset();
    return spans;
}

std::vector<ToolTotals> SpanTable::totals(std::int64_t session) {
    std::map<std::string, ToolTotals> by_tool;
    Binder(totals_).add(session);
    while (totals_->executeStep()) {
        Reader in(totals_);
        const std::string tool = in.text();
        ToolTotals& one = by_tool[tool];
        one.tool = tool;
        add_to(one, static_cast<SpanStatus>(in.integer()));
        if (const auto lead = in.optional_integer()) one.lead_ms.push_back(*lead);
    }
    totals_->tryReset();
    std::vector<ToolTotals> all;
    for (auto& [tool, one] : by_tool) {
        std::sort(one.lead_ms.begin(), one.lead_ms.end());
        all.push_back(std::move(one));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tie(b.calls, a.tool) < std::tie(a.calls, b.tool);
    });
    return all;
}

std::vector<std::string> SpanTable::paths(std::int64_t session, std::size_t limit) {
    std::vector<std::string> all;
    Binder(paths_).add(session);
    while (all.size() < limit && paths_->executeStep()) {
        for (std::string& path : paths_from_json(paths_->getColumn(0).getString())) {
            if (all.size() < limit && std::find(all.begin(), all.end(), path) == all.end())
                all.push_back(std::move(path));
        }
    }
    paths_->tryReset();
    return all;
}

std::int64_t SpanTable::count() { return one_number(count_); }

}  // namespace kaizen::store
