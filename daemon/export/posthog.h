#pragma once

// Batches as PostHog takes them: POST /batch/, and its names for what language models do
// (posthog.com/docs/llm-analytics/manual-capture). Pure; any thread; a full batch is worker work.
//
// Every row becomes one event, of the same uuid whenever it is sent; of such PostHog keeps one, in the end.
//   $ai_generation   the first row of a model response that says what the response used. It has the sum over
//                    all rows of that response in the batch, so that those of two batches add up.
//   $ai_span         a tool span
//   kaizen.<kind>    any other row, and the other rows of a response, without the numbers that its generation
//                    has: events add up to what was used, and no more
// Members of a row that have no name at PostHog go as kaizen.<member>. The person is the member of the team
// (Origin::member), of whom PostHog makes no profile.
//
// Rows that were older than 48 hours when their batch was put together go in a request of their own, marked
// as historical_migration, so that a backfill does not look like a spike (posthog.com/docs/migrate).
//
// PostHog answers 200 and drops events above 1 MB or without a time that it believes: those rows are unfit.
//
// Over plain http a 2xx counts only with PostHog's body, a JSON object with "status" (service.h).
//
// The key is ExportTarget::api_key. That it may come from POSTHOG_API_KEY is common/config's: so it is
// checked and hidden there like every other secret, and nobody here needs the environment.

#include "daemon/export/exporter.h"

namespace kaizen::exporting {

[[nodiscard]] const Exporter& posthog_exporter();

}  // namespace kaizen::exporting
