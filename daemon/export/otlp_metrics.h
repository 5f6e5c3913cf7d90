#pragma once

// Metrics: those of the conventions' instruments that rows tell of, and two sums of our own, of tokens by
// class and of cost, which agree with what `kaizenctl usage` shows. Cumulative, unless the target wants
// deltas: each point says all that the receiver was told since a start, which is what most back ends keep.
// That is carried from batch to batch as the outbox keeps it (Batch::told), so that a batch that comes again
// says the same. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/export/otlp_json.h"
#include "daemon/export/otlp_rows.h"

namespace kaizen::exporting::otlp {

struct Metrics {
    std::string list;  // a JSON list; empty text when there is none
    std::string told;  // cumulative: what the next batch of the lane begins with
};

// `told`: what the batch before it left; nothing: deltas are wanted.
[[nodiscard]] Metrics metrics_of(const Rows& rows, const std::vector<Response>& responses,
                                 const Sender& sender, std::optional<std::string_view> told);

}  // namespace kaizen::exporting::otlp
