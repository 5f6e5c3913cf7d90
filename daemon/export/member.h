#pragma once

// Who a team's receivers count as one person: a user on a machine, as a hash of both with the team's salt
// (spec "wire", section Hashes). Neither the machine's id nor the user's leaves, and without the salt nobody
// can tell what they were. Any thread; local_member() reads a file.

#include <string>
#include <string_view>

#include "proto/team_hash.h"

namespace kaizen::exporting {

[[nodiscard]] std::string member_of(const proto::TeamHash& hash, std::string_view machine, unsigned user);

// Of whoever runs this program. Where the machine has no id, its name is one.
[[nodiscard]] std::string local_member(const proto::TeamHash& hash);

}  // namespace kaizen::exporting
