#pragma once

// The part of doctor that needs no daemon: may it be reached, is it installed, and are its files this user's
// alone. Looks at files, and asks the service manager; changes nothing.

#include <optional>
#include <string>
#include <vector>

#include "ctl/commands.h"
#include "proto/control.h"

namespace kaizen::ctl {

// How the daemon answered.
struct DaemonAnswer {
    std::optional<proto::Doctor> doctor;  // nothing: it did not, or not as it should
    std::string version;                  // empty: unknown
    std::string problem;                  // why there is no answer
    std::string fix;
    bool runs = false;  // something answered
};

[[nodiscard]] std::vector<proto::Check> local_checks(const Call& call, const DaemonAnswer& daemon);

}  // namespace kaizen::ctl
