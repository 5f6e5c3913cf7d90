#pragma once

// What an exporter is given after small sessions were read: the files in sessions/<agent>, which name a user,
// a machine and secrets, went the whole way from tail to outbox in a database of their own.

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/outbox/batch.h"

namespace kaizen::test {

struct NamedBatches {
    std::string name;  // "claude"
    std::vector<outbox::Batch> batches;
};

// Of each agent, as [sync] content says, and cut as small as a test likes. The same whenever it is called:
// keys of whole batches are those of hand_made.h.
[[nodiscard]] std::vector<NamedBatches> session_batches(const std::string& content,
                                                        std::int64_t rows_most = 500);

// The same for most tests: content = "text". With "repo", the kinds of rows that no session makes.
[[nodiscard]] const std::vector<NamedBatches>& all_batches();
[[nodiscard]] const outbox::Batch& claude_events();

[[nodiscard]] std::string session_files();  // all of them, with their paths
// What stands there and may never leave; what may, redacted, when content is "text" (commands always may).
[[nodiscard]] const std::vector<std::string>& secret_words();
[[nodiscard]] const std::vector<std::string>& spoken_words();

}  // namespace kaizen::test
