#include "daemon/export/datadog.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "common/json.h"
#include "daemon/export/row_line.h"
#include "daemon/export/service.h"
#include "daemon/export/waiting_row.h"
#include "daemon/flush/gzip.h"

namespace kaizen::exporting {
namespace {

using outbox::Batch;
using outbox::Row;

constexpr std::size_t kEntriesMost = 1000;
constexpr std::size_t kBodyMost = 5'000'000;
constexpr std::size_t kEntryMost = 1'000'000;
constexpr std::int64_t kRowBytesMost = 2'500'000;  // names of members become longer, and there is a message
constexpr UnixMs kHour = 3'600'000;
constexpr UnixMs kPastMost = 18 * kHour;
constexpr UnixMs kFutureMost = 2 * kHour;
constexpr std::size_t kTagMost = 100;
constexpr std::size_t kHostMost = 253;  // what DNS can carry
constexpr std::string_view kIntake = "http-intake.logs.";

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// The site is all of the host's end: no port, user or path may stand in it.
bool is_site(std::string_view site) {
    const bool in_alphabet = std::all_of(site.begin(), site.end(),
                                         [](char c) { return is_lower_or_digit(c) || c == '.' || c == '-'; });
    return in_alphabet && !site.empty() && site.size() + kIntake.size() <= kHostMost &&
           site.find("..") == std::string_view::npos && is_lower_or_digit(site.front()) &&
           is_lower_or_digit(site.back());
}

// A comma would begin another tag.
std::string tag_value(std::string_view text) {
    std::string value(text.substr(0, kTagMost));
    for (char& c : value) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (!is_lower_or_digit(c) && c != '-' && c != '.' && c != '/') c = '_';
    }
    return value;
}

std::string tags_of(const JsonValue& row, const Origin& origin) {
    const std::string agent = tag_value(find_string(row, "agent").value_or(std::string_view()));
    const std::string team = tag_value(origin.team_id);
    std::string tags;
    if (!agent.empty()) tags = "agent:" + agent;
    if (!team.empty()) tags += (tags.empty() ? "team:" : ",team:") + team;
    return tags;
}

bool is_error(const JsonValue& row) {
    const JsonValue* payload = find(row, "payload");
    const bool failed = payload != nullptr && find_bool(*payload, "is_error").value_or(false);
    return failed || find_string(row, "kind") == "error" || find_string(row, "status") == "error";
}

void write_attributes(JsonText& out, const Batch& batch, const JsonValue& row, const Origin& origin) {
    const auto time = time_of(batch.kind, row);
    out.StartObject();
    out.key("row_kind"), out.string(proto::ingest::name_of(batch.kind));
    out.key("workspace_hash"), out.string(batch.workspace_hash);
    if (!origin.team_id.empty()) out.key("team_id"), out.string(origin.team_id);
    if (time) out.key("ts_ms"), out.Int64(*time);
    write_members(out, row, "", [](std::string_view member) {
        return member == "row_kind" || member == "workspace_hash" || member == "team_id" || member == "ts_ms";
    });
    out.EndObject();
}

std::string entry_of(const Batch& batch, const JsonValue& row, const Origin& origin, UnixMs now) {
    const auto time = time_of(batch.kind, row);
    JsonText out;
    out.StartObject();
    out.key("ddsource"), out.string("kaizend");
    out.key("service"), out.string("kaizend");
    if (const std::string tags = tags_of(row, origin); !tags.empty()) out.key("ddtags"), out.string(tags);
    out.key("message"), out.string(line_of(batch.kind, row));
    out.key("status"), out.string(is_error(row) ? "error" : "info");
    if (time && *time > 0 && *time >= now - kPastMost && *time <= now + kFutureMost)
        out.key("timestamp"), out.Int64(*time);
    out.key("kaizen");
    write_attributes(out, batch, row, origin);
    out.EndObject();
    return out.str();
}

flush::Request request_of(const std::string& entries, const ExportTarget& target) {
    flush::Request request("POST", "/api/v2/logs");
    request.headers = {
        {"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}, {"DD-API-KEY", target.api_key}};
    request.secrets = {target.api_key};
    request.body = flush::gzip("[" + entries + "]");
    return request;
}

// Entries on their way to be requests, each as full as it may be.
class Requests {
  public:
    explicit Requests(const ExportTarget& target) : target_(target) {}

    void add(const std::string& entry) {
        if (count_ == kEntriesMost || entries_.size() + entry.size() + 3 > kBodyMost) close();
        if (count_++ > 0) entries_ += ',';
        entries_ += entry;
    }

    [[nodiscard]] std::vector<flush::Request> all() {
        close();
        return std::move(requests_);
    }

  private:
    void close() {
        if (count_ > 0) {
            requests_.push_back(request_of(entries_, target_));
            requests_.back().part = static_cast<std::int64_t>(requests_.size()) - 1;
        }
        entries_.clear();
        count_ = 0;
    }

    const ExportTarget& target_;
    std::vector<flush::Request> requests_;
    std::string entries_;
    std::size_t count_ = 0;
};

Result<std::string> place(const ExportTarget& target) {
    if (target.api_key.empty())
        return fail(ErrorCode::bad_input, "this Datadog exporter has no key",
                    "set its api_key, or DD_API_KEY in the environment of kaizend");
    if (!is_site(target.site))
        return fail(ErrorCode::bad_input, "the site of this Datadog exporter is not the name of one",
                    "write it like datadoghq.com, us5.datadoghq.com or datadoghq.eu");
    return fmt::format("https://{}{}", kIntake, target.site);
}

Shipment ship(const Batch& batch, const ExportTarget& target, const Origin& origin, UnixMs now) {
    Shipment shipment;
    Requests requests(target);
    JsonDocument document;
    for (const Row& row : batch.rows) {
        if (!document.parse(row.json) || !document.root().IsObject()) {
            shipment.unfit.push_back({row.id, "it is not a JSON object"});
            continue;
        }
        if (is_copied(document.root())) continue;
        const std::string entry = entry_of(batch, document.root(), origin, now);
        if (entry.size() <= kEntryMost)
            requests.add(entry);
        else
            shipment.unfit.push_back(
                {row.id, fmt::format("it is {} bytes as an entry, and Datadog cuts off what is above {}",
                                     entry.size(), kEntryMost)});
    }
    shipment.requests = requests.all();
    return shipment;
}

flush::Verdict judge(const flush::Reply& reply, const ExportTarget&, UnixMs now) {
    static constexpr Service kDatadog{"Datadog", "api_key", "site", "datadoghq.com, datadoghq.eu, …"};
    return judge_reply(kDatadog, reply, now);
}

}  // namespace

const Exporter& datadog_exporter() {
    static constexpr Exporter kExporter{
        "datadog", place, ship, judge, nullptr, kPastMost, {kEntriesMost, kRowBytesMost}};
    return kExporter;
}

}  // namespace kaizen::exporting
