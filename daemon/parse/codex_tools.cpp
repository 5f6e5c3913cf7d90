#include "daemon/parse/codex_tools.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/text.h"
#include "daemon/parse/records.h"

namespace kaizen::parse::codex {
namespace {

// What Codex itself answers in place of an output, without any other mark of failure; seen in 0.36 to 0.169.
constexpr std::array<std::string_view, 3> kFailures = {"failed in sandbox ",
                                                       "execution error: ", "unsupported call: "};

std::string_view call_id_of(const JsonValue& item) {
    const std::string_view id = text_in(item, "call_id");
    return id.empty() ? text_in(item, "id") : id;
}

std::optional<std::int64_t> seconds_as_ms(double seconds) {
    if (!(seconds >= 0) || seconds > 1e9) return std::nullopt;
    return static_cast<std::int64_t>(std::floor(seconds * 1000 + 0.5));
}

// "0.0512 seconds" in ms.
std::optional<std::int64_t> leading_seconds(std::string_view text) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    return error == std::errc() ? seconds_as_ms(seconds) : std::nullopt;
}

bool take_prefix(std::string_view& line, std::string_view prefix) {
    if (!line.starts_with(prefix)) return false;
    line.remove_prefix(prefix.size());
    return true;
}

// Reads "Chunk ID: …\nWall time: 0.05 seconds\nProcess exited with code 1\n…\nOutput:\n"; returns what
// follows it.
std::string_view take_header(std::string_view text, Event& event) {
    constexpr std::array<std::string_view, 4> kStarts = {
        "Chunk ID: ", "Wall time: ", "Exit code: ", "Script "};
    const auto starts = [&](std::string_view start) { return text.starts_with(start); };
    if (std::none_of(kStarts.begin(), kStarts.end(), starts)) return text;
    constexpr int kMaxLines = 8;
    std::string_view rest = text;
    for (int i = 0; i < kMaxLines && !rest.empty(); ++i) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line == "Output:") return rest;
        if (take_prefix(line, "Process exited with code ") || take_prefix(line, "Exit code: ")) {
            event.exit_code = leading_number(line);
        } else if (take_prefix(line, "Wall time: ") || take_prefix(line, "Wall time ")) {
            event.duration_ms = leading_seconds(line);
        }
    }
    return text;
}

// An output in one of its forms: JSON {"output", "metadata"}, a header and text, or just text.
void take_output_text(std::string_view text, Event& event, JsonDocument& inner, EventWriter& writer) {
    if (text.starts_with("{\"output\":") && inner.parse(text)) {
        writer.set_text(event, text_in(inner.root(), "output"));
        const JsonValue* metadata = find_object(inner.root(), "metadata");
        if (metadata == nullptr) return;
        event.exit_code = find_int(*metadata, "exit_code");
        if (const auto seconds = find_number(*metadata, "duration_seconds"))
            event.duration_ms = seconds_as_ms(*seconds);
        return;
    }
    for (const std::string_view failure : kFailures)
        event.is_error = event.is_error || text.starts_with(failure);
    writer.set_text(event, take_header(text, event));
}

// The newest form: a list of {type: "input_text", text}, of which the first begins with the header.
void take_output_parts(const JsonValue& parts, Event& event, EventWriter& writer) {
    CappedText text = writer.text();
    bool first = true;
    bool any = false;
    for (const JsonValue& part : parts.GetArray()) {
        std::string_view words = text_in(part, "type") == "input_image" ? "[image]" : text_in(part, "text");
        if (first) words = take_header(words, event);
        first = false;
        if (words.empty()) continue;
        if (any) text.append("\n");
        text.append(words);
        any = true;
    }
    text.move_to(event);
}

void take_output(const JsonValue& item, JsonDocument& inner, EventWriter& writer) {
    Event& event = writer.tool_result(call_id_of(item));
    const JsonValue* output = find(item, "output");
    if (output == nullptr) output = find(item, "tools");  // tool_search_output
    if (output == nullptr) return;
    const JsonValue* content = find(*output, "content");  // {content, success}
    if (content != nullptr && find_bool(*output, "success") == false) event.is_error = true;
    if (content == nullptr) content = output;
    if (content->IsString())
        take_output_text(as_view(*content), event, inner, writer);
    else if (content->IsArray() && find(item, "output") != nullptr)
        take_output_parts(*content, event, writer);
    else
        writer.set_json(event, *content);
    if (event.exit_code.value_or(0) != 0) event.is_error = true;
}

void add_patch_paths_in(Event& event, const JsonValue& value) {
    if (value.IsString()) add_patch_paths(event, as_view(value));
    if (!value.IsArray()) return;
    for (const JsonValue& item : value.GetArray()) {
        if (item.IsString()) add_patch_paths(event, as_view(item));
    }
}

