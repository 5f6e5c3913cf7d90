#include "daemon/session/tool_spans.h"

#include <algorithm>

#include "common/text.h"

namespace kaizen::session {
namespace {

bool has_drive(std::string_view path) {
    return path.size() >= 3 && path[1] == ':' && (path[2] == '\\' || path[2] == '/') &&
           ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z'));
}

std::string resolve_dots(std::string_view path) {
    const bool absolute = path.starts_with('/');
    std::vector<std::string_view> kept;
    for (const std::string_view part : split(path, '/')) {
        if (part.empty() || part == ".") continue;
        if (part == ".." && !kept.empty() && kept.back() != "..")
            kept.pop_back();
        else if (part != ".." || !absolute)
            kept.push_back(part);
    }
    std::string out;
    for (const std::string_view part : kept) {
        if (absolute || !out.empty()) out += '/';
        out += part;
    }
    return out.empty() ? (absolute ? "/" : ".") : out;
}

}  // namespace

std::string normalise_path(std::string_view path, std::string_view workspace, std::string_view cwd) {
    std::string whole(path);
    if (has_drive(whole))
        std::replace(whole.begin(), whole.end(), '\\', '/');
    else if (!whole.starts_with('/') && !cwd.empty())
        whole = std::string(cwd) + "/" + whole;
    whole = resolve_dots(whole);
    if (workspace.empty()) return whole;
    const std::string base = resolve_dots(workspace);
    if (whole == base) return ".";
    if (whole.size() > base.size() && whole.starts_with(base) && whole[base.size()] == '/')
        return whole.substr(base.size() + 1);
    return whole;
}

ToolSpan start_span(const parse::Event& call, std::string_view workspace, std::string_view cwd,
                    bool answered) {
    ToolSpan span;
    span.call_id = call.call_id;
    span.tool = call.name;
    span.status = answered ? SpanStatus::open : SpanStatus::done;
    span.started_at = call.at;
    for (const std::string& path : call.paths) {
        std::string normal = normalise_path(path, workspace, cwd);
        if (std::find(span.paths.begin(), span.paths.end(), normal) == span.paths.end())
            span.paths.push_back(std::move(normal));
    }
    return span;
}

void end_span(ToolSpan& span, const parse::Event& result) {
    span.status = result.is_error ? SpanStatus::error : SpanStatus::done;
    span.ended_at = result.at;
    span.exit_code = result.exit_code;
    if (result.duration_ms) {
        span.lead_ms = result.duration_ms;
    } else if (span.started_at && span.ended_at && *span.ended_at >= *span.started_at) {
        span.lead_ms = *span.ended_at - *span.started_at;
    }
}

}  // namespace kaizen::session
