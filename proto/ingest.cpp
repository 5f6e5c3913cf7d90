#include "proto/ingest.h"

#include <array>
#include <tuple>
#include <type_traits>

#include "common/json.h"
#include "proto/fields.h"

namespace kaizen::proto::ingest {
namespace {

template <class T>
constexpr auto kFields = nullptr;

template <>
constexpr auto kFields<Event> = std::tuple(
    field("session_id_hash", &Event::session_id_hash), field("event_seq", &Event::event_seq),
    field("ts_ms", &Event::ts_ms), field("agent", &Event::agent), field("model", &Event::model),
    field("kind", &Event::kind), field("source", &Event::source), field("tool", &Event::tool),
    field("tool_call_id", &Event::tool_call_id), field("tokens_in", &Event::tokens_in),
    field("tokens_out", &Event::tokens_out), field("reasoning_tokens", &Event::reasoning_tokens),
    field("cost_usd_e6", &Event::cost_usd_e6), field("cache_read_tokens", &Event::cache_read_tokens),
    field("cache_creation_tokens", &Event::cache_creation_tokens), field("turn", &Event::turn),
    field("response_id_hash", &Event::response_id_hash),
    field("parent_session_id_hash", &Event::parent_session_id_hash),
    field("parent_span_id_hash", &Event::parent_span_id_hash), field("parent_turn", &Event::parent_turn),
    field("root_session_id_hash", &Event::root_session_id_hash), field("root_turn", &Event::root_turn),
    field("sample_rate", &Event::sample_rate));

template <>
constexpr auto kFields<ToolSpan> = std::tuple(
    field("session_id_hash", &ToolSpan::session_id_hash), field("span_id_hash", &ToolSpan::span_id_hash),
    field("tool", &ToolSpan::tool), field("status", &ToolSpan::status),
    field("started_at_ms", &ToolSpan::started_at_ms), field("ended_at_ms", &ToolSpan::ended_at_ms),
    field("lead_time_ms", &ToolSpan::lead_time_ms), field("tokens_in", &ToolSpan::tokens_in),
    field("tokens_out", &ToolSpan::tokens_out), field("reasoning_tokens", &ToolSpan::reasoning_tokens),
    field("cost_usd_e6", &ToolSpan::cost_usd_e6), field("path_hashes", &ToolSpan::path_hashes),
    field("turn", &ToolSpan::turn), field("agent", &ToolSpan::agent), field("model", &ToolSpan::model),
    field("error_type", &ToolSpan::error_type), field("late", &ToolSpan::late),
    field("parent_session_id_hash", &ToolSpan::parent_session_id_hash),
    field("parent_span_id_hash", &ToolSpan::parent_span_id_hash),
    field("parent_turn", &ToolSpan::parent_turn),
    field("root_session_id_hash", &ToolSpan::root_session_id_hash), field("root_turn", &ToolSpan::root_turn));

template <>
constexpr auto kFields<FileFact> = std::tuple(
    field("path_hash", &FileFact::path_hash), field("language", &FileFact::language),
    field("bytes", &FileFact::bytes), field("loc", &FileFact::loc), field("sloc", &FileFact::sloc),
    field("complexity_total", &FileFact::complexity_total),
    field("max_fn_complexity", &FileFact::max_fn_complexity), field("symbol_count", &FileFact::symbol_count),
    field("import_count", &FileFact::import_count), field("fan_in", &FileFact::fan_in),
    field("fan_out", &FileFact::fan_out), field("churn_30d", &FileFact::churn_30d),
    field("churn_90d", &FileFact::churn_90d), field("authors_90d", &FileFact::authors_90d),
    field("last_changed_ms", &FileFact::last_changed_ms));

template <>
constexpr auto kFields<Edge> = std::tuple(field("from_hash", &Edge::from_hash),
                                          field("to_hash", &Edge::to_hash), field("kind", &Edge::kind),
                                          field("weight", &Edge::weight));

template <>
constexpr auto kFields<RepoSnapshot> = std::tuple(field("snapshot_id_hash", &RepoSnapshot::snapshot_id_hash),
                                                  field("commit_hash", &RepoSnapshot::commit_hash),
                                                  field("indexed_at_ms", &RepoSnapshot::indexed_at_ms),
                                                  field("dirty", &RepoSnapshot::dirty),
                                                  field("chunk_index", &RepoSnapshot::chunk_index),
                                                  field("chunk_total", &RepoSnapshot::chunk_total),
                                                  field("file_facts", &RepoSnapshot::file_facts),
                                                  field("edges", &RepoSnapshot::edges));

template <>
constexpr auto kFields<WorkspaceFacts> = std::tuple(field("skill_slugs", &WorkspaceFacts::skill_slugs),
                                                    field("rule_slugs", &WorkspaceFacts::rule_slugs));

template <class T>
constexpr bool is_absent = false;
template <class T>
constexpr bool is_absent<Absent<T>> = true;

void write(JsonText& out, const std::string& value) { out.string(value); }
void write(JsonText& out, std::int64_t value) { out.Int64(value); }
void write(JsonText& out, double value) { out.Double(value); }
void write(JsonText& out, bool value) { out.Bool(value); }

template <class T>
void write(JsonText& out, const T& row);

template <class T>
void write(JsonText& out, const std::optional<T>& value) {
    if (value)
        write(out, *value);
    else
        out.Null();
}

template <class T>
void write(JsonText& out, const std::vector<T>& values) {
    out.StartArray();
    for (const T& value : values) write(out, value);
    out.EndArray();
}

template <class T>
void write_members(JsonText& out, const T& row) {
    const auto one = [&](const auto& each) {
        const auto& value = row.*each.member;
        if constexpr (is_absent<std::remove_cvref_t<decltype(value)>>) {
            if (!value.value) return;
            out.key(each.name);
            write(out, *value.value);
        } else {
            out.key(each.name);
            write(out, value);
        }
    };
    std::apply([&](const auto&... each) { (one(each), ...); }, kFields<T>);
}

template <class T>
void write(JsonText& out, const T& row) {
    out.StartObject();
    write_members(out, row);
    out.EndObject();
}

template <class T>
std::string text_of(const T& row) {
    JsonText out;
    write(out, row);
    return out.str();
}

struct KindNames {
    std::string_view name, path, list;
};

constexpr std::array<KindNames, 4> kKinds = {{{"events", "/v1/events", "events"},
                                              {"tool_spans", "/v1/tool-spans", "spans"},
                                              {"repo_snapshots", "/v1/repo-snapshots", "snapshots"},
                                              {"workspace_facts", "/v1/workspace-facts", "facts"}}};

const KindNames& names(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

// All of a body but its rows and its end.
std::string head_of(Kind kind, std::string_view team_id, std::string_view workspace_hash) {
    JsonText out;
    out.StartObject();
    out.key("team_id"), out.string(team_id);
    out.key("workspace_hash"), out.string(workspace_hash);
    out.key(list_of(kind));
    out.StartArray();
    return out.str();
}

constexpr std::string_view kEnd = "]}";

Result<> parse_object(JsonDocument& document, std::string_view json) {
    if (auto parsed = document.parse(json); !parsed) return parsed;
    if (!document.root().IsObject()) return fail(ErrorCode::bad_input, "not a JSON object");
    return {};
}

// A number that a server may say of rows or bytes.
std::optional<std::int64_t> count_in(const JsonValue& object, std::string_view key) {
    const auto count = find_int(object, key);
    return count && *count >= 0 ? count : std::nullopt;
}

std::string text_in(const JsonValue& object, std::string_view key) {
    return std::string(find_string(object, key).value_or(std::string_view()));
}

}  // namespace

std::string_view name_of(Kind kind) { return names(kind).name; }
std::string_view path_of(Kind kind) { return names(kind).path; }
std::string_view list_of(Kind kind) { return names(kind).list; }

std::string to_json(const Event& row) {
    JsonText out;
    out.StartObject();
    write_members(out, row);
    out.key("payload");
    out.RawValue(row.payload.data(), row.payload.size(), rapidjson::kObjectType);
    out.EndObject();
    return out.str();
}

std::string to_json(const ToolSpan& row) { return text_of(row); }
std::string to_json(const RepoSnapshot& row) { return text_of(row); }
std::string to_json(const WorkspaceFacts& row) { return text_of(row); }

std::string body_of(Kind kind, std::string_view team_id, std::string_view workspace_hash,
                    const std::vector<std::string_view>& rows) {
    std::string body = head_of(kind, team_id, workspace_hash);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) body.push_back(',');
        body.append(rows[i]);
    }
    return body.append(kEnd);
}

