#pragma once

// Who sits at this machine, as the machine itself tells: the password database, the host's name, and the git
// author of the user's own configuration. What cannot be read adds nothing. Any thread; blocks.

#include <string_view>

#include "common/paths.h"
#include "daemon/redact/redactor.h"

namespace kaizen::redact {

[[nodiscard]] Identity local_identity(const Env& env);

// [user] name and email of a git configuration. Sections that are included from other files are not.
void add_git_author(std::string_view config, Identity& identity);

}  // namespace kaizen::redact
