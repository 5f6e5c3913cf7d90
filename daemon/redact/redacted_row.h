#pragma once

// A row that may leave: the only thing the outbox takes in, and only Projection makes it. Immutable; any
// thread.

#include <string>
#include <utility>

#include "proto/ingest.h"

namespace kaizen::redact {

class RedactedRow {
  public:
    [[nodiscard]] proto::ingest::Kind kind() const { return kind_; }
    [[nodiscard]] const std::string& workspace_hash() const { return workspace_hash_; }
    [[nodiscard]] const std::string& json() const { return json_; }  // as it is sent

  private:
    friend class Projection;
    RedactedRow(proto::ingest::Kind kind, std::string workspace_hash, std::string json)
        : kind_(kind), workspace_hash_(std::move(workspace_hash)), json_(std::move(json)) {}

    proto::ingest::Kind kind_;
    std::string workspace_hash_;
    std::string json_;
};

}  // namespace kaizen::redact
