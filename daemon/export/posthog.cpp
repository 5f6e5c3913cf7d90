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

// A row that names no response is one of its own.
std::string response_of(const Row& row, const JsonValue& json) {
    const auto response = find_string(json, "response_id_hash");
    if (!response) return fmt::format("row {}", row.id);
    return fmt::format("{} {}", text_in(json, "session_id_hash"), *response);
}

void count(Scene& scene, const Row& row, const JsonValue& json) {
    if (scene.batch.kind != Kind::events || !says_usage(json)) return;
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
            if (const auto span = find_string(json, "span_id_hash")) return fmt::format("span\n{}", *span);
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

// Of a session's turn: what PostHog shows together.
std::string trace_of(const JsonValue& row) {
    const auto turn = find_int(row, "turn");
    const std::string words =
        fmt::format("{}:{}", text_in(row, "session_id_hash"), turn ? std::to_string(*turn) : "");
    return hash_of(words).substr(0, 32);
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

void write_span(JsonText& out, const JsonValue& row) {
    write_text(out, "$ai_span_id", text_in(row, "span_id_hash"));
    write_text(out, "$ai_span_name", text_in(row, "tool"));
    const auto lead = tokens_in(row, "lead_time_ms");
    if (lead) out.key("$ai_latency"), out.Double(static_cast<double>(*lead) / 1e3);
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

void write_properties(JsonText& out, const Scene& scene, const Item& item) {
    const JsonValue& json = item.json;
    out.StartObject();
    write_discretion(out);
    write_text(out, "$lib", "kaizend");
    write_text(out, "$lib_version", scene.origin.version);
    if (find_string(json, "session_id_hash")) {
        write_text(out, "$ai_session_id", text_in(json, "session_id_hash"));
        write_text(out, "$ai_trace_id", trace_of(json));
    }
    if (item.is_generation()) write_generation(out, json, *item.usage);
    if (scene.batch.kind == Kind::tool_spans) write_span(out, json);
    write_text(out, "kaizen.team_id", scene.origin.team_id);
    write_text(out, "kaizen.workspace_hash", scene.batch.workspace_hash);
    write_members(out, json, "kaizen.", [&](std::string_view member) {
        return (item.usage != nullptr && is_counted(member)) || member == "team_id" ||
               member == "workspace_hash";
    });
    out.EndObject();
}

std::string distinct_id_of(const Scene& scene, const JsonValue& row) {
    const auto session = find_string(row, "session_id_hash");
    return session && !session->empty() ? std::string(*session) : scene.batch.workspace_hash;
}

std::string event_of(const Scene& scene, const Row& row, const JsonValue& json) {
    const Item item = item_of(scene, row, json);
    const auto time = time_of(scene.batch.kind, json);
    JsonText out;
    out.StartObject();
    write_text(out, "uuid", uuid_of(identity_of(scene, row, json)));
    write_text(out, "event", name_of(scene, item));
    write_text(out, "distinct_id", distinct_id_of(scene, json));
    if (time) write_text(out, "timestamp", format_iso8601(*time));
    out.key("properties");
    write_properties(out, scene, item);
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
    if (distinct_id_of(scene, json).empty()) return "it names neither a session nor a workspace";
    std::string fault = fault_of_time(scene.batch.kind, json, now);
    return fault.empty() ? fault_of_size(scene, row, json) : fault;
}

// The rows that can go, with what the responses among them used; the others are noted in `unfit`.
std::vector<const Row*> sift(Scene& scene, UnixMs now, std::vector<Unfit>& unfit) {
    std::vector<const Row*> fit;
    JsonDocument document;
    for (const Row& row : scene.batch.rows) {
        const bool is_row = document.parse(row.json) && document.root().IsObject();
        std::string fault = is_row ? fault_of(scene, row, document.root(), now) : "it is not a JSON object";
        if (!fault.empty()) {
            unfit.push_back({row.id, std::move(fault)});
            continue;
        }
        count(scene, row, document.root());
        fit.push_back(&row);
    }
    return fit;
}

std::string body_of(const Scene& scene, const std::vector<const Row*>& rows, const std::string& api_key) {
    JsonText out;
    JsonDocument document;
    out.StartObject();
    write_text(out, "api_key", api_key);
    out.key("batch");
    out.StartArray();
    for (const Row* row : rows) {
        if (!document.parse(row->json)) continue;  // it was, once
        const std::string event = event_of(scene, *row, document.root());
        out.RawValue(event.data(), event.size(), rapidjson::kObjectType);
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

Shipment ship(const Batch& batch, const ExportTarget& target, const Origin& origin, UnixMs now) {
    Shipment shipment;
    Scene scene{batch, origin, {}};
    const std::vector<const Row*> rows = sift(scene, now, shipment.unfit);
    if (rows.empty()) return shipment;
    flush::Request request("POST", "/batch/");
    request.headers = {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}};
    request.secrets = {target.api_key};
    request.body = flush::gzip(body_of(scene, rows, target.api_key));
    shipment.requests.push_back(std::move(request));
    return shipment;
}

// {"status": "Ok"}, of older ones {"status": 1}.
bool is_posthogs(const flush::Reply& reply) {
    JsonDocument answer;
    return answer.parse(reply.body) && find(answer.root(), "status") != nullptr;
}

flush::Verdict judge(const flush::Reply& reply, UnixMs now) {
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
