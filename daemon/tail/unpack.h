#pragma once

// Session files that their agent compressed: Codex from 0.137 on does so with rollouts older than a week
// (rollout-….jsonl.zst). Worker thread.

#include <string>
#include <string_view>

#include "common/error.h"
#include "daemon/tail/file_identity.h"

namespace kaizen::tail {

[[nodiscard]] bool is_packed(std::string_view path);

// The text of a packed file, in a file without a name in `directory`, which only this process can open; else
// as `packed` is. At most a gigabyte: bad_input when there is more, or when it is no zstd data. internal when
// the system cannot.
[[nodiscard]] Result<OpenedFile> unpack(const OpenedFile& packed, const std::string& directory);

}  // namespace kaizen::tail
