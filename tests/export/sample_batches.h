#pragma once

// Batches of a small session of each agent, as the outbox gives them, and what exporters are asked with.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/export/exporter.h"

namespace kaizen::test {

inline constexpr UnixMs kExportNow = 1'790'000'000'000;  // 2026-09-21T14:13:20Z

[[nodiscard]] outbox::Batch batch_of(proto::ingest::Kind kind, const std::vector<std::string>& rows);

[[nodiscard]] outbox::Batch claude_events();  // two responses, the first on two rows; content = "text"
[[nodiscard]] outbox::Batch claude_spans();   // one done, one failed, one orphaned
[[nodiscard]] outbox::Batch codex_events();   // usage on a row of its own; content = "metadata"
[[nodiscard]] outbox::Batch codex_spans();
[[nodiscard]] outbox::Batch cursor_events();  // no usage, no model
[[nodiscard]] outbox::Batch cursor_spans();
[[nodiscard]] outbox::Batch snapshots();  // two days old
[[nodiscard]] outbox::Batch facts();

// Of every kind and agent, with names.
struct NamedBatches {
    std::string name;  // "claude"
    std::vector<outbox::Batch> batches;
};
[[nodiscard]] std::vector<NamedBatches> all_batches();

// Rows that no program of ours writes: members missing, of other types, numbers beyond every limit, no JSON.
[[nodiscard]] const std::vector<std::string>& hostile_rows();

[[nodiscard]] ExportTarget target_of(std::string type);  // its key is kCanaryKey
[[nodiscard]] const exporting::Origin& origin();

inline constexpr std::string_view kCanaryKey = "phc_canary-0123456789abcdef";

}  // namespace kaizen::test
