// Claude Code: ~/.claude/projects/<slug>/<session>.jsonl. Shapes by version: spec observed/public-files.md
// section 2 and observed/recorded-runs.md. A record's uid is made of its uuid, so that copies (fork, resume)
// have the same. One model response stands on several lines; each repeats its usage.

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "common/agent_roots.h"
#include "common/hash.h"
#include "common/text.h"
#include "daemon/parse/claude_content.h"
#include "daemon/parse/event_writer.h"
#include "daemon/parse/formats.h"
#include "daemon/parse/line_front.h"
#include "daemon/parse/record_uid.h"
#include "daemon/parse/records.h"
#include "daemon/parse/session_files.h"

namespace kaizen::parse {
namespace {

constexpr std::string_view kSynthetic = "<synthetic>";  // the "model" of lines that the CLI itself made up
constexpr std::string_view kAgentPrefix = "agent-";
constexpr std::size_t kMaxTitle = 200;
constexpr std::size_t kMaxId = 256;
constexpr std::size_t kMaxAttempts = 100;  // of one response

constexpr std::array<std::string_view, 14> kQuietSystem = {"",
                                                           "away_summary",
                                                           "informational",
                                                           "bridge_status",
                                                           "memory_saved",
                                                           "agents_killed",
                                                           "scheduled_task_fire",
                                                           "permission_retry",
                                                           "api_metrics",
                                                           "stop_hook_summary",
                                                           "local_command",
                                                           "microcompact_boundary",
                                                           "api_refusal",
                                                           "model_refusal_fallback"};

class ClaudeParser : public SessionParser {
  public:
    ClaudeParser(const FileOwner& owner, std::string_view saved, const Options& options);

    void parse(std::string_view line, ParsedLine& out) override;
    [[nodiscard]] std::string save() const override;

  private:
    // One record on its way.
    struct Record {
        const JsonValue& json;
        ParsedLine& out;
        EventWriter& writer;
        bool sidechain;
    };

    Verdict take(const JsonValue& json, std::string_view line, ParsedLine& out);
    Verdict take_by_type(Record& record);
    Verdict take_assistant(Record& record);
    Verdict take_user(Record& record);
    void take_user_content(Record& record, const JsonValue& content, bool typed);
    Verdict take_system(Record& record);
    Verdict take_attachment(Record& record);
    Verdict take_title(Record& record, std::string_view member, TitleRank rank);
    void take_block(Record& record, const JsonValue& block);
    void take_result(Record& record, const JsonValue& block, const JsonValue* details);
    void note_searches(Event& event, const JsonValue& details) const;
    void take_prompt(Record& record, std::string_view text);
    void take_command(Record& record, std::string_view text);
    Verdict take_cost_state(Record& record);
    Verdict take_mode(Record& record, std::string_view member, std::string& current);
    Verdict take_summary(Record& record);
    void note_end(Record& record, const JsonValue& message, std::size_t first);
    void book(Record& record, const JsonValue& message, std::size_t first);
    void book_other_attempts(Record& record, const JsonValue& usage, std::string_view model,
                             std::size_t first);
    void note_session(Record& record);

