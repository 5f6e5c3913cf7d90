#pragma once

// Lanes as the outbox speaks of them. Worker thread.

#include <cstdint>
#include <map>
#include <string>

#include "proto/ingest.h"

namespace kaizen::store {
struct LaneRow;
struct Store;
}  // namespace kaizen::store

namespace kaizen::outbox {

inline constexpr std::int64_t kKinds = 4;

// False: a newer kaizend, or damage, put it there.
[[nodiscard]] bool is_known(const store::LaneRow& lane);
[[nodiscard]] proto::ingest::Kind kind_of(const store::LaneRow& lane);  // of a known one
[[nodiscard]] std::string name_of(const store::LaneRow& lane);

[[nodiscard]] std::map<std::int64_t, store::LaneRow> lanes_by_id(store::Store& store);

}  // namespace kaizen::outbox
