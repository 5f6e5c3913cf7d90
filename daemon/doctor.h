#pragma once

// Checks of this installation, each with its fix: what `kaizenctl doctor` shows. A check is a function and a
// row in a table. Worker thread: they look at files.

#include <vector>

#include "common/config.h"
#include "proto/control.h"

namespace kaizen {

// Of what [sync] says; nothing but one line when it is off. Never repeats a secret.
[[nodiscard]] std::vector<proto::Check> check_sync(const Config& config);

}  // namespace kaizen
