#pragma once

// The reasons for which something below a root is not read, and how they are said. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/control.h"

namespace kaizen::proto {

struct LeftOutKind {
    std::string_view reason;
    std::string_view severity;  // of what is said about them; ok: nothing is lost
    std::string_view one;       // "symbolic link"
    std::string_view many;
    std::string_view title;  // a sentence about them
    std::string_view fix;    // empty: there is nothing to do
};

// Of a reason that is not known (of a newer daemon): one that says so.
[[nodiscard]] const LeftOutKind& left_out_kind(std::string_view reason);

// "3 symbolic links"
[[nodiscard]] std::string left_out_text(std::string_view reason, std::int64_t count);

// Of all sources together, one for each reason, in the order of the table. The example is one of any.
[[nodiscard]] std::vector<LeftOut> left_out_of(const std::vector<SourceStatus>& sources);

}  // namespace kaizen::proto
