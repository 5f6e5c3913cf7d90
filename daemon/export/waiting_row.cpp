#include "daemon/export/waiting_row.h"

#include <string>

namespace kaizen::exporting {

using proto::ingest::Kind;

std::optional<UnixMs> time_of(Kind kind, const JsonValue& row) {
    switch (kind) {
        case Kind::events:
            return find_int(row, "ts_ms");
        case Kind::tool_spans: {
            const auto started = find_int(row, "started_at_ms");
            return started ? started : find_int(row, "ended_at_ms");
        }
        case Kind::repo_snapshots:
            return find_int(row, "indexed_at_ms");
        case Kind::workspace_facts:
            break;
    }
    return std::nullopt;
}

void write_members(JsonText& out, const JsonValue& row, std::string_view prefix,
                   const std::function<bool(std::string_view)>& is_said) {
    std::string name;
    for (const auto& member : row.GetObject()) {
        if (member.value.IsNull() || is_said(as_view(member.name))) continue;
        name.assign(prefix).append(as_view(member.name));
        out.key(name);
        member.value.Accept(out);
    }
}

}  // namespace kaizen::exporting
