#include "daemon/export/otlp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/json.h"
#include "daemon/export/otlp_json.h"
#include "daemon/export/otlp_logs.h"
#include "daemon/export/otlp_metrics.h"
#include "daemon/export/otlp_rows.h"
#include "daemon/export/otlp_spans.h"
#include "daemon/flush/endpoint.h"
#include "daemon/flush/excerpt.h"
#include "daemon/flush/gzip.h"

namespace kaizen::exporting {
namespace {

using flush::Decision;
using flush::Reply;
using flush::Request;
using flush::Verdict;

constexpr std::size_t kMessageMost = 300;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

// What we or the sink say; a second one of these would break the request.
bool is_ours(const std::string& header) {
    constexpr std::array<std::string_view, 5> kOurs = {"content-type", "content-encoding", "content-length",
                                                       "transfer-encoding", "host"};
    return std::find(kOurs.begin(), kOurs.end(), lower(header)) != kOurs.end();
}

// Servers that write JSON may quote it with its slashes escaped, which base64 has.
void add_secret(Request& request, const std::string& secret) {
    request.secrets.push_back(secret);
    std::string escaped;
    for (const char c : secret) escaped += c == '/' ? std::string("\\/") : std::string(1, c);
    if (escaped != secret) request.secrets.push_back(std::move(escaped));
}

// Any header may be one that lets in; of "Bearer abc" a server may quote the second word alone.
void add_header(Request& request, const std::string& name, const std::string& value) {
    if (is_ours(name)) return;
    request.headers.emplace_back(name, value);
    if (value.empty()) return;
    add_secret(request, value);
    const std::size_t space = value.rfind(' ');
    if (space != std::string::npos && space + 1 < value.size()) add_secret(request, value.substr(space + 1));
}

Request request_to(std::string path, const std::string& body, const ExportTarget& target) {
    Request request("POST", std::move(path));
    request.headers = {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}};
    for (const auto& [name, value] : target.headers) add_header(request, name, value);
    request.body = flush::gzip(body);
    return request;
}

Result<std::string> place(const ExportTarget& target) {
    if (auto endpoint = flush::parse_endpoint(target.endpoint); !endpoint)
        return tl::unexpected(endpoint.error());
    return target.endpoint;
}

Shipment ship(const outbox::Batch& batch, const ExportTarget& target, const Origin& origin, UnixMs) {
    otlp::Rows rows = otlp::read_rows(batch);
    const std::vector<otlp::Response> responses = otlp::responses_of(rows.events);
    const otlp::Names& names = otlp::names_of(target.semconv);
    const otlp::Sender sender{origin, names, batch.workspace_hash};
    Shipment shipment;
    std::int64_t part = -1;
    const auto add = [&](const std::string& name, const otlp::Signal& signal, const std::string& items) {
        if (items.empty()) return;
        shipment.requests.push_back(request_to("/v1/" + name, request_of(signal, sender, items), target));
        shipment.requests.back().part = part;
    };
    for (const std::string& name : target.signals) {
        ++part;  // of the signal, also when there is none of it
        if (name == "traces")
            add(name, {"resourceSpans", "scopeSpans", "spans"}, otlp::spans_of(rows, responses, names));
        if (name == "logs")
            add(name, {"resourceLogs", "scopeLogs", "logRecords"}, otlp::logs_of(rows, names));
        if (name != "metrics") continue;
        const bool cumulative = target.temporality == "cumulative";
        auto metrics = otlp::metrics_of(
            rows, responses, sender, cumulative ? std::optional<std::string_view>(batch.told) : std::nullopt);
        add(name, {"resourceMetrics", "scopeMetrics", "metrics"}, metrics.list);
        shipment.told = std::move(metrics.told);
    }
    shipment.unfit = std::move(rows.unfit);
    return shipment;
}

// A test event is a log record. What has neither spans nor metrics in it is taken all the same.
std::vector<Request> probe(const ExportTarget& target) {
    std::vector<Request> requests;
    for (const std::string& name : target.signals) {
        const char* list = name == "traces" ? "resourceSpans"
                           : name == "logs" ? "resourceLogs"
                                            : "resourceMetrics";
        requests.push_back(request_to("/v1/" + name, fmt::format("{{\"{}\":[]}}", list), target));
    }
    return requests;
}

Verdict make(Decision decision, const char* reason, std::string title, std::string fix) {
    Verdict verdict;
    verdict.decision = decision;
    verdict.reason = reason;
    verdict.title = std::move(title);
    verdict.fix = std::move(fix);
    return verdict;
}

// A 64-bit number: a string in this encoding, but some servers write a number.
std::int64_t rejected_in(const JsonValue& partial) {
    for (const std::string_view key : {"rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"}) {
        std::int64_t count = find_int(partial, key).value_or(0);
        if (const auto digits = find_string(partial, key)) {
            const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), count);
            if (error != std::errc() || end != digits->data() + digits->size()) count = 0;
        }
        if (count > 0) return count;
    }
    return 0;
}

