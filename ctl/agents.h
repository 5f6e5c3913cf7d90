#pragma once

// What the daemon cannot see under the protections of its service: the environments of other processes. Then
// kaizenctl looks itself, which runs as its user does.

#include <string>

#include "proto/control.h"

namespace kaizen::ctl {

// Does nothing where the daemon could see. Otherwise what is found stands in `agents` and in `health`, as the
// daemon would have put it.
void look_where_it_was_hidden(proto::Status& status, const std::string& config_file);

}  // namespace kaizen::ctl
