#include "daemon/export/waiting_row.h"

#include <charconv>
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

// The first 48 bits of a UUIDv7.
std::optional<UnixMs> made_at(const outbox::Batch& batch) {
    const std::string& key = batch.key;
    if (key.size() != 36 || key[8] != '-' || key[14] != '7') return std::nullopt;
    const std::string digits = key.substr(0, 8) + key.substr(9, 4);
    UnixMs at = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), at, 16);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(at) : std::nullopt;
}

bool is_copied(const JsonValue& row) {
    const JsonValue* payload = find_object(row, "payload");
    return payload != nullptr && find_bool(*payload, "copied").value_or(false);
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
