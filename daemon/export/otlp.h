#pragma once

// OpenTelemetry over HTTP: a batch becomes up to three requests, for traces, logs and metrics, in the JSON
// encoding with the names of the GenAI conventions (otlp_names.h). Where it goes and with which headers is
// the target's: OTEL_EXPORTER_OTLP_ENDPOINT and _HEADERS are in it already (common/config). Pure; any thread.
//
// Over plain http a 2xx counts only with a JSON object, protobuf or nothing as its body, a refusal only when
// it is no web page; otherwise something else answers than a receiver, and that is a pause.
//
// A batch that comes again gives the same bytes, so its spans have the same ids; metrics of a repeat count
// twice. Sources: issue 6; OTLP specification 1.9; semantic conventions 1.41.1.

#include "daemon/export/exporter.h"

namespace kaizen::exporting {

[[nodiscard]] const Exporter& otlp_exporter();

}  // namespace kaizen::exporting
