#pragma once

// What of which session may leave, and in which shape: the configuration's [sync] and [redact] in force.
// Immutable but for what it has looked up; worker thread.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "common/workspace_aliases.h"
#include "daemon/redact/projection.h"
#include "daemon/redact/redactor.h"
#include "daemon/session/session_state.h"
#include "proto/team_hash.h"

namespace kaizen::ingest {

enum class Fate : std::uint8_t {
    leaves,
    excluded,
    sampled_out,
    unplaced,  // its workspace is not known, so it could be an excluded one
};

class Gate {
  public:
    // Fails on a salt that is none and on a rule that cannot be used. Without a salt hashes are made with 32
    // zero bytes: good enough to show what would leave, not to send it.
    [[nodiscard]] static Result<std::unique_ptr<Gate>> make(const Config& config,
                                                            const redact::Identity& local);

    [[nodiscard]] bool enabled() const { return enabled_; }  // there is somebody to send to, and a salt
    [[nodiscard]] bool salted() const { return !sync_.team_salt_hex.empty(); }
    [[nodiscard]] const Config::Sync& sync() const { return sync_; }

    [[nodiscard]] Fate fate(const session::SessionState& state) const;
    [[nodiscard]] const redact::Projection& projection() const { return projection_; }
    [[nodiscard]] const WorkspaceAliases& aliases() const { return aliases_; }
    // That of what the workspace counts as.
    [[nodiscard]] const std::string& workspace_hash(const std::string& workspace);
    [[nodiscard]] std::string session_hash(const std::string& id) const { return hash_.session(id); }

  private:
    Gate(const Config& config, const redact::Identity& local, redact::UserRules rules, proto::TeamHash hash,
         std::string salt);

    Config::Sync sync_;
    WorkspaceAliases aliases_;
    bool enabled_;
    proto::TeamHash hash_;
    redact::Redactor redactor_;
    redact::Projection projection_;
    std::unordered_map<std::string, std::string> workspaces_;  // hashes
};

}  // namespace kaizen::ingest
