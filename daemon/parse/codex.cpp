// Codex: ~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl. Shapes by version: spec
// observed/public-files.md section 3 and observed/recorded-runs.md. Each text stands twice or more: the
// response_item counts, its event_msg twins do not.

#include <cstdlib>

#include "common/agent_roots.h"
#include "common/hash.h"
#include "common/text.h"
#include "daemon/parse/codex_content.h"
#include "daemon/parse/codex_tools.h"
#include "daemon/parse/codex_usage.h"
#include "daemon/parse/event_writer.h"
#include "daemon/parse/formats.h"
#include "daemon/parse/line_front.h"
#include "daemon/parse/records.h"
#include "daemon/parse/session_files.h"

namespace kaizen::parse {
namespace {

// A resume of old versions, and a fork, copies the older file's records in one burst; a person, or a model,
// is slower.
constexpr UnixMs kReplayGapMs = 1000;
// What Codex took over from a session of Claude Code, whose file it left where it was. (openai/codex,
// external-agent-sessions: each turn that it makes of it is named so.)
constexpr std::string_view kImportedTurn = "external-import-turn-";
constexpr UnixMs kIdsAgreeMs = 60'000;  // that a session's id was made when it began

constexpr std::string_view kStartedThreads = "receiver_thread_ids";

class CodexParser : public SessionParser {
  public:
    CodexParser(std::string_view saved, const Options& options);

    void parse(std::string_view line, ParsedLine& out) override;
    [[nodiscard]] std::string save() const override;

  private:
    Verdict take(const JsonValue& json, std::string_view line, ParsedLine& out);
    Verdict take_by_type(const JsonValue& json, EventWriter& writer, SessionFacts& facts);
    Verdict take_bare(const JsonValue& json, EventWriter& writer, SessionFacts& facts);
    void take_meta(const JsonValue& meta, EventWriter& writer, SessionFacts& facts);
    static void name_sub_agent(const JsonValue& spawn, SessionFacts& facts);
    void take_turn_context(const JsonValue& context, std::optional<UnixMs> at, EventWriter& writer,
                           SessionFacts& facts);
    [[nodiscard]] codex::UsageContext usage_context(const JsonValue& json, EventWriter& writer,
                                                    SessionFacts& facts) const;
    Verdict take_item(const JsonValue& item, EventWriter& writer, SessionFacts& facts);
    void note_started(const JsonValue& output, SessionFacts& facts);
    void take_message(const JsonValue& message, EventWriter& writer, SessionFacts& facts);
    void take_reasoning(const JsonValue& item, EventWriter& writer);
    Verdict take_event(const JsonValue& json, const JsonValue& payload, EventWriter& writer,
                       SessionFacts& facts);
    void take_error(const JsonValue& payload, std::string_view type, EventWriter& writer);
    void take_turn_start(const JsonValue& payload, EventWriter& writer);
    void note_copied_turn(const JsonValue& payload, std::string_view turn, std::uint64_t uid);
    void take_completed(const JsonValue& payload, EventWriter& writer, SessionFacts& facts);
    void take_aborted(const JsonValue& payload, EventWriter& writer);
    void take_title(const JsonValue& payload, EventWriter& writer, SessionFacts& facts);
    void pass_time(std::optional<UnixMs> at);

