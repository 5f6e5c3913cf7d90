#pragma once

// OpenTelemetry over HTTP: a batch becomes a request for each signal of the target (traces, logs, metrics),
// in the JSON encoding, with the names of the GenAI conventions in the release that the target wants
// (otlp_names.h). Rows are sent signal by
// signal, to receivers of their own (daemon/receivers.h): what a Collector has no pipeline for holds up
// nothing else. Where it goes and with which headers is the target's: OTEL_EXPORTER_OTLP_ENDPOINT and
// _HEADERS are in it already (common/config). Pure; any thread.
//
// Over plain http a 2xx counts only with a JSON object, protobuf or nothing as its body, a refusal only when
// it is no web page; otherwise something else answers than a receiver, and that is a pause.
//
// A batch that comes again gives the same bytes, so its spans have the same ids; metrics of a repeat count
// twice. Sources: OTLP specification 1.9; otlp_names.cpp for the conventions.

#include "daemon/export/exporter.h"

namespace kaizen::exporting {

[[nodiscard]] const Exporter& otlp_exporter();

}  // namespace kaizen::exporting
