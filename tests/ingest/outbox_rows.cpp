#include "tests/ingest/outbox_rows.h"

#include <limits>

#include "daemon/ingest/backfill.h"

namespace kaizen::test {

std::shared_ptr<ingest::Gate> open_gate() {
    Config config;
    config.sync.endpoint = "https://ingest.test";
    config.sync.team_salt_hex = std::string(64, '1');
    config.sync.exclude.clear();
    return std::move(*ingest::Gate::make(config, {}));
}

std::multiset<std::string> rows_of(store::Store& store, proto::ingest::Kind kind) {
    std::multiset<std::string> rows;
    for (const store::LaneRow& lane : store.outbox.lanes()) {
        if (lane.kind != static_cast<std::int64_t>(kind)) continue;
        store.outbox.each(lane.id, 0, std::numeric_limits<std::int64_t>::max(), [&](store::WaitingRow row) {
            rows.insert(std::move(row.row));
            return true;
        });
    }
    return rows;
}

void send_all(SessionHome& home) {
    ingest::Outbound& outbound = home.ingest().outbound();
    outbound.use_gate(open_gate());
    ingest::Backfill backfill(home.store(), home.ingest().writer(), {});
    while (backfill.step()) {
    }
}

}  // namespace kaizen::test