void add_argument_paths(Event& event, const JsonValue& arguments) {
    add_paths(event, arguments);
    if (!arguments.IsObject()) return;
    for (const auto& member : arguments.GetObject()) add_patch_paths_in(event, member.value);
}

// `arguments` is a string of JSON, an object in old files; custom tools have raw text in `input` instead.
void take_call(const JsonValue& item, std::string_view name, JsonDocument& inner, EventWriter& writer) {
    Event& event = writer.tool_call(name, call_id_of(item));
    event.asks_user = name == "request_user_input";
    const JsonValue* input = find(item, "arguments");
    if (input == nullptr) input = find(item, "input");
    if (input == nullptr) input = find(item, "action");
    if (input == nullptr) return;
    if (!input->IsString()) {
        writer.set_json(event, *input);
        add_argument_paths(event, *input);
        return;
    }
    const std::string_view text = as_view(*input);
    writer.set_text(event, text);
    event.asks_user = event.asks_user || text.find("\"require_escalated\"") != text.npos;
    add_patch_paths(event, text.starts_with('{') ? std::string_view() : text);
    const bool may_name_files =
        text.find("ath\"") != text.npos || text.find("file") != text.npos || text.find("***") != text.npos;
    if (text.starts_with('{') && may_name_files && inner.parse(text)) add_argument_paths(event, inner.root());
}

// Calls that run at the server: one record, often without an id, says that they were made and how they ended.
void take_hosted_call(const JsonValue& item, std::string_view name, EventWriter& writer) {
    Event& call = writer.tool_call(name, call_id_of(item));
    if (call.call_id.empty()) call.call_id = fmt::format("{}:{:016x}", name, call.uid);
    if (const JsonValue* action = find(item, "action")) writer.set_json(call, *action);
    const std::string call_id = call.call_id;
    const std::string_view status = text_in(item, "status");
    if (status == "completed" || status == "failed")
        writer.tool_result(call_id).is_error = status == "failed";
}

}  // namespace

bool take_tool_item(const JsonValue& item, std::string_view type, JsonDocument& inner, EventWriter& writer) {
    if (type == "function_call" || type == "custom_tool_call")
        take_call(item, text_in(item, "name"), inner, writer);
    else if (type == "local_shell_call")
        take_call(item, "local_shell", inner, writer);
    else if (type == "tool_search_call")
        take_call(item, "tool_search", inner, writer);
    else if (type == "web_search_call")
        take_hosted_call(item, "web_search", writer);
    else if (type == "image_generation_call")
        take_hosted_call(item, "image_generation", writer);
    else if (type.ends_with("_output"))
        take_output(item, inner, writer);
    else
        return false;
    return true;
}

bool take_completed_item(const JsonValue& item, EventWriter& writer) {
    const std::string_view type = text_in(item, "type");
    const std::string_view id = name_in(item, "id");
    if (id.empty()) return false;
    if (type == "CommandExecution") {
        Event& call = writer.tool_call("exec_command", id);
        if (const JsonValue* command = find(item, "command")) writer.set_json(call, *command);
    } else if (type == "FileChange") {
        Event& call = writer.tool_call("apply_patch", id);
        const JsonValue* changes = find_object(item, "changes");
        if (changes != nullptr) {
            writer.set_json(call, *changes);
            for (const auto& change : changes->GetObject()) add_path(call, as_view(change.name));
        }
    } else if (type == "McpToolCall") {
        Event& call =
            writer.tool_call(fmt::format("mcp__{}__{}", name_in(item, "server"), name_in(item, "tool")), id);
        if (const JsonValue* arguments = find(item, "arguments")) {
            writer.set_json(call, *arguments);
            add_paths(call, *arguments);
        }
    } else {
        return false;
    }
    Event& result = writer.tool_result(id);
    result.exit_code = find_int(item, "exit_code");
    result.is_error = text_in(item, "status") == "failed" || result.exit_code.value_or(0) != 0;
    std::string_view text = text_in(item, "aggregated_output");
    if (text.empty()) text = text_in(item, "stdout");
    if (!text.empty())
        writer.set_text(result, text);
    else if (const JsonValue* answer = find(item, "result"))
        writer.set_json(result, *answer);
    if (const JsonValue* lasted = find_object(item, "duration"))
        result.duration_ms = seconds_as_ms(find_number(*lasted, "secs").value_or(0) +
                                           find_number(*lasted, "nanos").value_or(0) / 1e9);
    return true;
}

}  // namespace kaizen::parse::codex
