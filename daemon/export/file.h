#pragma once

// Batches as lines of a file (NDJSON). Pure; any thread; file_sink.h is what writes them.
//
//   {"batch":"<its key>","kind":"events","workspace_hash":"…","team_id":"…","row":{…}}
//
// `row` is what waited, as the ingest endpoint would get it. After a crash between writing and noting that it
// was written, a batch is written once more, under the same key and byte for byte: a reader who drops lines
// that he has already seen has every row once.

#include "daemon/export/exporter.h"

namespace kaizen::exporting {

[[nodiscard]] const Exporter& file_exporter();

}  // namespace kaizen::exporting
