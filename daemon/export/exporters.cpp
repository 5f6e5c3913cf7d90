#include "daemon/export/exporters.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "common/id.h"
#include "daemon/export/datadog.h"
#include "daemon/export/file.h"
#include "daemon/export/otlp.h"
#include "daemon/export/posthog.h"

namespace kaizen::exporting {
namespace {

constexpr std::array kExporters = {otlp_exporter, posthog_exporter, datadog_exporter, file_exporter};

// No session and no workspace has this hash.
const std::string& no_hash() {
    static const std::string kHash = "blake3:" + std::string(64, '0');
    return kHash;
}

outbox::Batch test_batch(UnixMs now) {
    outbox::Batch batch;
    batch.key = uuid_v7(now);
    batch.workspace_hash = no_hash();
    batch.rows.push_back(
        {0, fmt::format(R"({{"session_id_hash":"{}","event_seq":0,"ts_ms":{},"agent":"kaizend",)"
                        R"("model":"unknown","kind":"lifecycle","source":"tail",)"
                        R"("payload":{{"name":"export_test"}}}})",
                        no_hash(), now)});
    return batch;
}

}  // namespace

const Exporter* find_exporter(std::string_view type) {
    for (const auto& exporter : kExporters) {
        if (exporter().type == type) return &exporter();
    }
    return nullptr;
}

Lateness lateness_of(const std::vector<ExportTarget>& targets) {
    Lateness late;
    for (const ExportTarget& target : targets) {
        const Exporter* exporter = find_exporter(target.type);
        if (exporter == nullptr || exporter->oldest == 0) continue;
        late.after = late.after == 0 ? exporter->oldest : std::min(late.after, exporter->oldest);
        late.exporters += (late.exporters.empty() ? "" : ", ") + target.name;
    }
    return late;
}

flush::Carrier carrier_of(const Exporter& exporter, const ExportTarget& target, const Origin& origin,
                          outbox::Limits limits) {
    flush::Carrier carrier;
    carrier.team_id = origin.team_id;
    carrier.limits = {std::min(limits.rows, exporter.most.rows),
                      std::min(limits.body_bytes, exporter.most.body_bytes)};
    carrier.pack = [ship = exporter.ship, target, origin](const outbox::Batch& batch, UnixMs now) {
        return ship(batch, target, origin, now);
    };
    carrier.judge = [judge = exporter.judge, target](const flush::Reply& reply, UnixMs now) {
        return judge(reply, target, now);
    };
    carrier.probe = [&exporter, target, origin](UnixMs now) {
        auto requests = exporter.ship(test_batch(now), target, origin, now).requests;
        return requests.empty() && exporter.probe != nullptr ? exporter.probe(target) : requests;
    };
    const bool takes_test = !exporter.ship(test_batch(0), target, origin, 0).requests.empty();
    carrier.works = takes_test ? "it took a test event" : "it takes what is sent there";
    return carrier;
}

}  // namespace kaizen::exporting
