#include "daemon/export/posthog.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "common/blake3.h"
#include "common/json.h"
#include "daemon/export/otlp_place.h"
#include "daemon/export/service.h"
#include "daemon/export/waiting_row.h"
#include "daemon/flush/endpoint.h"
#include "daemon/flush/gzip.h"

namespace kaizen::exporting {
namespace {

using outbox::Batch;
using outbox::Row;
using proto::ingest::Kind;

constexpr std::size_t kEventMost = 1'000'000;
constexpr std::size_t kDigitsMost = 128;
constexpr UnixMs kFutureMost = 86'400'000;
constexpr UnixMs kHistoricalFrom = 48 * UnixMs{3'600'000};
// More than any row can say, and little enough that the sum over a batch is exact.
constexpr std::int64_t kCountMost = std::int64_t{1} << 48;

struct Counter {
    std::string_view member;
    std::string_view property;
};

constexpr std::array<Counter, 5> kTokens = {{{"tokens_in", "$ai_input_tokens"},
                                             {"tokens_out", "$ai_output_tokens"},
                                             {"reasoning_tokens", "$ai_reasoning_tokens"},
                                             {"cache_read_tokens", "$ai_cache_read_input_tokens"},
                                             {"cache_creation_tokens", "$ai_cache_creation_input_tokens"}}};
constexpr std::string_view kCost = "cost_usd_e6";

// What the rows of one model response in a batch say that it used.
struct Usage {
    std::int64_t first = 0;  // Row::id of the first that says something
    std::array<std::optional<std::int64_t>, kTokens.size()> tokens;
    std::optional<std::int64_t> cost_usd_e6;
};

// Common to all events of a batch.
struct Scene {
    const Batch& batch;
    const Origin& origin;
    std::map<std::string, Usage> usage;  // by response_of()
};

void add(std::optional<std::int64_t>& sum, std::optional<std::int64_t> part) {
    if (part) sum = sum.value_or(0) + *part;
}

std::optional<std::int64_t> number_in(const JsonValue& row, std::string_view member, std::int64_t least) {
    const auto number = find_int(row, member);
    return number && *number >= least && *number <= kCountMost ? number : std::nullopt;
}

std::optional<std::int64_t> tokens_in(const JsonValue& row, std::string_view member) {
    return number_in(row, member, 0);
}

// It may fall: an agent's own cost takes the place of ours.
std::optional<std::int64_t> cost_in(const JsonValue& row) { return number_in(row, kCost, -kCountMost); }

bool says_usage(const JsonValue& row) {
    return cost_in(row) || std::any_of(kTokens.begin(), kTokens.end(), [&](const Counter& counter) {
               return tokens_in(row, counter.member).has_value();
           });
}

std::string text_in(const JsonValue& row, std::string_view member) {
    return std::string(find_string(row, member).value_or(std::string_view()));
}

// What it used is told with the response that it is of.
bool is_part(const JsonValue& row) {
    const JsonValue* payload = find_object(row, "payload");
    return payload != nullptr && find_bool(*payload, "of_response").value_or(false);
}

// Calls visit(response) for each that ended with the row.
template <class Visit>
void each_ended(const JsonValue& row, Visit&& visit) {
    const JsonValue* payload = find_object(row, "payload");
    const JsonValue* ended = payload == nullptr ? nullptr : find_array(*payload, "ended_responses");
    if (ended == nullptr) return;
    for (const JsonValue& each : ended->GetArray())
        if (each.IsObject()) visit(each);
}

bool ends_responses(const JsonValue& row) {
    bool any = false;
    each_ended(row, [&any](const JsonValue&) { any = true; });
    return any;
}

Usage usage_in(const JsonValue& said) {
    Usage usage;
    for (std::size_t i = 0; i < kTokens.size(); ++i) usage.tokens[i] = tokens_in(said, kTokens[i].member);
    usage.cost_usd_e6 = cost_in(said);
    return usage;
}

// A row that names no response is one of its own.
std::string response_of(const Row& row, const JsonValue& json) {
    const auto response = find_string(json, "response_id_hash");
    if (!response) return fmt::format("row {}", row.id);
    return fmt::format("{} {}", text_in(json, "session_id_hash"), *response);
}

void count(Scene& scene, const Row& row, const JsonValue& json) {
    if (scene.batch.kind != Kind::events || !says_usage(json) || is_part(json)) return;
    Usage& sum = scene.usage.try_emplace(response_of(row, json), Usage{row.id, {}, {}}).first->second;
    for (std::size_t i = 0; i < kTokens.size(); ++i) add(sum.tokens[i], tokens_in(json, kTokens[i].member));
    add(sum.cost_usd_e6, cost_in(json));
}

// A row on its way to be an event.
struct Item {
    const Row& row;
    const JsonValue& json;
    const Usage* usage;  // of its response; null: it used nothing, as far as the batch says

