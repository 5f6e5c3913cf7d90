#include "daemon/flush/ingest_carrier.h"

#include <string_view>

#include "common/version.h"
#include "daemon/flush/gzip.h"
#include "proto/ingest.h"

namespace kaizen::flush {
namespace {

// Puts on a request who asks, and the token.
Request introduced(Request request, const std::string& token) {
    request.headers.emplace_back("X-Kaizen-Client", std::string("kaizend/") + kVersion);
    if (token.empty()) return request;
    request.headers.emplace_back("Authorization", "Bearer " + token);
    request.secrets.push_back(token);
    return request;
}

Request request_of(const outbox::Batch& batch, const std::string& team_id) {
    std::vector<std::string_view> rows;
    rows.reserve(batch.rows.size());
    for (const outbox::Row& row : batch.rows) rows.push_back(row.json);
    Request request("POST", std::string(proto::ingest::path_of(batch.kind)));
    request.headers = {{"Content-Type", "application/json"},
                       {"Content-Encoding", "gzip"},
                       {"X-Kaizen-Idempotency-Key", batch.key}};
    request.body = gzip(proto::ingest::body_of(batch.kind, team_id, batch.workspace_hash, rows));
    return request;
}

}  // namespace

Carrier ingest_carrier(const std::string& team_id, const std::string& token, outbox::Limits limits) {
    Carrier carrier;
    carrier.team_id = team_id;
    carrier.limits = limits;
    carrier.pack = [team_id, token](const outbox::Batch& batch, UnixMs) {
        return Shipment{{introduced(request_of(batch, team_id), token)}, {}};
    };
    carrier.judge = judge;
    carrier.probe = [token](UnixMs) {
        return std::vector<Request>{introduced(Request("GET", "/v1/health"), token)};
    };
    carrier.works = "the server answers";
    carrier.overrides = introduced(Request("GET", "/v1/config"), token);
    return carrier;
}

}  // namespace kaizen::flush
