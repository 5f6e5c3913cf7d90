#include "daemon/flush/ingest_carrier.h"

#include <string_view>
#include <utility>

#include "common/id.h"
#include "common/version.h"
#include "daemon/flush/gzip.h"
#include "daemon/flush/ingest_verdict.h"
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

// No workspace has this hash.
outbox::Batch empty_batch(UnixMs now) {
    outbox::Batch batch;
    batch.key = uuid_v7(now);
    batch.workspace_hash = "blake3:" + std::string(64, '0');
    return batch;
}

}  // namespace

Carrier ingest_carrier(const std::string& team_id, const std::string& token, outbox::Limits limits,
                       bool over_plain_http) {
    Carrier carrier;
    carrier.team_id = team_id;
    carrier.limits = limits;
    carrier.pack = [team_id, token](const outbox::Batch& batch, UnixMs) {
        return Shipment{{introduced(request_of(batch, team_id), token)}, {}, {}};
    };
    carrier.judge = judge_ingest;
    carrier.probe = [team_id, token, over_plain_http](UnixMs now) {
        Request question =
            over_plain_http ? request_of(empty_batch(now), team_id) : Request("GET", "/v1/health");
        return std::vector<Request>{introduced(std::move(question), token)};
    };
    carrier.works = "the server answers";
    carrier.overrides = introduced(Request("GET", "/v1/config"), token);
    return carrier;
}

}  // namespace kaizen::flush
