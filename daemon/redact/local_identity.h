#pragma once

#include "common/paths.h"
#include "daemon/redact/redactor.h"

namespace kaizen::redact {

[[nodiscard]] Identity local_identity(const Env& env);

}  // namespace kaizen::redact
