#pragma once

// Batches of rows that a test writes itself, and what exporters are asked with.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/export/exporter.h"

namespace kaizen::test {

inline constexpr UnixMs kExportNow = 1'790'000'000'000;  // 2026-09-21T14:13:20Z

[[nodiscard]] outbox::Batch batch_of(proto::ingest::Kind kind, const std::vector<std::string>& rows);
[[nodiscard]] std::string key_of(proto::ingest::Kind kind);  // made at kExportNow; always the same

// Kinds of rows that no session makes.
[[nodiscard]] outbox::Batch snapshots();  // two days old
[[nodiscard]] outbox::Batch facts();

// Rows that no program of ours writes: members missing, of other types, numbers beyond every limit, no JSON.
[[nodiscard]] const std::vector<std::string>& hostile_rows();

[[nodiscard]] ExportTarget target_of(std::string type);  // its secrets have "canary" in them
[[nodiscard]] const exporting::Origin& origin();

inline constexpr std::string_view kCanaryKey = "phc_canary-0123456789abcdef";

}  // namespace kaizen::test
