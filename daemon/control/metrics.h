#pragma once

// The status in the text format of Prometheus, for who wants to draw it over time. Names and numbers only: no
// paths, no texts. Pure; any thread.

#include <string>

#include "proto/control.h"

namespace kaizen::control {

[[nodiscard]] std::string metrics_text(const proto::Status& status);

}  // namespace kaizen::control
