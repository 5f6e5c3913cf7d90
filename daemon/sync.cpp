#include "daemon/sync.h"

#include "common/small_file.h"
#include "common/text.h"
#include "daemon/flush/endpoint.h"
#include "daemon/flush/http_sink.h"
#include "daemon/flush/proxy.h"

namespace kaizen {
namespace {

Result<std::string> token_of(const Config::Sync& sync) {
    if (!sync.team_token.empty() || sync.team_token_file.empty()) return sync.team_token;
    const auto file = read_small_file(sync.team_token_file);
    if (!file) return tl::unexpected(file.error());
    if (!*file) return fail(ErrorCode::bad_input, "sync.team_token_file: no file " + sync.team_token_file);
    return std::string(trim((*file)->text));
}

}  // namespace

Result<flush::Settings> flush_settings(const Config& config, const Env& env,
                                       const boost::asio::any_io_executor& executor,
                                       runtime::Worker& worker) {
    const Config::Sync& sync = config.sync;
    flush::Settings settings;
    if (sync.endpoint.empty()) return settings;
    auto endpoint = flush::parse_endpoint(sync.endpoint);
    if (!endpoint)
        return fail(ErrorCode::bad_input, "sync.endpoint: " + endpoint.error().message,
                    endpoint.error().hint);
    auto proxy = flush::proxy_for(*endpoint, env);
    if (!proxy) return tl::unexpected(proxy.error());
    auto token = token_of(sync);
    if (!token) return tl::unexpected(token.error());
    settings.endpoint = sync.endpoint;
    while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
    settings.sender = {sync.team_id, *token, {sync.events_per_batch_max, sync.max_body_bytes}};
    settings.interval = std::chrono::milliseconds(sync.flush_interval_ms);
    settings.in_flight = static_cast<std::size_t>(sync.max_in_flight);
    flush::HttpSinkOptions options;
    options.connect_timeout = std::chrono::milliseconds(sync.connect_timeout_ms);
    options.request_timeout = std::chrono::milliseconds(sync.request_timeout_ms);
    settings.sink = flush::make_http_sink(executor, worker,
                                          {std::move(*endpoint), std::move(*proxy), sync.ca_file}, options);
    return settings;
}

}  // namespace kaizen
