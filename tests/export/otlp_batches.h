#pragma once

// Small batches as the outbox makes them of a session of each agent.

#include <string>
#include <vector>

#include "daemon/export/exporter.h"
#include "daemon/outbox/batch.h"

namespace kaizen::test {

struct NamedBatch {
    std::string name;  // "claude_events"
    outbox::Batch batch;
};

[[nodiscard]] std::vector<NamedBatch> agent_batches();

[[nodiscard]] outbox::Batch otlp_batch(proto::ingest::Kind kind, const std::vector<std::string>& rows);

// What the exporter makes of it; bodies unpacked.
struct Sent {
    std::string path, body;
};
[[nodiscard]] std::vector<Sent> otlp_requests(const outbox::Batch& batch);
[[nodiscard]] std::string otlp_body(const outbox::Batch& batch, const std::string& path);  // empty: no such

[[nodiscard]] std::string gunzip(const std::string& packed);

}  // namespace kaizen::test
