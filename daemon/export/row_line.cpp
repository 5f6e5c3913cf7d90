#include "daemon/export/row_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "daemon/flush/excerpt.h"

namespace kaizen::exporting {
namespace {

using proto::ingest::Kind;

constexpr std::size_t kNameMost = 100;
constexpr std::size_t kTextMost = 200;

std::string name_in(const JsonValue& object, std::string_view member) {
    return flush::excerpt(find_string(object, member).value_or(std::string_view()), kNameMost);
}

std::optional<std::int64_t> count_in(const JsonValue& row, std::string_view member) {
    const auto count = find_int(row, member);
    return count && *count >= 0 ? count : std::nullopt;
}

bool is(const JsonValue& object, std::string_view flag) { return find_bool(object, flag).value_or(false); }

std::string words(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

// "1,234,567"
std::string with_commas(std::int64_t count) {
    std::string digits = fmt::format("{}", count);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string in_time(std::optional<std::int64_t> ms) {
    if (!ms) return {};
    return *ms < 1000 ? fmt::format(" in {} ms", *ms)
                      : fmt::format(" in {:.1f} s", static_cast<double>(*ms) / 1000);
}

std::string in_parentheses(const std::string& text) { return text.empty() ? text : " (" + text + ")"; }

// "1,234 in, 56 out": what the row says of these. Its input is the uncached one.
std::string tokens_of(const JsonValue& row) {
    const auto in = count_in(row, "tokens_in");
    const auto out = count_in(row, "tokens_out");
    std::string text = in ? with_commas(*in) + " in" : "";
    if (out) text += (text.empty() ? "" : ", ") + with_commas(*out) + " out";
    return text;
}

std::string model_line(const JsonValue& row, std::string_view otherwise) {
    const std::string model = name_in(row, "model");
    const std::string tokens = tokens_of(row);
    const std::string who = model.empty() || model == "unknown" ? std::string(otherwise) : "model " + model;
    return tokens.empty() ? who : who + ": " + tokens;
}

std::string message_line(const JsonValue& row, const JsonValue& payload) {
    const auto role = find_string(payload, "role");
    if (role == "user") return "prompt";
    return model_line(row, is(payload, "thinking") ? "thought" : role == "assistant" ? "answer" : "message");
}

std::string tool_of(const JsonValue& row) {
    const std::string tool = name_in(row, "tool");
    return tool.empty() ? "a tool" : "tool " + tool;
}

std::string result_line(const JsonValue& row, const JsonValue& payload) {
    const auto code = find_int(payload, "exit_code");
    const std::string exit = code ? in_parentheses(fmt::format("exit {}", *code)) : "";
    const std::string how = is(payload, "is_error") ? " failed" + exit : " done";
    return tool_of(row) + how + in_time(count_in(payload, "duration_ms"));
}

std::string lifecycle_line(const JsonValue& payload) {
    const std::string name = words(name_in(payload, "name"));
    const std::string value = name_in(payload, "value");
    if (name.empty()) return "lifecycle";
    return value.empty() ? name : name + ": " + value;
}

std::string happened(const JsonValue& row, const JsonValue& payload) {
    const std::string kind = name_in(row, "kind");
    if (kind == "message") return message_line(row, payload);
    if (kind == "tool_call") return tool_of(row) + " called";
    if (kind == "tool_result") return result_line(row, payload);
    if (kind == "error") return "error" + in_parentheses(name_in(payload, "error_type"));
    if (kind == "cost") return model_line(row, "cost");
    if (kind == "lifecycle") return lifecycle_line(payload);
    return kind.empty() ? "event" : words(kind);
}

// A command, or what was said.
std::string said_in(const JsonValue& payload) {
    for (const char* member : {"command", "text"}) {
        const std::string_view text = find_string(payload, member).value_or(std::string_view());
        if (!text.empty()) return flush::excerpt(text, kTextMost);
    }
    return {};
}

std::string event_line(const JsonValue& row) {
    const JsonValue* payload = find_object(row, "payload");
    static const JsonValue kNone(rapidjson::kObjectType);
    const std::string line = happened(row, payload == nullptr ? kNone : *payload);
    const std::string said = payload == nullptr ? "" : said_in(*payload);
    return said.empty() ? line : line + " · " + said;
}

std::string span_line(const JsonValue& row) {
    const auto status = find_string(row, "status");
    std::string line = tool_of(row);
    if (status == "error") line += " failed" + in_parentheses(name_in(row, "error_type"));
    if (status == "done") line += " done";
    if (status == "orphaned") line += " without a result";
    return line + in_time(count_in(row, "lead_time_ms"));
}

std::string snapshot_line(const JsonValue& row) {
    const auto index = count_in(row, "chunk_index");
    const auto total = count_in(row, "chunk_total");
    if (!index || !total || *index >= *total) return "repo snapshot";
    return fmt::format("repo snapshot, part {} of {}", *index + 1, *total);
}

}  // namespace

std::string line_of(Kind kind, const JsonValue& row) {
    switch (kind) {
        case Kind::events:
            return event_line(row);
        case Kind::tool_spans:
            return span_line(row);
        case Kind::repo_snapshots:
            return snapshot_line(row);
        case Kind::workspace_facts:
            break;
    }
    return "workspace facts";
}

}  // namespace kaizen::exporting
