#pragma once

// Batches as entries of Datadog's log intake: POST /api/v2/logs
// (docs.datadoghq.com/api/latest/logs/#send-logs). Pure; any thread; a full batch is worker work.
//
// An entry is a line for people (row_line.h), and the row's members as attributes: kaizen.<member>. It names
// no host; Datadog puts none in its place.
//
//   entries of a request   1 000        bytes of a request, before gzip   5 000 000
//   bytes of an entry      1 000 000    (above it Datadog cuts an entry off and answers 202: unfit)
//
// Datadog takes times from 18 hours ago to 2 hours ahead. A row from outside of that goes without one, which
// makes it the time of arrival, and has its own in kaizen.ts_ms, as every row that has a time. Datadog does
// not know what it has: of a batch that makes several requests, those that it took come again with the
// others.
//
// It is always spoken to over https.
//
// The key is ExportTarget::api_key; DD_API_KEY and DD_SITE are read by common/config, which hides secrets.

#include "daemon/export/exporter.h"

namespace kaizen::exporting {

[[nodiscard]] const Exporter& datadog_exporter();

}  // namespace kaizen::exporting