// What a server rejects here it will always reject: it is not sent again.
Verdict taken(const Reply& reply) {
    Verdict verdict = make(Decision::accepted, "accepted", "taken", "");
    JsonDocument answer;
    if (!answer.parse(reply.body)) return verdict;
    const JsonValue* partial = find_object(answer.root(), "partialSuccess");
    if (partial == nullptr) return verdict;
    const std::int64_t rejected = rejected_in(*partial);
    const std::string said =
        flush::excerpt(find_string(*partial, "errorMessage").value_or(std::string_view()), kMessageMost);
    if (rejected > 0) {
        verdict.reason = "partial_success";
        verdict.rejected = rejected;
        verdict.title = fmt::format("taken, but {} of it rejected", rejected);
    } else if (!said.empty()) {
        verdict.title = "taken, with a warning";
    }
    if (!said.empty()) verdict.title += ": " + said;
    return verdict;
}

// One that has other pipelines takes the other signals.
Verdict not_there(unsigned status, const ExportTarget& target) {
    const std::string signals = fmt::format("{}", fmt::join(target.signals, " and "));
    return make(
        Decision::pause, "wrong_endpoint", fmt::format("no OTLP receiver for {} there ({})", signals, status),
        fmt::format("leave {0} out of signals of this exporter if it is not to take them; else check its "
                    "endpoint: it is what stands before /v1/{1}",
                    signals, target.signals.front()));
}

Verdict paused(unsigned status, const ExportTarget& target) {
    switch (status) {
        case 401:
            return make(Decision::pause, "unauthorized",
                        "the collector does not accept the credentials (401)",
                        "check the headers of this exporter, and OTEL_EXPORTER_OTLP_HEADERS");
        case 403:
            return make(Decision::pause, "forbidden", "the credentials may not write here (403)",
                        "check the headers of this exporter, and OTEL_EXPORTER_OTLP_HEADERS");
        case 415:
            return make(Decision::pause, "unsupported_encoding", "the collector does not read JSON (415)",
                        "send to a receiver that takes OTLP/HTTP with JSON");
        case 404:
        case 405:
        case 410:
        case 501:
            return not_there(status, target);
    }
    return make(Decision::pause, "unexpected_status", fmt::format("the collector answers {}", status),
                "this is not how an OTLP receiver answers: check the endpoint, and any proxy before it");
}

// The body is a google.rpc.Status, or what a proxy says.
Verdict refused(const Reply& reply) {
    JsonDocument answer;
    std::string_view said = reply.body;
    if (answer.parse(reply.body)) said = find_string(answer.root(), "message").value_or(said);
    Verdict verdict =
        make(Decision::isolate, "refused", fmt::format("the collector refuses a row ({})", reply.status), "");
    verdict.refused.message = flush::excerpt(said, kMessageMost);
    if (!verdict.refused.message.empty()) verdict.title += ": " + verdict.refused.message;
    return verdict;
}

// An ExportServiceResponse, in JSON or as protobuf; some receivers answer with nothing at all.
bool is_otlp_body(const Reply& reply) {
    if (flush::is_web_page(reply)) return false;
    if (reply.body.empty() || lower(reply.content_type).starts_with("application/x-protobuf")) return true;
    JsonDocument answer;
    return answer.parse(reply.body) && answer.root().IsObject();
}

// Over plain http anybody on the way may answer.
bool is_of_another(const Reply& reply, Decision decision) {
    if (!reply.over_plain_http) return false;
    if (decision == Decision::accepted) return !is_otlp_body(reply);
    return decision == Decision::isolate && flush::is_web_page(reply);
}

Verdict answered(const Reply& reply, const ExportTarget& target) {
    constexpr std::array<unsigned, 7> kElsewhere = {401, 403, 404, 405, 410, 415, 501};
    const unsigned status = reply.status;
    if (status / 100 == 2) return taken(reply);
    const bool elsewhere = std::find(kElsewhere.begin(), kElsewhere.end(), status) != kElsewhere.end();
    if (elsewhere || status < 400 || status >= 600) return paused(status, target);
    return refused(reply);
}

// Again, and the same, exactly on the four statuses that OTLP names, and when there was no answer; 413: in
// halves; a redirect: pause. These as for the ingest endpoint.
bool is_as_everywhere(const Reply& reply) {
    constexpr std::array<unsigned, 5> kStatuses = {413, 429, 502, 503, 504};
    return reply.failure || reply.status / 100 == 3 ||
           std::find(kStatuses.begin(), kStatuses.end(), reply.status) != kStatuses.end();
}

// Beside those: credentials, a wrong place or encoding pause. All other errors are about what was sent: the
// row is looked for, and the same request never sent again.
Verdict judge(const Reply& reply, const ExportTarget& target, UnixMs now) {
    if (is_as_everywhere(reply)) return flush::judge(reply, now);
    Verdict verdict = answered(reply, target);
    if (is_of_another(reply, verdict.decision))
        return flush::answered_by_another(
            reply, "an OTLP receiver",
            "log in to the network, or check the endpoint of this exporter, and any proxy before it");
    verdict.status = reply.status;
    return verdict;
}

}  // namespace

const Exporter& otlp_exporter() {
    static constexpr Exporter kOtlp{"otlp", place, ship, judge, probe};
    return kOtlp;
}

}  // namespace kaizen::exporting
