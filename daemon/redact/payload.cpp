#include "daemon/redact/payload.h"

#include <algorithm>
#include <array>

#include "common/text.h"
#include "daemon/redact/alphabet.h"
#include "daemon/redact/cut_text.h"
#include "daemon/redact/shell_outline.h"
#include "daemon/session/tool_spans.h"

namespace kaizen::redact {
namespace {

namespace lifecycle_names = parse::lifecycle;
using parse::Event;
using parse::EventKind;

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestKey = 64;
constexpr std::size_t kLongestExtension = 10;
constexpr std::size_t kLongestCommand = 1024;  // in metadata
constexpr std::size_t kMostArguments = 64;

// Arguments of tools that name files or directories. Those of Claude Code, Codex and Cursor.
constexpr std::array<std::string_view, 9> kPathKeys = {"file_path", "notebook_path", "target_file",
                                                       "path",      "filePath",      "workdir",
                                                       "cwd",       "directory",     "target_directory"};
constexpr std::array<std::string_view, 2> kCommandKeys = {"command", "cmd"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_cut(const Event& event) { return event.text_bytes > static_cast<std::int64_t>(event.text.size()); }

void number(JsonText& out, std::string_view key, const std::optional<std::int64_t>& value) {
    if (!value) return;
    out.key(key);
    out.Int64(*value);
}

void flag(JsonText& out, std::string_view key, bool value) {
    if (!value) return;
    out.key(key);
    out.Bool(true);
}

void write_ended(JsonText& out, const session::EndedTurn& ended) {
    out.key("ended_turn");
    out.StartObject();
    number(out, "turn", ended.turn);
    number(out, "started_at_ms", ended.started_at);
    number(out, "ended_at_ms", ended.ended_at);
    out.EndObject();
}

// Null when there is none. An argument list of strings is a command, too.
const JsonValue* find_command(const JsonValue& input) {
    for (const std::string_view key : kCommandKeys) {
        const JsonValue* value = find(input, key);
        if (value == nullptr) continue;
        const bool words =
            value->IsArray() &&
            std::all_of(value->Begin(), value->End(), [](const JsonValue& word) { return word.IsString(); });
        if (value->IsString() || words) return value;
    }
    return nullptr;
}

// ["bash", "-lc", "ls -la"] is the command "ls -la"; other words stand side by side.
std::string command_text(const JsonValue& command) {
    if (command.IsString()) return std::string(as_view(command));
    if (command.Size() == 3 && as_view(command[1]).starts_with("-") && as_view(command[1]).ends_with("c"))
        return std::string(as_view(command[2]));
    std::string text;
    for (const JsonValue& word : command.GetArray()) {
        const std::string_view one = as_view(word);
        if (!text.empty()) text += ' ';
        const bool quoted = one.find_first_of(" \t\n\"'$`;&|<>()#") != std::string_view::npos;
        text += quoted ? shell_quoted(std::string(one)) : std::string(one);
    }
    return text;
}

}  // namespace

std::string PayloadWriter::name(std::string_view name, SessionSecrets& secrets) const {
    return std::string(front_of_redacted(redactor_.text(name, secrets), kLongestName));
}

std::string PayloadWriter::payload(const Event& event, const Scene& scene, SessionSecrets& secrets) const {
    JsonText out;
    out.StartObject();
    switch (event.kind) {
        case EventKind::message:
            message(out, event, secrets);
            break;
        case EventKind::tool_call:
            tool_call(out, event, scene, secrets);
            break;
        case EventKind::tool_result:
            tool_result(out, event, secrets);
            break;
        case EventKind::error:
            out.key("error_type"), out.string(name(event.name, secrets));
            text(out, event.text, is_cut(event), secrets);
            number(out, "text_bytes", event.text_bytes);
            break;
        case EventKind::lifecycle:
            lifecycle(out, event, scene, secrets);
            break;
        case EventKind::cost:
            break;
    }
    flag(out, "sidechain", event.sidechain);
    flag(out, "replayed", event.replayed);
    flag(out, "copied", event.copied);
    if (scene.ended_turn) write_ended(out, *scene.ended_turn);
    if (scene.responses != nullptr) responses(out, *scene.responses, secrets);
    out.EndObject();
    return out.str();
}

void PayloadWriter::responses(JsonText& out, const session::OpenResponses::Told& told,
                              SessionSecrets& secrets) const {
    flag(out, "of_response", told.is_part);
    if (told.ended.empty()) return;
    out.key("ended_responses");
    out.StartArray();
    for (const session::EndedResponse& response : told.ended) {
        out.StartObject();
        if (!response.id.empty()) out.key("response_id_hash"), out.string(hash_.of(response.id));
        if (!response.model.empty()) out.key("model"), out.string(name(response.model, secrets));
        number(out, "event_seq", response.first_seq);
        number(out, "turn", response.turn);
        number(out, "asked_at_ms", response.asked_at);
        number(out, "started_at_ms", response.began_at);
        number(out, "ended_at_ms", response.ended_at);
        const parse::TokenCounts& tokens = response.used.tokens;
        number(out, "tokens_in", tokens.input);
        number(out, "tokens_out", tokens.output);
        number(out, "reasoning_tokens", tokens.reasoning);
        number(out, "cost_usd_e6", response.used.cost_usd_e6);
        number(out, "cache_read_tokens", tokens.cache_read);
        number(out, "cache_creation_tokens", tokens.cache_write);
        out.EndObject();
    }
    out.EndArray();
}

void PayloadWriter::message(JsonText& out, const Event& event, SessionSecrets& secrets) const {
    if (event.role != parse::Role::none) out.key("role"), out.string(name_of(event.role));
    flag(out, "thinking", event.thinking);
    number(out, "text_bytes", event.text_bytes);
    text(out, event.text, is_cut(event), secrets);
}

void PayloadWriter::tool_result(JsonText& out, const Event& event, SessionSecrets& secrets) const {
    out.key("is_error"), out.Bool(event.is_error);
    number(out, "exit_code", event.exit_code);
    number(out, "duration_ms", event.duration_ms);
    number(out, "text_bytes", event.text_bytes);
    text(out, event.text, is_cut(event), secrets);
}

void PayloadWriter::lifecycle(JsonText& out, const Event& event, const Scene& scene,
                              SessionSecrets& secrets) const {
    out.key("name"), out.string(name(event.name, secrets));
    if (event.text.empty()) return;
    if (event.name == lifecycle_names::cwd) {
        out.key("path"),
            out.string(short_path(session::normalise_path(event.text, scene.workspace, scene.cwd)));
    } else if (event.name == lifecycle_names::model || event.name == lifecycle_names::mode) {
        out.key("value"), out.string(name(event.text, secrets));
    } else {
        number(out, "text_bytes", event.text_bytes);
        text(out, event.text, is_cut(event), secrets);
    }
}

void PayloadWriter::tool_call(JsonText& out, const Event& event, const Scene& scene,
                              SessionSecrets& secrets) const {
    number(out, "text_bytes", event.text_bytes);
    if (scene.paths != nullptr && !scene.paths->empty()) {
        out.key("paths");
        out.StartArray();
        for (const std::string& path : *scene.paths) out.string(short_path(path));
        out.EndArray();
    }
    const bool cut = is_cut(event);
    JsonDocument input;
    const bool is_object = input.parse(cut ? closed_json(event.text) : event.text) && input.root().IsObject();
    if (!is_object) return text(out, event.text, cut, secrets);  // a patch, a word
    bool shortened = command(out, input.root(), secrets);
    if (shape_.content == Content::text)
        shortened = values(out, input.root(), scene, secrets) || shortened;
    else
        sizes(out, input.root(), cut, secrets);
    flag(out, "truncated", cut || shortened);
}

// True when it was shortened.
bool PayloadWriter::command(JsonText& out, const JsonValue& input, SessionSecrets& secrets) const {
    const JsonValue* value = find_command(input);
    if (value == nullptr) return false;
    const bool metadata = shape_.content == Content::metadata;
    std::string text = command_text(*value);
    if (metadata) text = shell_outline(text);
    const std::string redacted = redactor_.text(text, secrets);
    const std::string_view front =
        front_of_redacted(redacted, metadata ? kLongestCommand : shape_.text_max_bytes);
    out.key("command"), out.string(front);
    return front.size() < redacted.size();
}

// {"content_bytes": 4211} for each argument but the command. How long the one at a cut is, nobody knows.
void PayloadWriter::sizes(JsonText& out, const JsonValue& input, bool cut, SessionSecrets& secrets) const {
    const JsonValue* shown = find_command(input);
    out.key("arguments");
    out.StartObject();
    std::size_t left = kMostArguments;
    for (auto member = input.MemberBegin(); member != input.MemberEnd(); ++member) {
        const std::string_view key = as_view(member->name);
        const bool unknown = cut && member + 1 == input.MemberEnd();
        const bool is_path = member->value.IsString() && is_one_of(kPathKeys, key);  // shown in `paths`
        if (&member->value == shown || is_path || unknown) continue;
        if (key.size() > kLongestKey || !all_in(Alphabet::name, key) || redactor_.text(key, secrets) != key)
            continue;
        if (left-- == 0) break;
        std::int64_t bytes = member->value.IsString() ? std::int64_t{member->value.GetStringLength()} : 0;
        if (!member->value.IsString()) static_cast<void>(to_text(member->value, 0, bytes));
        number(out, std::string(key) + "_bytes", bytes);
    }
    out.EndObject();
}

// The arguments themselves, redacted; file paths as everywhere. True when some were shortened.
bool PayloadWriter::values(JsonText& out, const JsonValue& input, const Scene& scene,
                           SessionSecrets& secrets) const {
    const JsonValue* shown = find_command(input);
    JsonText rest;
    rest.StartObject();
    for (const auto& member : input.GetObject()) {
        const bool is_path = member.value.IsString() && is_one_of(kPathKeys, as_view(member.name));
        if (is_path || &member.value == shown) continue;
        rest.key(as_view(member.name));
        member.value.Accept(rest);
    }
    rest.EndObject();
    const auto redacted = redactor_.json(rest.str(), secrets);
    JsonDocument document;
    if (!redacted || !document.parse(*redacted))
        throw std::runtime_error("arguments that are no JSON any more");
    bool shortened = false;
    out.key("arguments");
    out.StartObject();
    for (const auto& member : input.GetObject()) {
        if (!member.value.IsString() || !is_one_of(kPathKeys, as_view(member.name))) continue;
        out.key(as_view(member.name));
        out.string(short_path(session::normalise_path(as_view(member.value), scene.workspace, scene.cwd)));
    }
    for (const auto& member : document.root().GetObject()) {
        out.key(as_view(member.name));
        std::int64_t bytes = 0;
        const std::string text = member.value.IsString() ? std::string(as_view(member.value))
                                                         : to_text(member.value, SIZE_MAX, bytes);
        const bool fits = text.size() <= shape_.text_max_bytes;
        shortened = shortened || !fits;
        if (fits && !member.value.IsString())
            out.RawValue(text.data(), text.size(), rapidjson::kObjectType);
        else
            out.string(front_of_redacted(text, shape_.text_max_bytes));
    }
    out.EndObject();
    return shortened;
}

// In `text` only.
void PayloadWriter::text(JsonText& out, std::string_view text, bool cut, SessionSecrets& secrets) const {
    if (shape_.content != Content::text || text.empty()) return;
    const std::string whole = redacted(cut ? without_last_word(text) : text, secrets);
    const std::string_view front = front_of_redacted(whole, shape_.text_max_bytes);
    out.key("text"), out.string(front);
    flag(out, "truncated", cut || front.size() < whole.size());
}

// A text that is JSON itself is walked as such.
std::string PayloadWriter::redacted(std::string_view text, SessionSecrets& secrets) const {
    const std::string_view inner = trim(text);
    if (!inner.starts_with('{') && !inner.starts_with('[')) return redactor_.text(text, secrets);
    const JsonValue value(rapidjson::StringRef(text.data(), text.size()));
    JsonDocument document;
    if (!document.parse(redactor_.json(value, secrets)) || !document.root().IsString())
        throw std::runtime_error("a text that is no text any more");
    return std::string(as_view(document.root()));
}

// "6ac9f506:rs": eight digits of the path's hash, and the extension.
std::string PayloadWriter::short_path(std::string_view normal) const {
    constexpr std::size_t kPrefix = std::string_view("blake3:").size();
    std::string out = hash_.path(normal).substr(kPrefix, 8) + ":";
    const std::string_view file = normal.substr(normal.rfind('/') + 1);
    const std::size_t dot = file.rfind('.');
    const std::string_view extension =
        dot == std::string_view::npos ? std::string_view() : file.substr(dot + 1);
    if (extension.size() <= kLongestExtension && all_in(Alphabet::alnum, extension)) out += extension;
    return out;
}

}  // namespace kaizen::redact
