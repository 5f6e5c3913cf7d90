#pragma once

// A place below which session files of one agent stand.

#include <string>

#include "daemon/parse/formats.h"

namespace kaizen::ingest {

struct Root {
    std::string path;  // absolute
    const parse::Format* format = nullptr;
    bool followed = true;
};

}  // namespace kaizen::ingest
