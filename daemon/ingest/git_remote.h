#pragma once

// Where a workspace was cloned from. The only thing that is ever read from inside a watched repository, only
// when rows may leave, and it leaves as a hash: so that two machines with the same clone join (spec "wire",
// workspace_hash). Blocks; worker thread.

#include <optional>
#include <string>

namespace kaizen::ingest {

// The URL of the remote "origin" in the configuration of the repository at `root` (its own, that of its main
// worktree, or of a submodule); nothing when there is none or it cannot be read. Follows what git follows:
// "gitdir:" and links (`repo` and git-new-workdir share a configuration by a link). To refuse links would
// keep nobody in: whoever can make one there can write a "gitdir:", or the URL itself.
[[nodiscard]] std::optional<std::string> git_remote(const std::string& root);

}  // namespace kaizen::ingest
