#pragma once

// The identity of a Claude record's first event, from the record's uuid alone: what `summary.leafUuid` names.

#include <cstdint>
#include <string_view>

#include "common/hash.h"

namespace kaizen::parse {

[[nodiscard]] constexpr std::uint64_t record_uid(std::string_view uuid) {
    return hash64(std::uint64_t{0}, hash64(uuid));
}

}  // namespace kaizen::parse