    Options options_;
    JsonDocument document_{kMaxLineValues};
    JsonDocument inner_{kMaxLineValues};  // for JSON inside strings
    // Saved:
    std::string own_id_;       // of the first session_meta
    std::string origin_id_;    // of the session that the file may begin with a copy of
    std::string replayed_id_;  // of the last other one: the same line again begins no other replay
    std::string cwd_, model_, policy_, title_;
    std::string tier_;    // of the thread's settings; empty: the usual one
    std::string script_;  // the call whose script runs, in code mode; empty: none does
    std::string
        held_text_;  // an agent_message whose response_item has not come: an interrupted turn has no other
    std::int64_t held_bytes_ = 0;
    std::optional<UnixMs> started_at_;  // of the header: old files have no other time
    std::optional<UnixMs> last_at_;
    std::optional<UnixMs> context_at_;  // of the last turn_context
    bool replaying_ = false;
    bool turns_tell_ = false;  // where the copy ends
    bool imported_ = false;    // the turn is one of another agent's session, and stands there
    bool has_prompt_ = false;
    codex::UsageBook usage_;
};

CodexParser::CodexParser(std::string_view saved, const Options& options) : options_(options) {
    if (saved.empty() || !document_.parse(saved)) return;
    const JsonValue& state = document_.root();
    own_id_ = text_in(state, "own_id");
    origin_id_ = text_in(state, "origin_id");
    replayed_id_ = text_in(state, "replayed_id");
    cwd_ = text_in(state, "cwd");
    model_ = text_in(state, "model");
    policy_ = text_in(state, "policy");
    title_ = text_in(state, "title");
    tier_ = text_in(state, "tier");
    script_ = text_in(state, "script");
    held_text_ = text_in(state, "held_text");
    held_bytes_ = find_int(state, "held_bytes").value_or(0);
    started_at_ = find_int(state, "started_at");
    last_at_ = find_int(state, "last_at");
    replaying_ = is_true(state, "replaying");
    turns_tell_ = is_true(state, "turns_tell");
    imported_ = is_true(state, "imported");
    has_prompt_ = is_true(state, "has_prompt");
    context_at_ = find_int(state, "context_at");
    usage_.load(state);
}

std::string CodexParser::save() const {
    JsonText state;
    state.StartObject();
    state.key("own_id"), state.string(own_id_);
    state.key("origin_id"), state.string(origin_id_);
    state.key("replayed_id"), state.string(replayed_id_);
    state.key("cwd"), state.string(cwd_);
    state.key("model"), state.string(model_);
    state.key("policy"), state.string(policy_);
    state.key("title"), state.string(title_);
    state.key("tier"), state.string(tier_);
    state.key("script"), state.string(script_);
    state.key("held_text"), state.string(held_text_);
    state.key("held_bytes"), state.Int64(held_bytes_);
    if (started_at_) state.key("started_at"), state.Int64(*started_at_);
    if (last_at_) state.key("last_at"), state.Int64(*last_at_);
    state.key("replaying"), state.Bool(replaying_);
    state.key("turns_tell"), state.Bool(turns_tell_);
    state.key("imported"), state.Bool(imported_);
    state.key("has_prompt"), state.Bool(has_prompt_);
    if (context_at_) state.key("context_at"), state.Int64(*context_at_);
    usage_.save(state);
    state.EndObject();
    return state.str();
}

void CodexParser::parse(std::string_view line, ParsedLine& out) {
    out.clear();
    line = record_text(line);
    if (is_one_object(line)) {
        const codex::Front front = codex::look_at_front(line);
        const bool twin =
            front.type == "event_msg" && ((front.payload_type == "token_count" && usage_.has_records()) ||
                                          (front.payload_type == "item_completed" && script_.empty() &&
                                           line.find(kStartedThreads) == std::string_view::npos));
        if (twin || codex::is_noise(front.type, front.payload_type)) {
            if (replaying_) pass_time(believable_time(parse_iso8601(front.timestamp)));
            out.kind = kind_name(front.type, front.payload_type);
            return;
        }
    }
    parse_records(line, document_, out, [&](const JsonValue& json) { return take(json, line, out); });
}

// A replayed burst is over when the clock moves on. A time of before moves nothing: copies may keep theirs.
void CodexParser::pass_time(std::optional<UnixMs> at) {
    if (!at || (last_at_ && *at < *last_at_)) return;
    if (last_at_ && *at - *last_at_ > kReplayGapMs && !turns_tell_) replaying_ = false;
    last_at_ = at;
}

Verdict CodexParser::take(const JsonValue& json, std::string_view line, ParsedLine& out) {
    const std::size_t first = out.events.size();
    const auto written_at = time_in(json, "timestamp");
    pass_time(written_at);
    const bool replayed = replaying_;
    EventWriter writer(out, options_, hash64(std::uint64_t{first}, hash64(line)),
                       written_at ? written_at : started_at_);
    Verdict verdict = take_by_type(json, writer, out.facts);
    for (std::size_t i = first; i < out.events.size(); ++i) {
        Event& event = out.events[i];
        event.replayed = replayed;
        const bool of_model = event.role == Role::assistant || event.kind == EventKind::tool_call;
        if (of_model) event.model = model_;
    }
    return verdict;
}

Verdict CodexParser::take_by_type(const JsonValue& json, EventWriter& writer, SessionFacts& facts) {
    const std::string_view type = text_in(json, "type");
    const JsonValue* payload = find_object(json, "payload");
    if (payload == nullptr) return take_bare(json, writer, facts);
    if (text_in(*payload, "type") == "task_started")
        imported_ = text_in(*payload, "turn_id").starts_with(kImportedTurn);
    if (imported_ && type != "session_meta") return {kind_name("imported", type)};
    if (type == "response_item") return take_item(*payload, writer, facts);
    if (type == "event_msg") return take_event(json, *payload, writer, facts);
    Verdict verdict{kind_name(type)};
    if (type == "session_meta")
        take_meta(*payload, writer, facts);
    else if (type == "turn_context")
        take_turn_context(*payload, time_in(json, "timestamp"), writer, facts);
    else if (type == "token_usage_record")
        usage_.take_record(*payload, usage_context(json, writer, facts));
    else if (type == "compacted")
        writer.set_text(writer.lifecycle(lifecycle::compact), text_in(*payload, "message"));
    else if (!codex::is_noise(type, {}))
        verdict.outcome = LineOutcome::unknown_kind;
    return verdict;
}

// Files from before the envelope: a header {id, timestamp, instructions, git}, then {"record_type": …} and
// the items as such.
Verdict CodexParser::take_bare(const JsonValue& json, EventWriter& writer, SessionFacts& facts) {
    const std::string_view type = text_in(json, "type");
    if (!type.empty()) return take_item(json, writer, facts);
    if (!text_in(json, "record_type").empty()) return {kind_name(text_in(json, "record_type"))};
    if (text_in(json, "id").empty() || !time_in(json, "timestamp"))
        return {kind_name({}), LineOutcome::unknown_kind};
    take_meta(json, writer, facts);
    return {"session_meta"};
}

void CodexParser::take_meta(const JsonValue& meta, EventWriter& writer, SessionFacts& facts) {
    const std::string_view id = name_in(meta, "id");
    if (!own_id_.empty()) {  // the header of the file that this one goes on from: its records follow
        replaying_ = replaying_ || (id != own_id_ && id != replayed_id_);
        if (id != own_id_) replayed_id_ = id;
        return;
    }
    own_id_ = id;
    started_at_ = time_in(meta, "timestamp");
    facts.cwd = directory_in(meta, "cwd");
    facts.agent_version = name_in(meta, "cli_version");
    facts.entry_point = name_in(meta, "source");
    if (const JsonValue* git = find_object(meta, "git")) facts.git_branch = name_in(*git, "branch");
    facts.forked_from = name_in(meta, "forked_from_id");
    facts.parent_id = name_in(meta, "parent_thread_id");
    const JsonValue* source = find_object(meta, "source");
    const JsonValue* subagent = source == nullptr ? nullptr : find_object(*source, "subagent");
    const JsonValue* spawn = subagent == nullptr ? nullptr : find_object(*subagent, "thread_spawn");
    if (spawn != nullptr && facts.parent_id.empty()) facts.parent_id = name_in(*spawn, "parent_thread_id");
    if (spawn != nullptr) name_sub_agent(*spawn, facts);
    writer.change(lifecycle::cwd, facts.cwd, cwd_);
    writer.lifecycle(lifecycle::session_start);
    // With history_base the fork points into the other file and copies nothing.
    const bool copies = find(meta, "history_base") == nullptr;
    replaying_ = !facts.forked_from.empty() && copies;
    if (copies) origin_id_ = facts.forked_from.empty() ? facts.parent_id : facts.forked_from;
}

// What Codex calls it in its own list: by its path ("/root/reviewer"), before there were paths by a nickname.
void CodexParser::name_sub_agent(const JsonValue& spawn, SessionFacts& facts) {
    std::string name = one_line(text_in(spawn, "agent_path"), 200);
    if (name.empty()) name = one_line(text_in(spawn, "agent_nickname"), 200);
    if (name.empty()) return;
    facts.title = name;
    facts.title_rank = TitleRank::agent;
}

codex::UsageContext CodexParser::usage_context(const JsonValue& json, EventWriter& writer,
                                               SessionFacts& facts) const {
    return {text_in(json, "timestamp"), time_in(json, "timestamp"), model_, tier_, replaying_, writer, facts};
}

void CodexParser::take_turn_context(const JsonValue& context, std::optional<UnixMs> at, EventWriter& writer,
                                    SessionFacts& facts) {
    // A line that stands twice must not bring back a model of before.
    if (at && context_at_ && *at < *context_at_) return;
    if (at) context_at_ = at;
    facts.cwd = directory_in(context, "cwd");
    facts.model = name_in(context, "model");
    writer.change(lifecycle::cwd, facts.cwd, cwd_);
    writer.change(lifecycle::model, facts.model, model_);
    writer.change(lifecycle::mode, name_in(context, "approval_policy"), policy_);
}

Verdict CodexParser::take_item(const JsonValue& item, EventWriter& writer, SessionFacts& facts) {
    const std::string_view type = text_in(item, "type");
    Verdict verdict{kind_name("response_item", type)};
    if (type == "message" || (type.empty() && find(item, "role") != nullptr))
        take_message(item, writer, facts);
    else if (type == "reasoning")
        take_reasoning(item, writer);
    else if (!codex::take_tool_item(item, type, inner_, writer) && !codex::is_noise("response_item", type)) {
        verdict.outcome = LineOutcome::unknown_kind;
    }
    if (type == "function_call_output") note_started(item, facts);
    if (type == "custom_tool_call" && text_in(item, "name") == "exec") script_ = name_in(item, "call_id");
    if (type == "custom_tool_call_output" && text_in(item, "call_id") == script_) script_.clear();
    return verdict;
}

// spawn_agent answers {"agent_id", "nickname"}. Another tool may say the same: it counts only for a session
// whose own file names this one as its parent.
void CodexParser::note_started(const JsonValue& output, SessionFacts& facts) {
    const std::string_view text = text_in(output, "output");
    if (!text.starts_with(R"({"agent_id":)") || !inner_.parse(text)) return;
    facts.started_session = name_in(inner_.root(), "agent_id");
    facts.started_by = name_in(output, "call_id");
}

void CodexParser::take_message(const JsonValue& message, EventWriter& writer, SessionFacts& facts) {
    const std::string_view role = text_in(message, "role");
    const bool user = role == "user";
    if (role == "assistant")
        held_text_.clear();
    else if (!user)
        return;
    const JsonValue* content = find_array(message, "content");
    if (content == nullptr) return;
    bool image = false;
    for (rapidjson::SizeType i = 0; i < content->Size(); ++i) {
        const JsonValue& part = (*content)[i];
        const std::string_view text = text_in(part, "text");
        image = image || text_in(part, "type") == "input_image";
        const std::string_view words = user ? codex::typed_text(message, i) : text;
        if (words.empty()) continue;
        writer.message(user ? Role::user : Role::assistant, words);
        if (user) set_prompt_title(facts, words, has_prompt_);
    }
    if (image && user && !writer.wrote_content()) writer.message(Role::user, "[image]");
}

void CodexParser::take_reasoning(const JsonValue& item, EventWriter& writer) {
    for (const std::string_view member : {"summary", "content"}) {
        const JsonValue* parts = find_array(item, member);
        if (parts == nullptr) continue;
        for (const JsonValue& part : parts->GetArray()) {
            const std::string_view text = text_in(part, "text");
            if (!text.empty()) writer.message(Role::assistant, text).thinking = true;
        }
        if (writer.wrote_content()) return;  // the content is what the summary is of
    }
}

Verdict CodexParser::take_event(const JsonValue& json, const JsonValue& payload, EventWriter& writer,
                                SessionFacts& facts) {
    const std::string_view type = text_in(payload, "type");
    Verdict verdict{kind_name("event_msg", type)};
    if (type == "token_count") {
        usage_.take_count(payload, usage_context(json, writer, facts));
    } else if (type == "thread_settings_applied") {
        if (const JsonValue* settings = find_object(payload, "thread_settings"))
            tier_ = codex::tier_in(*settings);
    } else if (type == "item_completed") {
        take_completed(payload, writer, facts);
    } else if (type == "agent_message") {
        const std::string_view text = text_in(payload, "message");
        held_text_ = truncate_utf8(text, options_.text_max_bytes);
        held_bytes_ = static_cast<std::int64_t>(text.size());
    } else if (type == "task_started") {
        take_turn_start(payload, writer);
    } else if (type == "task_complete") {
        writer.lifecycle(lifecycle::turn_end).duration_ms = count_in(payload, "duration_ms");
    } else if (type == "turn_aborted") {
        take_aborted(payload, writer);
    } else if (type == "error" || type == "stream_error") {
        take_error(payload, type, writer);
    } else if (type == "thread_name_updated") {
        take_title(payload, writer, facts);
    } else if (!codex::is_noise("event_msg", type)) {
        verdict.outcome = LineOutcome::unknown_kind;
    }
    return verdict;
}

// Named by its turn, so that a copy of it is known for one, whenever it was made.
void CodexParser::take_turn_start(const JsonValue& payload, EventWriter& writer) {
    Event& event = writer.lifecycle(lifecycle::turn_start);
    const std::string_view turn = name_in(payload, "turn_id");
    if (turn.empty()) return;
    event.uid = hash64(turn, hash64(event.name));
    note_copied_turn(payload, turn, event.uid);
}

// Of a fork or a sub-agent, whose file may begin with turns of the session that it comes from: by the time
// that the turn and this session say they began at, or by that other file. Where neither tells, the clock
// does.
void CodexParser::note_copied_turn(const JsonValue& payload, std::string_view turn, std::uint64_t uid) {
    if (origin_id_.empty() || !started_at_) return;
    const auto began = count_in(payload, "started_at");
    const auto id_began = time_of_uuid7(own_id_);
    const bool ids_tell = id_began && std::abs(*id_began - *started_at_) < kIdsAgreeMs && time_of_uuid7(turn);
    if (began && *began != *started_at_ / 1000)
        replaying_ = *began < *started_at_ / 1000;
    else if (ids_tell)
        replaying_ = *time_of_uuid7(turn) < *id_began;
    else if (options_.stands_in && options_.stands_in(origin_id_, uid))
        replaying_ = true;
    else if (turns_tell_)
        replaying_ = false;
    else
        return;
    turns_tell_ = true;
}

// Outside a script the same stands in the call and its output, under the same id. But of a sub-agent, which
// writes before that output comes, it says first what started it.
void CodexParser::take_completed(const JsonValue& payload, EventWriter& writer, SessionFacts& facts) {
    const JsonValue* item = find_object(payload, "item");
    if (item == nullptr) return;
    const JsonValue* threads = find_array(*item, kStartedThreads);
    if (threads != nullptr && threads->Size() == 1 && (*threads)[0].IsString() &&
        text_in(*item, "tool") == "spawn_agent") {
        facts.started_session = as_view((*threads)[0]);
        facts.started_by = name_in(*item, "id");
    }
    if (script_.empty() || text_in(*item, "id") == script_) return;
    static_cast<void>(codex::take_completed_item(*item, writer));
}

void CodexParser::take_aborted(const JsonValue& payload, EventWriter& writer) {
    if (!held_text_.empty()) {
        Event& event = writer.message(Role::assistant, held_text_);
        event.text_bytes = held_bytes_;
        held_text_.clear();
    }
    Event& event = writer.lifecycle(lifecycle::turn_aborted);
    event.duration_ms = count_in(payload, "duration_ms");
    writer.set_text(event, text_in(payload, "reason"));
}

void CodexParser::take_error(const JsonValue& payload, std::string_view type, EventWriter& writer) {
    const JsonValue* error = find_object(payload, "error");
    const JsonValue& about = error == nullptr ? payload : *error;
    std::string_view name = text_in(payload, "codex_error_info");
    if (name.empty()) name = text_in(about, "kind");
    writer.error(name.empty() ? type : name, text_in(about, "message"));
}

void CodexParser::take_title(const JsonValue& payload, EventWriter& writer, SessionFacts& facts) {
    const std::string title = one_line(text_in(payload, "thread_name"), 200);
    if (title.empty()) return;
    facts.title = title;
    facts.title_rank = TitleRank::agent;
    if (title != title_) writer.set_text(writer.lifecycle(lifecycle::title), title);
    title_ = title;
}

std::vector<std::string> roots(const std::string& home, const Env& env) {
    return session_roots("codex", home, env);
}

bool enters(std::string_view directory) { return may_hold_sessions(path_parts(directory)); }

std::optional<FileOwner> owner(std::string_view file) {
    constexpr std::size_t kUuidLength = 36;
    auto parts = path_parts(file);
    if (parts.empty()) return std::nullopt;
    constexpr std::string_view kPacked = ".zst";
    if (parts.back().ends_with(kPacked)) parts.back().remove_suffix(kPacked.size());
    const std::string_view stem = session_stem(parts.back());
    parts.pop_back();
    if (!stem.starts_with("rollout-") || !may_hold_sessions(parts)) return std::nullopt;
    const std::string_view id =
        stem.size() > kUuidLength ? stem.substr(stem.size() - kUuidLength) : std::string_view();
    return FileOwner{is_uuid(id) ? std::string(id) : id_with_path(stem, file), {}};
}

std::string_view leaves_out(std::string_view path, bool is_directory) {
    const auto parts = path_parts(path);
    if (is_directory) return why_not_entered(parts);
    const bool is_old = parts.back().starts_with("rollout-") && parts.back().ends_with(".json");
    return is_old ? "transcript" : why_unread(parts.back());
}

std::unique_ptr<SessionParser> make_parser(const FileOwner&, std::string_view saved, const Options& options) {
    return std::make_unique<CodexParser>(saved, options);
}

}  // namespace

constinit const Format kCodex = {.agent = "codex",
                                 .roots = roots,
                                 .enters = enters,
                                 .owner = owner,
                                 .make_parser = make_parser,
                                 .checked_with = "0.171.0",
                                 .leaves_out = leaves_out};

}  // namespace kaizen::parse
