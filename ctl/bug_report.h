#pragma once

// What somebody may show to others when something does not work: plain text without the content of sessions,
// secrets, names of people, machines and directories. What may stand in it is listed here and in the .cpp,
// not what may not.

#include <optional>
#include <string>
#include <vector>

#include "common/config.h"
#include "proto/control.h"

namespace kaizen::ctl {

struct BugFacts {
    std::string system;                   // Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x86_64
    std::string daemon_version;           // empty: it does not run
    std::optional<LoadedConfig> config;   // nothing: it cannot be read
    std::optional<proto::Status> status;  // nothing: the daemon does not answer
    std::vector<proto::Check> checks;
    std::string home;
    std::vector<std::string> names;  // of the user and the machine: a second fence
};

[[nodiscard]] std::string bug_report(const BugFacts& facts);

// Of this machine, and of who asks.
[[nodiscard]] std::string system_text();
[[nodiscard]] std::vector<std::string> names_to_hide(const Env& env);

}  // namespace kaizen::ctl
