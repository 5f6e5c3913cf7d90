#pragma once

// The table of exporters, and a configured one as what flush sends with. Any thread.

#include <string>
#include <string_view>

#include "common/config.h"
#include "common/error.h"
#include "daemon/export/exporter.h"
#include "daemon/flush/carrier.h"

namespace kaizen::exporting {

// By the type that [[export.to]] names; null: there is none of that name.
[[nodiscard]] const Exporter* find_exporter(std::string_view type);

// Batches of at most `limits`, or less where the service wants less. Its probe is one event of an agent
// called kaizend, which says that it is a test.
[[nodiscard]] flush::Carrier carrier_of(const Exporter& exporter, const ExportTarget& target,
                                        const Origin& origin, outbox::Limits limits);

}  // namespace kaizen::exporting
