#include "daemon/receivers.h"

#include <fmt/core.h>

#include <utility>

#include "common/small_file.h"
#include "common/text.h"
#include "common/version.h"
#include "daemon/export/exporters.h"
#include "daemon/export/file_sink.h"
#include "daemon/export/member.h"
#include "daemon/flush/endpoint.h"
#include "daemon/flush/http_sink.h"
#include "daemon/flush/ingest_carrier.h"
#include "daemon/flush/proxy.h"

namespace kaizen {
namespace {

// What all of them are made with.
struct Ground {
    const Config& config;
    const Env& env;
    const boost::asio::any_io_executor& executor;
    runtime::Worker& worker;
};

Result<std::string> token_of(const Config::Sync& sync) {
    if (!sync.team_token.empty() || sync.team_token_file.empty()) return sync.team_token;
    const auto file = read_small_file(sync.team_token_file);
    if (!file) return tl::unexpected(file.error());
    if (!*file) return fail(ErrorCode::bad_input, "sync.team_token_file: no file " + sync.team_token_file);
    return std::string(trim((*file)->text));
}

Result<std::shared_ptr<flush::Sink>> http_sink(const Ground& ground, const std::string& url) {
    const Config::Sync& sync = ground.config.sync;
    auto endpoint = flush::parse_endpoint(url);
    if (!endpoint) return tl::unexpected(endpoint.error());
    auto proxy = flush::proxy_for(*endpoint, ground.env);
    if (!proxy) return tl::unexpected(proxy.error());
    flush::HttpSinkOptions options;
    options.connect_timeout = std::chrono::milliseconds(sync.connect_timeout_ms);
    options.request_timeout = std::chrono::milliseconds(sync.request_timeout_ms);
    return std::shared_ptr<flush::Sink>(flush::make_http_sink(
        ground.executor, ground.worker, {std::move(*endpoint), std::move(*proxy), sync.ca_file}, options));
}

outbox::Limits limits_of(const Config::Sync& sync) {
    return {sync.events_per_batch_max, sync.max_body_bytes};
}

// Without a salt nothing is sent (Sync::make_gate).
std::string member_in(const Config::Sync& sync) {
    const auto hash = proto::TeamHash::with_salt(sync.team_salt_hex);
    return hash ? exporting::local_member(*hash) : std::string();
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

Result<> plan_endpoint(const Ground& ground, flush::Settings& settings) {
    const Config::Sync& sync = ground.config.sync;
    settings.name = "endpoint";
    settings.endpoint = without_slash(sync.endpoint);
    settings.in_flight = static_cast<std::size_t>(sync.max_in_flight);
    settings.decides = ground.config.exporters.fail_open;
    auto sink = http_sink(ground, sync.endpoint);
    if (!sink) return fail(ErrorCode::bad_input, "sync.endpoint: " + sink.error().message, sink.error().hint);
    auto token = token_of(sync);
    if (!token) return tl::unexpected(token.error());
    const bool over_plain_http = !flush::parse_endpoint(sync.endpoint)->tls;
    settings.carrier = flush::ingest_carrier(sync.team_id, *token, limits_of(sync), over_plain_http);
    settings.sink = std::move(*sink);
    return {};
}

struct Destination {
    std::string name;
    ExportTarget target;
};

// What a Collector has no pipeline for, or is slow with, holds up no other signal.
std::vector<Destination> destinations_of(const ExportTarget& target) {
    if (target.type != "otlp") return {{target.name, target}};
    std::vector<Destination> destinations;
    for (const std::string& signal : target.signals) {
        Destination& one = destinations.emplace_back(Destination{signal_name(target.name, signal), target});
        one.target.signals = {signal};
    }
    return destinations;
}

Result<> plan_exporter(const Ground& ground, const Destination& destination, flush::Settings& settings) {
    const ExportTarget& target = destination.target;
    const Config::Exporters& exporters = ground.config.exporters;
    const exporting::Exporter* exporter = exporting::find_exporter(target.type);
    if (exporter == nullptr) return fail(ErrorCode::bad_input, "no such type of exporter: " + target.type);
    settings.name = destination.name;
    settings.in_flight = 1;
    settings.decides = false;
    // Without an endpoint nobody else has the rows: none is given up.
    if (exporters.fail_open && !ground.config.sync.endpoint.empty())
        settings.backlog_max = exporters.backlog_max;
    auto place = exporter->place(target);
    if (!place) return tl::unexpected(place.error());
    settings.endpoint = without_slash(*place);
    if (target.type == "file") {
        settings.sink = exporting::make_file_sink(ground.worker, *place, target.max_bytes);
    } else {
        auto sink = http_sink(ground, *place);
        if (!sink) return tl::unexpected(sink.error());
        settings.sink = std::move(*sink);
    }
    settings.carrier = exporting::carrier_of(
        *exporter, target, {ground.config.sync.team_id, kVersion, member_in(ground.config.sync)},
        limits_of(ground.config.sync));
    return {};
}

void finish(const Ground& ground, Result<> planned, PlannedReceiver& receiver) {
    receiver.settings.interval = std::chrono::milliseconds(ground.config.sync.flush_interval_ms);
    if (planned) return;
    receiver.settings.sink.reset();
    receiver.problem = std::move(planned.error());
    if (!receiver.name.empty())
        receiver.problem->message = fmt::format("exporter {}: {}", receiver.name, receiver.problem->message);
}

}  // namespace

std::vector<PlannedReceiver> plan_receivers(const Config& config, const Env& env,
                                            const boost::asio::any_io_executor& executor,
                                            runtime::Worker& worker) {
    const Ground ground{config, env, executor, worker};
    std::vector<PlannedReceiver> plan;
    if (!config.sync.endpoint.empty()) {
        PlannedReceiver& endpoint = plan.emplace_back();
        endpoint.receiver = outbox::kIngest;
        finish(ground, plan_endpoint(ground, endpoint.settings), endpoint);
    }
    for (const ExportTarget& target : config.exporters.to) {
        for (const Destination& destination : destinations_of(target)) {
            PlannedReceiver& exporter = plan.emplace_back();
            exporter.receiver = outbox::exporter_receiver(destination.name);
            exporter.name = destination.name;
            exporter.type = target.type;
            finish(ground, plan_exporter(ground, destination, exporter.settings), exporter);
        }
    }
    return plan;
}

}  // namespace kaizen
