// Cursor: ~/.cursor/projects/<slug>/agent-transcripts/<id>/<id>.jsonl. Lines have no id, no time but the
// wrapper in some prompts, no tool results, no tokens; equal lines in a row are real. Spec
// observed/public-files.md section 4.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "common/agent_roots.h"
#include "common/hash.h"
#include "common/text.h"
#include "daemon/parse/event_writer.h"
#include "daemon/parse/formats.h"
#include "daemon/parse/records.h"
#include "daemon/parse/session_files.h"

namespace kaizen::parse {
namespace {

constexpr std::string_view kTranscripts = "agent-transcripts";

// The text inside the first <name>…</name>; nothing when there is none.
std::optional<std::string_view> element(std::string_view text, std::string_view name) {
    const std::string opening = fmt::format("<{}>", name);
    const std::size_t begin = text.find(opening);
    if (begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(begin + opening.size());
    return trim(text.substr(0, text.find(fmt::format("</{}>", name))));
}

// It stands for thinking that is hidden, behind the words or in their place.
std::string_view without_marker(std::string_view text) {
    constexpr std::string_view kHidden = "[REDACTED]";
    if (!text.ends_with(kHidden)) return text;
    text.remove_suffix(kHidden.size());
    return trim(text);
}

int month_number(std::string_view name) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(kMonths.begin(), kMonths.end(), name.substr(0, 3));
    return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

// "UTC", "UTC+4", "UTC-3:30" as minutes east.
std::optional<int> zone_minutes(std::string_view zone) {
    if (!zone.starts_with("UTC")) return std::nullopt;
    zone.remove_prefix(3);
    if (zone.empty()) return 0;
    const int sign = zone.front() == '-' ? -1 : 1;
    zone.remove_prefix(1);
    const std::size_t colon = zone.find(':');
    const auto hours = leading_number(zone.substr(0, colon));
    const auto minutes =
        colon == zone.npos ? std::optional<std::int64_t>(0) : leading_number(zone.substr(colon + 1));
    if (!hours || !minutes || *hours < 0 || *hours > 23 || *minutes < 0 || *minutes > 59) return std::nullopt;
    return sign * static_cast<int>(*hours * 60 + *minutes);
}

// "4:38 PM" as minutes since midnight.
std::optional<int> clock_minutes(std::string_view clock, std::string_view half) {
    const std::size_t colon = clock.find(':');
    if (colon == std::string_view::npos || (half != "AM" && half != "PM")) return std::nullopt;
    const auto hours = leading_number(clock.substr(0, colon));
    const auto minutes = leading_number(clock.substr(colon + 1));
    if (!hours || !minutes || *hours < 1 || *hours > 12 || *minutes < 0 || *minutes > 59) return std::nullopt;
    return static_cast<int>((*hours % 12 + (half == "PM" ? 12 : 0)) * 60 + *minutes);
}

// "Thursday, Aug 27, 2026, 4:38 PM (UTC+4)"
std::optional<UnixMs> written_time(std::string_view text) {
    std::array<std::string_view, 7> words;  // weekday month day year clock half zone
    std::size_t count = 0;
    for (std::string_view word : split(text, ' ')) {
        while (!word.empty() && (word.back() == ',' || word.back() == ')')) word.remove_suffix(1);
        if (!word.empty() && word.front() == '(') word.remove_prefix(1);
        if (word.empty()) continue;
        if (count == words.size()) return std::nullopt;
        words[count++] = word;
    }
    if (count != words.size()) return std::nullopt;
    const auto day = leading_number(words[2]);
    const auto year = leading_number(words[3]);
    const auto clock = clock_minutes(words[4], words[5]);
    const auto zone = zone_minutes(words[6]);
    const int month = month_number(words[1]);
    if (!day || !year || !clock || !zone || month == 0 || *day < 1 || *day > 31 || *year < 1 || *year > 9999)
        return std::nullopt;
    using namespace std::chrono;
    const year_month_day date{std::chrono::year(static_cast<int>(*year)),
                              std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    const auto time = sys_days(date).time_since_epoch() + minutes(*clock - *zone);
    return believable_time(duration_cast<milliseconds>(time).count());
}

class CursorParser : public SessionParser {
  public:
    CursorParser(std::string_view saved, const Options& options);

    void parse(std::string_view line, ParsedLine& out) override;
    [[nodiscard]] std::string save() const override;

  private:
    Verdict take(const JsonValue& json, std::string_view line, ParsedLine& out);
    Verdict take_turn_end(const JsonValue& json, EventWriter& writer) const;
    void note_time(const JsonValue& content);
    void take_text(std::string_view text, std::string_view role, EventWriter& writer, SessionFacts& facts);
    void take_prompt(std::string_view text, EventWriter& writer, SessionFacts& facts);
    void take_block(const JsonValue& block, EventWriter& writer);

    Options options_;
    JsonDocument document_{kMaxLineValues};
    int calls_ = 0;  // on this line
    // Saved:
    std::int64_t lines_ = 0;
    std::optional<UnixMs> at_;  // as the last prompt that has one says
    bool has_prompt_ = false;
};

CursorParser::CursorParser(std::string_view saved, const Options& options) : options_(options) {
    if (saved.empty() || !document_.parse(saved)) return;
    lines_ = find_int(document_.root(), "lines").value_or(0);
    at_ = find_int(document_.root(), "at");
    has_prompt_ = is_true(document_.root(), "has_prompt");
}

std::string CursorParser::save() const {
    JsonText state;
    state.StartObject();
    state.key("lines"), state.Int64(lines_);
    if (at_) state.key("at"), state.Int64(*at_);
    state.key("has_prompt"), state.Bool(has_prompt_);
    state.EndObject();
    return state.str();
}

void CursorParser::parse(std::string_view line, ParsedLine& out) {
    out.clear();
    line = record_text(line);
    ++lines_;
    calls_ = 0;
    parse_records(line, document_, out, [&](const JsonValue& json) { return take(json, line, out); });
}

Verdict CursorParser::take(const JsonValue& json, std::string_view line, ParsedLine& out) {
    const std::string_view role = text_in(json, "role");
    const std::string_view type = text_in(json, "type");
    const JsonValue* message = find_object(json, "message");
    const JsonValue* content = message == nullptr ? nullptr : find(*message, "content");
    if (role == "user" && content != nullptr) note_time(*content);
    const std::uint64_t place =
        hash64(std::uint64_t{out.events.size()}, hash64(static_cast<std::uint64_t>(lines_)));
    EventWriter writer(out, options_, hash64(line, place), at_);
    if (type == "turn_ended") return take_turn_end(json, writer);
    if (role != "user" && role != "assistant")
        return {kind_name(type.empty() ? role : type), LineOutcome::unknown_kind};
    if (content != nullptr && content->IsString()) {
        take_text(as_view(*content), role, writer, out.facts);
        return {std::string(role)};
    }
    if (content == nullptr || !content->IsArray())
        return {std::string(role), LineOutcome::malformed, "no message.content list"};
    for (const JsonValue& block : content->GetArray()) {
        if (role == "assistant")
            take_block(block, writer);
        else if (text_in(block, "type") == "text")
            take_prompt(text_in(block, "text"), writer, out.facts);
    }
    return {std::string(role)};
}

// It stands in front of what was typed, which may quote one of its own.
void CursorParser::note_time(const JsonValue& content) {
    const auto note = [this](std::string_view text) {
        const auto written = element(text.substr(0, text.find("<user_query>")), "timestamp");
        if (written) at_ = written_time(*written);
    };
    if (content.IsString()) note(as_view(content));
    if (!content.IsArray()) return;
    for (const JsonValue& block : content.GetArray()) note(text_in(block, "text"));
}

void CursorParser::take_text(std::string_view text, std::string_view role, EventWriter& writer,
                             SessionFacts& facts) {
    if (role == "user") return take_prompt(text, writer, facts);
    text = without_marker(text);
    if (!text.empty()) writer.message(Role::assistant, text);
}

void CursorParser::take_prompt(std::string_view text, EventWriter& writer, SessionFacts& facts) {
    if (const auto query = element(text, "user_query")) text = *query;
    text = trim(text);
    if (text.empty()) return;
    writer.message(Role::user, text);
    set_prompt_title(facts, text, has_prompt_);
}

void CursorParser::take_block(const JsonValue& block, EventWriter& writer) {
    const std::string_view type = text_in(block, "type");
    if (type == "text" || type == "thinking") {
        const std::string_view text = without_marker(text_in(block, type));
        if (!text.empty()) writer.message(Role::assistant, text).thinking = type == "thinking";
    } else if (type == "tool_use") {
        Event& event = writer.tool_call(text_in(block, "name"), fmt::format("{}:{}", lines_, ++calls_));
        const JsonValue* input = find(block, "input");
        if (input == nullptr) return;
        writer.set_json(event, *input);
        add_paths(event, *input);
    }
}

Verdict CursorParser::take_turn_end(const JsonValue& json, EventWriter& writer) const {
    const std::string_view status = text_in(json, "status");
    const JsonValue* error = find(json, "error");
    if (status == "error") {
        Event& event = writer.error("turn_ended", {});
        if (error != nullptr && error->IsString())
            writer.set_text(event, as_view(*error));
        else if (error != nullptr)
            writer.set_json(event, *error);
    }
    writer.lifecycle(status == "aborted" ? lifecycle::turn_aborted : lifecycle::turn_end);
    return {"turn_ended"};
}

std::vector<std::string> roots(const std::string& home, const Env& env) {
    return session_roots("cursor", home, env);
}

// <slug>, <slug>/agent-transcripts, …/<id>, …/<id>/subagents
bool enters(std::string_view directory) {
    const auto parts = path_parts(directory);
    if (!may_hold_sessions(parts) || parts.size() > 4) return false;
    return (parts.size() < 2 || parts[1] == kTranscripts) && (parts.size() < 4 || parts[3] == "subagents");
}

std::optional<FileOwner> owner(std::string_view file) {
    const auto parts = path_parts(file);
    if (parts.size() < 3 || parts.size() > 5 || parts[1] != kTranscripts) return std::nullopt;
    const std::string_view stem = session_stem(parts.back());
    if (stem.empty() || (parts.size() == 4 && parts[2] != stem) ||
        (parts.size() == 5 && parts[3] != "subagents")) {
        return std::nullopt;
    }
    return FileOwner{is_uuid(stem) ? std::string(stem) : id_with_path(stem, file),
                     parts.size() == 5 ? std::string(parts[2]) : std::string()};
}

// Before spring 2026 a transcript was a text, on some machines with a twin in JSON.
std::string_view leaves_out(std::string_view path, bool is_directory) {
    const auto parts = path_parts(path);
    if (is_directory || parts.size() < 3 || parts[1] != kTranscripts) return {};
    const std::string_view name = parts.back();
    return name.ends_with(".txt") || name.ends_with(".json") ? "transcript" : why_unread(name);
}

std::string_view workspace_slug(std::string_view file) { return file.substr(0, file.find('/')); }

std::unique_ptr<SessionParser> make_parser(const FileOwner&, std::string_view saved, const Options& options) {
    return std::make_unique<CursorParser>(saved, options);
}

}  // namespace

constinit const Format kCursor = {.agent = "cursor",
                                  .roots = roots,
                                  .enters = enters,
                                  .owner = owner,
                                  .make_parser = make_parser,
                                  .workspace_slug = workspace_slug,
                                  .writes_times = false,
                                  .writes_results = false,
                                  .writes_usage = false,
                                  .leaves_out = leaves_out};

}  // namespace kaizen::parse