    Options options_;
    JsonDocument document_{kMaxLineValues};
    const bool agent_file_;    // a sub-agent's own file: all its lines are "sidechain"
    const bool needs_parent_;  // and its path does not say whose sub-agent it is
    // Saved:
    std::string cwd_, model_, mode_, permission_mode_, title_;
    std::string majority_id_;  // the sessionId on most lines, by majority vote in constant space
    std::int64_t majority_ = 0;
    bool has_prompt_ = false;
};

ClaudeParser::ClaudeParser(const FileOwner& owner, std::string_view saved, const Options& options)
    : options_(options),
      agent_file_(owner.session_id.starts_with(kAgentPrefix)),
      needs_parent_(agent_file_ && owner.parent_id.empty()) {
    if (saved.empty() || !document_.parse(saved)) return;
    const JsonValue& state = document_.root();
    cwd_ = text_in(state, "cwd");
    model_ = text_in(state, "model");
    mode_ = text_in(state, "mode");
    permission_mode_ = text_in(state, "permission_mode");
    title_ = text_in(state, "title");
    majority_id_ = text_in(state, "majority_id");
    majority_ = find_int(state, "majority").value_or(0);
    has_prompt_ = is_true(state, "has_prompt");
}

std::string ClaudeParser::save() const {
    JsonText state;
    state.StartObject();
    state.key("cwd"), state.string(cwd_);
    state.key("model"), state.string(model_);
    state.key("mode"), state.string(mode_);
    state.key("permission_mode"), state.string(permission_mode_);
    state.key("title"), state.string(title_);
    state.key("majority_id"), state.string(majority_id_);
    state.key("majority"), state.Int64(majority_);
    state.key("has_prompt"), state.Bool(has_prompt_);
    state.EndObject();
    return state.str();
}

void ClaudeParser::parse(std::string_view line, ParsedLine& out) {
    out.clear();
    line = record_text(line);
    if (is_one_object(line)) {
        if (const std::string kind = claude::noise_by_front(line); !kind.empty()) return skip_line(kind, out);
    }
    parse_records(line, document_, out, [&](const JsonValue& json) { return take(json, line, out); });
}

Verdict ClaudeParser::take(const JsonValue& json, std::string_view line, ParsedLine& out) {
    const std::size_t first = out.events.size();
    const std::string_view uuid = text_in(json, "uuid");
    const std::uint64_t identity = uuid.empty() ? hash64(std::uint64_t{first}, hash64(line)) : hash64(uuid);
    EventWriter writer(out, options_, identity, time_in(json, "timestamp"));
    Record record{json, out, writer, !agent_file_ && is_true(json, "isSidechain")};
    Verdict verdict = take_by_type(record);
    for (std::size_t i = first; i < out.events.size(); ++i) out.events[i].sidechain = record.sidechain;
    return verdict;
}

Verdict ClaudeParser::take_by_type(Record& record) {
    const std::string_view type = text_in(record.json, "type");
    if (type == "assistant") return take_assistant(record);
    if (type == "user") return take_user(record);
    if (type == "system") return take_system(record);
    if (type == "attachment") return take_attachment(record);
    if (type == "summary") return take_summary(record);
    if (type == "ai-title") return take_title(record, "aiTitle", TitleRank::agent);
    if (type == "custom-title") return take_title(record, "customTitle", TitleRank::user);
    if (type == "mode") return take_mode(record, "mode", mode_);
    if (type == "permission-mode") return take_mode(record, "permissionMode", permission_mode_);
    if (type == "cost-state") return take_cost_state(record);
    return {kind_name(type), claude::is_noise(type) ? LineOutcome::skipped : LineOutcome::unknown_kind};
}

// What each line of the conversation says about its session.
void ClaudeParser::note_session(Record& record) {
    SessionFacts& facts = record.out.facts;
    facts.cwd = directory_in(record.json, "cwd");
    facts.git_branch = name_in(record.json, "gitBranch");
    facts.agent_version = name_in(record.json, "version");
    facts.entry_point = name_in(record.json, "entrypoint");
    if (!record.sidechain) {
        record.writer.change(lifecycle::cwd, facts.cwd, cwd_);
        record.writer.change(lifecycle::mode, name_in(record.json, "permissionMode"), permission_mode_);
    }
    const std::string_view id = name_in(record.json, "sessionId");
    if (!needs_parent_ || id.empty()) return;
    if (id == majority_id_)
        ++majority_;
    else if (majority_ > 0)
        --majority_;
    if (majority_ == 0) majority_id_ = id;
    facts.parent_id = majority_id_;
}

Verdict ClaudeParser::take_assistant(Record& record) {
    const JsonValue* message = find_object(record.json, "message");
    if (message == nullptr) return {"assistant", LineOutcome::malformed, "no message object"};
    note_session(record);
    const JsonValue* content = find(*message, "content");
    if (is_true(record.json, "isApiErrorMessage")) {
        const std::string_view name = text_in(record.json, "error");
        Event& event = record.writer.error(name.empty() ? "api_error" : name, {});
        claude::text_of(content, record.writer.text()).move_to(event);
        return {"assistant"};
    }
    const std::string_view model = name_in(*message, "model");
    const bool real = !model.empty() && model != kSynthetic;
    if (real && !record.sidechain) {
        record.writer.change(lifecycle::model, model, model_);
        record.out.facts.model = model;
    }
    const std::size_t first = record.out.events.size();
    if (content != nullptr && content->IsString() && content->GetStringLength() > 0) {
        record.writer.message(Role::assistant, as_view(*content));
    } else if (content != nullptr && content->IsArray()) {
        for (const JsonValue& block : content->GetArray()) take_block(record, block);
    }
    if (!real) return {"assistant"};
    note_end(record, *message, first);
    for (std::size_t i = first; i < record.out.events.size(); ++i) record.out.events[i].model = model;
    book(record, *message, first);
    return {"assistant"};
}

void ClaudeParser::take_block(Record& record, const JsonValue& block) {
    const std::string_view type = text_in(block, "type");
    if (type == "text" || type == "thinking") {
        const std::string_view text = text_in(block, type);
        if (!text.empty()) record.writer.message(Role::assistant, text).thinking = type == "thinking";
    } else if (type == "tool_use" || type == "server_tool_use") {
        Event& event = record.writer.tool_call(text_in(block, "name"), text_in(block, "id"));
        event.asks_user = claude::asks_user(event.name);
        const JsonValue* input = find(block, "input");
        if (input == nullptr) return;
        record.writer.set_json(event, *input);
        add_paths(event, *input);
    } else if (type.ends_with("tool_result")) {  // of tools that run at the server
        take_result(record, block, nullptr);
    }
}

// From 2.1.100 on each line of a response has its stop_reason, before that at most the last ones: none says
// nothing. Thinking comes before the words, and words may come before a tool.
void ClaudeParser::note_end(Record& record, const JsonValue& message, std::size_t first) {
    const std::string_view reason = text_in(message, "stop_reason");
    if (record.out.events.size() == first || reason.empty()) return;
    Event& last = record.out.events.back();
    if (last.kind != EventKind::message || last.thinking) return;
    last.ends_turn = reason == "end_turn" || reason == "stop_sequence";
    last.goes_on = reason == "tool_use" || reason == "pause_turn";
}

// The line's usage goes to its first event; a line without one still has to be counted.
void ClaudeParser::book(Record& record, const JsonValue& message, std::size_t first) {
    const JsonValue* usage = find_object(message, "usage");
    const auto tokens = usage != nullptr ? claude::tokens_in(*usage) : std::nullopt;
    const auto cost = cost_e6_in(record.json, "costUSD");
    if (!tokens && !cost) return;
    if (record.out.events.size() == first) {
        Event& only = record.writer.add(EventKind::cost);
        only.name = "usage";
        only.model = name_in(message, "model");
    }
    Event& event = record.out.events[first];
    event.tokens = tokens;
    event.cost_usd_e6 = cost;
    event.response_id = name_in(message, "id");
    event.request_id = name_in(record.json, "requestId");
    if (usage == nullptr) return;
    event.billing = claude::billing_in(*usage);
    if (!cost && !event.response_id.empty())
        book_other_attempts(record, *usage, name_in(message, "model"), first);
}

// Each line of the response repeats them: they have an identity of their own, so that they are there once.
void ClaudeParser::book_other_attempts(Record& record, const JsonValue& usage, std::string_view model,
                                       std::size_t first) {
    const JsonValue* iterations = find_array(usage, "iterations");
    if (iterations == nullptr) return;
    const std::size_t most = std::min<std::size_t>(iterations->Size(), kMaxAttempts);
    for (std::size_t i = 0; i < most; ++i) {
        const JsonValue& attempt = (*iterations)[static_cast<rapidjson::SizeType>(i)];
        const auto tokens = claude::tokens_in(attempt);
        if (!tokens || !claude::used_any(*tokens) || !claude::is_booked_apart(attempt, model)) continue;
        const Event whole = record.out.events[first];
        Event& event = record.writer.add(EventKind::cost);
        event.name = "usage";
        event.tokens = tokens;
        event.response_id = fmt::format("{}/{}", truncate_utf8(whole.response_id, kMaxId - 4), i);
        event.request_id = whole.request_id;
        event.uid = hash64(event.response_id);
        event.billing.tier = whole.billing.tier;
        event.billing.region = whole.billing.region;
        const std::string_view made_by = name_in(attempt, "model");
        event.model = made_by.empty() ? model : made_by;
    }
}

Verdict ClaudeParser::take_user(Record& record) {
    const JsonValue* message = find_object(record.json, "message");
    if (message == nullptr) return {"user", LineOutcome::malformed, "no message object"};
    note_session(record);
    const bool summary =
        is_true(record.json, "isCompactSummary") || is_true(record.json, "isVisibleInTranscriptOnly");
    const bool typed = !summary && !is_true(record.json, "isMeta");
    if (const JsonValue* content = find(*message, "content")) take_user_content(record, *content, typed);
    if (record.writer.wrote_content()) return {"user"};
    return {typed ? "user/command" : summary ? "user/compact_summary" : "user/meta"};
}

void ClaudeParser::take_user_content(Record& record, const JsonValue& content, bool typed) {
    if (content.IsString() && typed) take_prompt(record, as_view(content));
    if (!content.IsArray()) return;
    const JsonValue* details = content.Size() == 1 ? find(record.json, "toolUseResult") : nullptr;
    bool image = false;
    for (const JsonValue& block : content.GetArray()) {
        const std::string_view type = text_in(block, "type");
        if (type == "tool_result")
            take_result(record, block, details);
        else if (type == "text" && typed)
            take_prompt(record, text_in(block, "text"));
        else if (type == "image")
            image = true;
    }
    if (image && typed && !record.writer.wrote_content()) record.writer.message(Role::user, "[image]");
}

void ClaudeParser::take_prompt(Record& record, std::string_view text) {
    text = claude::typed_text(text);
    if (text.empty()) return;
    if (text.starts_with("[Request interrupted by user")) {
        record.writer.lifecycle(lifecycle::turn_aborted);
        return;
    }
    if (claude::is_machine_text(text)) return take_command(record, text);
    record.writer.message(Role::user, text);
    if (!record.sidechain) set_prompt_title(record.out.facts, text, has_prompt_);
}

// A command is no prompt, but nothing else may name the session. Arguments are as good as a prompt.
void ClaudeParser::take_command(Record& record, std::string_view text) {
    const std::string_view title = claude::command_title(text);
    if (title.empty() || record.sidechain) return;
    if (!title.starts_with('/')) return set_prompt_title(record.out.facts, title, has_prompt_);
    if (!has_prompt_) record.out.facts.title = one_line(title, kMaxTitle);
}

void ClaudeParser::take_result(Record& record, const JsonValue& block, const JsonValue* details) {
    const JsonValue* content = find(block, "content");
    Event& event = record.writer.tool_result(text_in(block, "tool_use_id"));
    claude::text_of(content, record.writer.text()).move_to(event);
    // The user, or a rule of theirs, said no: nothing failed.
    const bool refused = !text_in(record.json, "toolDenialKind").empty();
    if (refused) event.name = "refused";
    event.is_error = is_true(block, "is_error") && !refused;
    event.exit_code = claude::exit_code_of(content);
    if (details == nullptr) return;
    note_searches(event, *details);
    event.duration_ms = count_in(*details, "durationMs");
    if (!event.duration_ms) event.duration_ms = count_in(*details, "totalDurationMs");
    const std::string_view agent = name_in(*details, "agentId");
    if (agent.empty() || event.call_id.empty()) return;
    record.out.facts.started_session = std::string(kAgentPrefix) + std::string(agent);
    record.out.facts.started_by = event.call_id;
}

// WebSearch asks a model of its own for them. What that used is in no file; the searches are a fee.
void ClaudeParser::note_searches(Event& event, const JsonValue& details) const {
    const auto searches = count_in(details, "searchCount");
    if (searches.value_or(0) == 0 || find(details, "query") == nullptr || event.call_id.empty()) return;
    event.billing.web_searches = searches;
    event.response_id = truncate_utf8("search:" + event.call_id, kMaxId);
    event.model = model_;
}

Verdict ClaudeParser::take_system(Record& record) {
    note_session(record);
    const std::string_view subtype = text_in(record.json, "subtype");
    Verdict verdict{kind_name("system", subtype)};
    if (subtype == "turn_duration") {
        record.writer.lifecycle(lifecycle::turn_end).duration_ms = count_in(record.json, "durationMs");
    } else if (subtype == "compact_boundary") {
        Event& event = record.writer.lifecycle(lifecycle::compact);
        if (const JsonValue* about = find_object(record.json, "compactMetadata")) {
            record.writer.set_json(event, *about);
            event.duration_ms = count_in(*about, "durationMs");
        }
    } else if (subtype == "session_start") {
        record.writer.lifecycle(lifecycle::session_start);
    } else if (subtype == "api_error" || subtype == "error") {
        Event& event = record.writer.error(subtype == "error" ? "system_error" : subtype, {});
        event.goes_on = find_number(record.json, "retryInMs").has_value();
        const JsonValue* error = find(record.json, "error");
        if (error == nullptr) return verdict;
        std::string_view text = text_in(*error, "formatted");
        if (text.empty()) text = text_in(*error, "message");
        if (text.empty())
            record.writer.set_json(event, *error);
        else
            record.writer.set_text(event, text);
    } else if (std::find(kQuietSystem.begin(), kQuietSystem.end(), subtype) == kQuietSystem.end()) {
        verdict.outcome = LineOutcome::unknown_kind;
    }
    return verdict;
}

// A prompt that was typed while the agent worked stands nowhere else; other attachments are machine text.
Verdict ClaudeParser::take_attachment(Record& record) {
    const JsonValue* attachment = find_object(record.json, "attachment");
    if (attachment == nullptr) return {"attachment", LineOutcome::malformed, "no attachment object"};
    Verdict verdict{kind_name("attachment", text_in(*attachment, "type"))};
    const std::string_view command_mode = text_in(*attachment, "commandMode");
    const bool typed = (command_mode.empty() || command_mode == "prompt") && !is_true(*attachment, "isMeta");
    if (text_in(*attachment, "type") != "queued_command" || !typed) return verdict;
    note_session(record);
    const JsonValue* prompt = find(*attachment, "prompt");
    if (prompt != nullptr && prompt->IsString()) take_prompt(record, as_view(*prompt));
    if (prompt == nullptr || !prompt->IsArray()) return verdict;
    for (const JsonValue& block : prompt->GetArray()) take_prompt(record, text_in(block, "text"));
    return verdict;
}

Verdict ClaudeParser::take_mode(Record& record, std::string_view member, std::string& current) {
    record.writer.change(lifecycle::mode, name_in(record.json, member), current);
    return {kind_name(text_in(record.json, "type"))};
}

// The title of the session that holds the record `leafUuid`: often another one than this file's.
Verdict ClaudeParser::take_summary(Record& record) {
    SessionFacts& facts = record.out.facts;
    facts.title = one_line(text_in(record.json, "summary"), kMaxTitle);
    facts.title_rank = TitleRank::summary;
    const std::string_view leaf = text_in(record.json, "leafUuid");
    facts.title_of_uid = leaf.empty() ? 0 : record_uid(leaf);
    return {"summary"};
}

Verdict ClaudeParser::take_title(Record& record, std::string_view member, TitleRank rank) {
    const std::string title = one_line(text_in(record.json, member), kMaxTitle);
    if (title.empty()) return {kind_name(text_in(record.json, "type"))};
    record.out.facts.title = title;
    record.out.facts.title_rank = rank;
    if (title != title_) record.writer.set_text(record.writer.lifecycle(lifecycle::title), title);
    title_ = title;
    return {kind_name(text_in(record.json, "type"))};
}

// The agent's own running total of the session, with its sub-agents, and in a fork with what it was forked
// from. No tokens on the event: those are booked by response.
Verdict ClaudeParser::take_cost_state(Record& record) {
    Event& event = record.writer.add(EventKind::cost);
    event.name = "cost-state";
    event.cost_usd_e6 = cost_e6_in(record.json, "totalCostUSD");
    ReportedUsage& reported = record.out.facts.reported.emplace();
    reported.cost_usd_e6 = event.cost_usd_e6;
    if (const JsonValue* models = find_object(record.json, "modelUsage")) {
        record.writer.set_json(event, *models);
        reported.tokens = claude::reported_tokens(*models);
    }
    return {"cost-state"};
}

std::vector<std::string> roots(const std::string& home, const Env& env) {
    return session_roots("claude", home, env);
}

// <slug>, <slug>/<session>, <slug>/<session>/subagents and below.
bool enters(std::string_view directory) {
    const auto parts = path_parts(directory);
    return may_hold_sessions(parts) && (parts.size() < 3 || parts[2] == "subagents");
}

std::optional<FileOwner> owner(std::string_view file) {
    auto parts = path_parts(file);
    if (parts.size() < 2) return std::nullopt;
    const std::string_view stem = session_stem(parts.back());
    const bool agent = stem.starts_with(kAgentPrefix);
    parts.pop_back();
    if (stem.empty() || !may_hold_sessions(parts)) return std::nullopt;
    if (parts.size() == 1)
        return FileOwner{agent || is_uuid(stem) ? std::string(stem) : id_with_path(stem, file), {}};
    if (parts.size() < 3 || parts[2] != "subagents" || !agent) return std::nullopt;
    return FileOwner{std::string(stem), std::string(parts[1])};
}

std::string_view leaves_out(std::string_view path, bool is_directory) {
    const auto parts = path_parts(path);
    if (!is_directory) return why_unread(parts.back());
    return parts.size() > 2 && parts[2] != "subagents" ? std::string_view() : why_not_entered(parts);
}

// From 2.1.330 on, for files below subagents/.
std::string start_note(std::string_view file) {
    constexpr std::string_view kEnding = ".jsonl";
    if (path_parts(file).size() < 4 || !file.ends_with(kEnding)) return {};
    file.remove_suffix(kEnding.size());
    return std::string(file) + ".meta.json";
}

std::string call_in_note(const JsonValue& note) { return std::string(name_in(note, "toolUseId")); }

std::unique_ptr<SessionParser> make_parser(const FileOwner& owner, std::string_view saved,
                                           const Options& options) {
    return std::make_unique<ClaudeParser>(owner, saved, options);
}

}  // namespace

constinit const Format kClaudeCode = {.agent = "claude",
                                      .roots = roots,
                                      .enters = enters,
                                      .owner = owner,
                                      .make_parser = make_parser,
                                      .has_record_ids = true,
                                      .reports_family = true,
                                      .start_note = start_note,
                                      .call_in_note = call_in_note,
                                      .checked_with = "2.1.332",
                                      .leaves_out = leaves_out};

}  // namespace kaizen::parse
