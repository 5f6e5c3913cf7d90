#include "daemon/export/otlp_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "common/blake3.h"

namespace kaizen::exporting::otlp {
namespace {

// An id of zeroes alone is none.
std::string id_of(std::string_view identity, std::size_t bytes) {
    Blake3 hash;
    hash.update(identity);
    std::string id = hash.hex().substr(0, 2 * bytes);
    if (id.find_first_not_of('0') == std::string::npos) id.back() = '1';
    return id;
}

bool is_text(const JsonValue& value) { return value.IsString(); }

void list(JsonText& out, const JsonValue& values) {
    out.key("arrayValue");
    out.StartObject();
    out.key("values");
    out.StartArray();
    for (const JsonValue& value : values.GetArray()) any_value(out, value);
    out.EndArray();
    out.EndObject();
}

void members(JsonText& out, const JsonValue& object) {
    out.key("kvlistValue");
    out.StartObject();
    out.key("values");
    out.StartArray();
    std::set<std::string_view> seen;
    for (const auto& member : object.GetObject()) {
        const std::string_view key = as_view(member.name);
        if (member.value.IsNull() || key.empty() || !seen.insert(key).second) continue;
        out.StartObject();
        text(out, "key", key);
        out.key("value");
        any_value(out, member.value);
        out.EndObject();
    }
    out.EndArray();
    out.EndObject();
}

}  // namespace

std::string trace_id_of(std::string_view session, std::int64_t turn) {
    return id_of(fmt::format("{}:{}", session, turn), 16);
}

std::string turn_span_id_of(std::string_view session, std::int64_t turn) {
    return id_of(fmt::format("turn:{}:{}", session, turn), 8);
}

std::string call_span_id_of(std::string_view session, std::string_view call) {
    return id_of(fmt::format("call:{}:{}", session, call), 8);
}

std::string span_id_of(std::string_view identity) { return id_of(identity, 8); }

std::string nanos(UnixMs at) { return fmt::format("{}000000", at); }

void text(JsonText& out, std::string_view key, std::string_view value) {
    out.key(key);
    out.string(value);
}

void integer(JsonText& out, std::string_view key, std::int64_t value) {
    text(out, key, fmt::format("{}", value));
}

void time(JsonText& out, std::string_view key, UnixMs at) { text(out, key, nanos(at)); }

void any_value(JsonText& out, const JsonValue& value) {
    out.StartObject();
    if (value.IsString())
        text(out, "stringValue", as_view(value));
    else if (value.IsBool())
        out.key("boolValue"), out.Bool(value.GetBool());
    else if (value.IsInt64())
        integer(out, "intValue", value.GetInt64());
    else if (value.IsNumber() && std::isfinite(value.GetDouble()))
        out.key("doubleValue"), out.Double(value.GetDouble());
    else if (value.IsArray())
        list(out, value);
    else if (value.IsObject())
        members(out, value);
    out.EndObject();
}

Attributes::Attributes(JsonText& out) : out_(out) {
    out_.key("attributes");
    out_.StartArray();
}

Attributes::~Attributes() { out_.EndArray(); }

void Attributes::begin(std::string_view name) {
    out_.StartObject();
    otlp::text(out_, "key", name);
    out_.key("value");
}

void Attributes::text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    begin(name);
    out_.StartObject();
    otlp::text(out_, "stringValue", value);
    out_.EndObject();
    out_.EndObject();
}

void Attributes::integer(std::string_view name, std::optional<std::int64_t> value) {
    if (!value) return;
    begin(name);
    out_.StartObject();
    otlp::integer(out_, "intValue", *value);
    out_.EndObject();
    out_.EndObject();
}

void Attributes::number(std::string_view name, std::optional<double> value) {
    if (!value || !std::isfinite(*value)) return;
    begin(name);
    out_.StartObject();
    out_.key("doubleValue");
    out_.Double(*value);
    out_.EndObject();
    out_.EndObject();
}

void Attributes::flag(std::string_view name, std::optional<bool> value) {
    if (!value) return;
    begin(name);
    out_.StartObject();
    out_.key("boolValue");
    out_.Bool(*value);
    out_.EndObject();
    out_.EndObject();
}

void Attributes::texts(std::string_view name, const JsonValue* list) {
    if (list == nullptr || std::none_of(list->Begin(), list->End(), is_text)) return;
    begin(name);
    out_.StartObject();
    out_.key("arrayValue");
    out_.StartObject();
    out_.key("values");
    out_.StartArray();
    for (const JsonValue& value : list->GetArray())
        if (is_text(value)) any_value(out_, value);
    out_.EndArray();
    out_.EndObject();
    out_.EndObject();
    out_.EndObject();
}

void Attributes::list(std::string_view name, const JsonValue* list) {
    if (list == nullptr || list->Empty()) return;
    begin(name);
    any_value(out_, *list);
    out_.EndObject();
}

std::string request_of(const Signal& signal, const Sender& sender, std::string_view items) {
    constexpr std::string_view kProgram = "kaizend";
    JsonText out;
    out.StartObject();
    out.key(signal.resources);
    out.StartArray();
    out.StartObject();
    out.key("resource");
    out.StartObject();
    {
        Attributes attributes(out);
        attributes.text(name::service_name, kProgram);
        attributes.text(name::service_version, sender.origin.version);
        attributes.text(name::service_instance_id, sender.origin.member);
        attributes.text(name::team_id, sender.origin.team_id);
        attributes.text(name::workspace_hash, sender.workspace_hash);
    }
    out.EndObject();
    out.key(signal.scopes);
    out.StartArray();
    out.StartObject();
    out.key("scope");
    out.StartObject();
    text(out, "name", kProgram);
    text(out, "version", sender.origin.version);
    out.EndObject();
    out.key(signal.items);
    out.RawValue(items.data(), items.size(), rapidjson::kArrayType);
    text(out, "schemaUrl", sender.names.schema_url);
    out.EndObject();
    out.EndArray();
    text(out, "schemaUrl", sender.names.schema_url);
    out.EndObject();
    out.EndArray();
    out.EndObject();
    return out.str();
}

}  // namespace kaizen::exporting::otlp