    [[nodiscard]] bool is_generation() const { return usage != nullptr && usage->first == row.id; }
};

Item item_of(const Scene& scene, const Row& row, const JsonValue& json) {
    const auto found = scene.usage.find(response_of(row, json));
    return {row, json, found == scene.usage.end() ? nullptr : &found->second};
}

// The words by which the wire tells rows apart; of facts, and where they are missing, the row itself.
std::string identity_of(const Scene& scene, const Row& row, const JsonValue& json) {
    const auto seq = find_int(json, "event_seq");
    const auto chunk = find_int(json, "chunk_index");
    const std::string place = fmt::format("{}\n{}\n", scene.origin.team_id, scene.batch.workspace_hash);
    switch (scene.batch.kind) {
        case Kind::events:
            if (seq) return fmt::format("event\n{}{}\n{}", place, text_in(json, "session_id_hash"), *seq);
            break;
        case Kind::tool_spans:
            if (const auto span = find_string(json, "span_id_hash"))
                return fmt::format("span\n{}\n{}", text_in(json, "session_id_hash"), *span);
            break;
        case Kind::repo_snapshots:
            if (chunk) return fmt::format("snapshot\n{}\n{}", text_in(json, "snapshot_id_hash"), *chunk);
            break;
        case Kind::workspace_facts:
            break;
    }
    return fmt::format("row\n{}{}", place, row.json);
}

std::string hash_of(std::string_view text) {
    Blake3 hash;
    hash.update(text);
    return hash.hex();
}

// Version 8 of RFC 9562: bits of one's own.
std::string uuid_of(std::string_view identity) {
    std::string hex = hash_of(identity).substr(0, 32);
    hex[12] = '8';
    hex[16] = "89ab"[hex[16] % 4];
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

// Empty when the model's name does not tell.
std::string_view provider_of(std::string_view model) {
    if (model.find("claude") != std::string_view::npos) return "anthropic";
    const bool o_series = model.size() > 1 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9';
    if (o_series || model.starts_with("gpt-") || model.starts_with("codex-")) return "openai";
    return {};
}

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= 32 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

std::string name_of(const Scene& scene, const Item& item) {
    const std::string kind = text_in(item.json, "kind");
    switch (scene.batch.kind) {
        case Kind::events:
            if (item.is_generation()) return "$ai_generation";
            return "kaizen." + (is_word(kind) ? kind : "event");
        case Kind::tool_spans:
            return "$ai_span";
        case Kind::repo_snapshots:
            return "kaizen.repo_snapshot";
        case Kind::workspace_facts:
            break;
    }
    return "kaizen.workspace_facts";
}

void write_text(JsonText& out, std::string_view property, std::string_view text) {
    if (text.empty()) return;
    out.key(property);
    out.string(text);
}

void write_usage(JsonText& out, const Usage& usage) {
    for (std::size_t i = 0; i < kTokens.size(); ++i) {
        if (!usage.tokens[i]) continue;
        out.key(kTokens[i].property);
        out.Int64(*usage.tokens[i]);
    }
    // Our input is the uncached one, whatever the provider counts.
    out.key("$ai_cache_reporting_exclusive"), out.Bool(true);
    if (!usage.cost_usd_e6) return;
    out.key("$ai_total_cost_usd"), out.Double(static_cast<double>(*usage.cost_usd_e6) / 1e6);
    out.key("$ai_cost_passthrough"), out.Bool(true);  // or PostHog puts its own estimate in its place
}

void write_generation(JsonText& out, const JsonValue& row, const Usage& usage) {
    const std::string model = text_in(row, "model");
    if (model != "unknown") write_text(out, "$ai_model", model);
    write_text(out, "$ai_provider", provider_of(model));
    write_text(out, "$ai_span_id", text_in(row, "response_id_hash"));
    write_usage(out, usage);
}

// In milliseconds.
std::optional<std::int64_t> duration_of(const JsonValue& span) {
    const auto started = number_in(span, "started_at_ms", 1);
    const auto ended = number_in(span, "ended_at_ms", 1);
    if (const auto lead = number_in(span, "lead_time_ms", 0)) return lead;
    return started && ended && *ended >= *started ? std::optional(*ended - *started) : std::nullopt;
}

void write_span(JsonText& out, const JsonValue& row) {
    write_text(out, "$ai_span_id", text_in(row, "span_id_hash"));
    write_text(out, "$ai_span_name", text_in(row, "tool"));
    const auto took = duration_of(row);
    if (took) out.key("$ai_latency"), out.Double(static_cast<double>(*took) / 1e3);
    const std::string status = text_in(row, "status");
    if (status == "done" || status == "error") out.key("$ai_is_error"), out.Bool(status == "error");
    write_text(out, "$ai_error", text_in(row, "error_type"));
}

bool is_counted(std::string_view member) {
    return member == kCost || std::any_of(kTokens.begin(), kTokens.end(),
                                          [&](const Counter& counter) { return counter.member == member; });
}

// Nobody is made a person of, and no place is made of our address.
void write_discretion(JsonText& out) {
    out.key("$process_person_profile"), out.Bool(false);
    out.key("$geoip_disable"), out.Bool(true);
    out.key("$ip"), out.Null();
}

// The traces of otlp_place.h: a turn is one, and what a sub-agent does lies below the call that started it.
void write_place(JsonText& out, const otlp::Actor& actor) {
    const std::string trace = otlp::trace_of(actor);
    const bool is_started_by_call = !otlp::call_above(actor).empty();
    write_text(out, "$ai_session_id", actor.session);
    write_text(out, "$ai_trace_id", trace);
    write_text(out, "$ai_parent_id", is_started_by_call ? actor.parent_call : trace);
}

void write_properties(JsonText& out, const Scene& scene, const Item& item) {
    const JsonValue& json = item.json;
    out.StartObject();
    write_discretion(out);
    write_text(out, "$lib", "kaizend");
    write_text(out, "$lib_version", scene.origin.version);
    if (const otlp::Actor actor = otlp::actor_in(json); !actor.session.empty()) write_place(out, actor);
    if (item.is_generation()) write_generation(out, json, *item.usage);
    if (scene.batch.kind == Kind::tool_spans) write_span(out, json);
    write_text(out, "kaizen.team_id", scene.origin.team_id);
    write_text(out, "kaizen.workspace_hash", scene.batch.workspace_hash);
    write_members(out, json, "kaizen.", [&](std::string_view member) {
        return ((item.usage != nullptr || is_part(json)) && is_counted(member)) || member == "team_id" ||
               member == "workspace_hash";
    });
    out.EndObject();
}

std::string event_of(const Scene& scene, const Row& row, const JsonValue& json) {
    const Item item = item_of(scene, row, json);
    const auto time = time_of(scene.batch.kind, json);
    JsonText out;
    out.StartObject();
    write_text(out, "uuid", uuid_of(identity_of(scene, row, json)));
    write_text(out, "event", name_of(scene, item));
    write_text(out, "distinct_id", scene.origin.member);
    if (time) write_text(out, "timestamp", format_iso8601(*time));
    out.key("properties");
    write_properties(out, scene, item);
    out.EndObject();
    return out.str();
}

// A response that ended with the row.
std::string generation_of(const Scene& scene, const JsonValue& row, const JsonValue& response) {
    otlp::Actor actor = otlp::actor_in(row);
    actor.turn = tokens_in(response, "turn").value_or(0);
    const auto asked = number_in(response, "asked_at_ms", 1);
    const auto ended = number_in(response, "ended_at_ms", 1);
    const auto time = ended ? ended : time_of(Kind::events, row);
    const std::string place = fmt::format("{}\n{}\n", scene.origin.team_id, scene.batch.workspace_hash);
    JsonText out;
    out.StartObject();
    write_text(out, "uuid",
               uuid_of(fmt::format("response\n{}{}\n{}", place, actor.session,
                                   tokens_in(response, "event_seq").value_or(0))));
    write_text(out, "event", "$ai_generation");
    write_text(out, "distinct_id", scene.origin.member);
    if (time) write_text(out, "timestamp", format_iso8601(*time));
    out.key("properties");
    out.StartObject();
    write_discretion(out);
    write_text(out, "$lib", "kaizend");
    write_text(out, "$lib_version", scene.origin.version);
    write_place(out, actor);
    write_generation(out, response, usage_in(response));
    if (asked && ended && *ended >= *asked)
        out.key("$ai_latency"), out.Double(static_cast<double>(*ended - *asked) / 1e3);
    write_text(out, "kaizen.team_id", scene.origin.team_id);
    write_text(out, "kaizen.workspace_hash", scene.batch.workspace_hash);
    out.EndObject();
    out.EndObject();
    return out.str();
}

// Facts have no time: they get that of their arrival.
std::string fault_of_time(Kind kind, const JsonValue& row, UnixMs now) {
    if (kind == Kind::workspace_facts) return {};
    const auto time = time_of(kind, row);
    if (!time || *time <= 0) return "it has no valid time, and PostHog would drop it";
    if (*time > now + kFutureMost) return "its time is more than a day ahead, and PostHog would drop it";
    return {};
}

// As an event of its own. In the batch, the sums of its response may have some digits more.
std::string fault_of_size(const Scene& scene, const Row& row, const JsonValue& json) {
    Scene alone{scene.batch, scene.origin, {}};
    count(alone, row, json);
    const std::size_t bytes = event_of(alone, row, json).size() + kDigitsMost;
    if (bytes <= kEventMost) return {};
    return fmt::format("it is {} bytes as an event, and PostHog drops what is above {}", bytes, kEventMost);
}

// Why PostHog would refuse or lose it; empty when it would not.
std::string fault_of(const Scene& scene, const Row& row, const JsonValue& json, UnixMs now) {
    std::string fault = fault_of_time(scene.batch.kind, json, now);
    return fault.empty() ? fault_of_size(scene, row, json) : fault;
}

// What goes in one request.
struct Part {
    bool is_historical;
    std::vector<const Row*> rows = {};
};

// Measured from when the batch was put together, so that a row is in the same part whenever it is sent.
bool is_historical(const Batch& batch, const JsonValue& row) {
    const auto time = time_of(batch.kind, row);
    const auto made = made_at(batch);
    return time && made && *time < *made - kHistoricalFrom;
}

// The rows that can go, with what the responses among them used; the others are noted in `unfit`.
std::array<Part, 2> sift(Scene& scene, UnixMs now, std::vector<Unfit>& unfit) {
    std::array<Part, 2> parts = {Part{false}, Part{true}};
    JsonDocument document;
    for (const Row& row : scene.batch.rows) {
        const bool is_row = document.parse(row.json) && document.root().IsObject();
        const bool copied = is_row && is_copied(document.root());
        if (copied && !ends_responses(document.root())) continue;
        std::string fault = is_row ? fault_of(scene, row, document.root(), now) : "it is not a JSON object";
        if (!fault.empty()) {
            unfit.push_back({row.id, std::move(fault)});
            continue;
        }
        if (!copied) count(scene, row, document.root());
        parts[is_historical(scene.batch, document.root()) ? 1 : 0].rows.push_back(&row);
    }
    return parts;
}

std::string body_of(const Scene& scene, const Part& part, const std::string& api_key) {
    JsonText out;
    JsonDocument document;
    out.StartObject();
    write_text(out, "api_key", api_key);
    if (part.is_historical) out.key("historical_migration"), out.Bool(true);
    out.key("batch");
    out.StartArray();
    for (const Row* row : part.rows) {
        if (!document.parse(row->json)) continue;  // it was, once
        const auto add = [&](const std::string& event) {
            out.RawValue(event.data(), event.size(), rapidjson::kObjectType);
        };
        if (!is_copied(document.root())) add(event_of(scene, *row, document.root()));
        each_ended(document.root(),
                   [&](const JsonValue& ended) { add(generation_of(scene, document.root(), ended)); });
    }
    out.EndArray();
    out.EndObject();
    return out.str();
}

Result<std::string> place(const ExportTarget& target) {
    if (target.api_key.empty())
        return fail(ErrorCode::bad_input, "this PostHog exporter has no key",
                    "set its api_key, or POSTHOG_API_KEY in the environment of kaizend");
    if (auto endpoint = flush::parse_endpoint(target.host); !endpoint)
        return tl::unexpected(endpoint.error());
    return target.host;
}

flush::Request request_of(const Scene& scene, const Part& part, const std::string& api_key) {
    flush::Request request("POST", "/batch/");
    request.headers = {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}};
    request.secrets = {api_key};
    request.body = flush::gzip(body_of(scene, part, api_key));
    request.part = part.is_historical ? 1 : 0;
    return request;
}

Shipment ship(const Batch& batch, const ExportTarget& target, const Origin& origin, UnixMs now) {
    Shipment shipment;
    Scene scene{batch, origin, {}};
    for (const Part& part : sift(scene, now, shipment.unfit))
        if (!part.rows.empty()) shipment.requests.push_back(request_of(scene, part, target.api_key));
    return shipment;
}

// {"status": "Ok"}, of older ones {"status": 1}.
bool is_posthogs(const flush::Reply& reply) {
    JsonDocument answer;
    return answer.parse(reply.body) && find(answer.root(), "status") != nullptr;
}

flush::Verdict judge(const flush::Reply& reply, const ExportTarget&, UnixMs now) {
    static constexpr Service kPostHog{"PostHog", "api_key", "host",
                                      "https://us.i.posthog.com, https://eu.i.posthog.com, or your own",
                                      is_posthogs};
    return judge_reply(kPostHog, reply, now);
}

}  // namespace

const Exporter& posthog_exporter() {
    static constexpr Exporter kExporter{"posthog", place, ship, judge};
    return kExporter;
}

}  // namespace kaizen::exporting