std::size_t envelope_bytes(Kind kind, std::string_view team_id, std::string_view workspace_hash) {
    return head_of(kind, team_id, workspace_hash).size() + kEnd.size();
}

Result<Accepted> accepted_from(std::string_view json) {
    JsonDocument document;
    if (auto parsed = parse_object(document, json); !parsed) return tl::unexpected(parsed.error());
    return Accepted{count_in(document.root(), "received"), count_in(document.root(), "deduped")};
}

Result<Refused> refused_from(std::string_view json) {
    JsonDocument document;
    if (auto parsed = parse_object(document, json); !parsed) return tl::unexpected(parsed.error());
    const JsonValue& root = document.root();
    return Refused{text_in(root, "code"), text_in(root, "field"), text_in(root, "message")};
}

Result<Overrides> overrides_from(std::string_view json) {
    JsonDocument document;
    if (auto parsed = parse_object(document, json); !parsed) return tl::unexpected(parsed.error());
    const JsonValue& root = document.root();
    const auto rate = find_number(root, "sample_rate");
    const bool believable = rate && *rate >= 0 && *rate <= 1;
    return Overrides{count_in(root, "events_per_batch_max"), count_in(root, "max_body_bytes"),
                     believable ? rate : std::nullopt};
}

}  // namespace kaizen::proto::ingest
