#include "daemon/outbox/lane.h"

#include <fmt/core.h>

#include "daemon/store/store.h"

namespace kaizen::outbox {

using proto::ingest::Kind;

bool is_known(const store::LaneRow& lane) { return lane.kind >= 0 && lane.kind < kKinds; }

Kind kind_of(const store::LaneRow& lane) {
    return is_known(lane) ? static_cast<Kind>(lane.kind) : Kind::events;
}

std::string name_of(const store::LaneRow& lane) {
    return is_known(lane) ? std::string(proto::ingest::name_of(kind_of(lane)))
                          : fmt::format("kind {}", lane.kind);
}

std::map<std::int64_t, store::LaneRow> lanes_by_id(store::Store& store) {
    std::map<std::int64_t, store::LaneRow> lanes;
    for (store::LaneRow& lane : store.outbox.lanes()) lanes.emplace(lane.id, std::move(lane));
    return lanes;
}

}  // namespace kaizen::outbox
