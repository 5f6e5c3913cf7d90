#pragma once

// The table of exporters, and a configured one as what flush sends with. Any thread.

#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "daemon/export/exporter.h"
#include "daemon/flush/carrier.h"

namespace kaizen::exporting {

// By the type that [[export.to]] names; null: there is none of that name.
[[nodiscard]] const Exporter* find_exporter(std::string_view type);

// Those of the targets that take old rows under the time of their arrival only (Exporter::oldest).
struct Lateness {
    UnixMs after = 0;       // the least age of such rows; 0: there is no such target
    std::string exporters;  // their names, with commas
};
[[nodiscard]] Lateness lateness_of(const std::vector<ExportTarget>& targets);

// Batches of at most `limits`, or less where the service wants less. Its probe is one event of an agent
// called kaizend, which says that it is a test.
[[nodiscard]] flush::Carrier carrier_of(const Exporter& exporter, const ExportTarget& target,
                                        const Origin& origin, outbox::Limits limits);

}  // namespace kaizen::exporting
