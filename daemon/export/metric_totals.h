#pragma once

// What metrics add up: of one batch (deltas), or of all that the receiver was told of the lane (cumulative),
// which is packed into a text from batch to batch. Whole numbers, so that nothing drifts: tokens,
// milliseconds, micro-dollars. Pure; any thread.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"

namespace kaizen::exporting::otlp {

enum class Metric : std::uint8_t {
    // Histograms of the conventions, in one release or the other.
    token_usage,
    input_tokens,
    output_tokens,
    operation_duration,
    tool_duration,
    turn_duration,
    // Sums of the conventions.
    input_usage,
    output_usage,
    cache_read_usage,
    cache_write_usage,
    reasoning_usage,
    // Sums of our own.
    tokens,
    cost,
};

// Of the conventions. A value on a bound belongs to the bucket below it.
using Bounds = std::span<const std::int64_t>;
[[nodiscard]] Bounds bounds_of(Metric metric);  // empty: it is a sum

struct Series {
    Metric metric = Metric::tokens;
    // Empty: not said.
    std::string operation = {}, provider = {}, model = {}, token_type = {}, error_type = {};
    std::string modality = {}, agent = {}, tool = {}, tool_type = {};

    auto operator<=>(const Series&) const = default;
};

struct Interval {
    UnixMs start, end;
};

struct Total {
    std::int64_t count = 0, sum = 0, least = 0, most = 0;
    std::vector<std::int64_t> buckets = {};  // one more than bounds; none of a sum
    UnixMs start = 0, end = 0;
};

class MetricTotals {
  public:
    // `told`: what pack() gave the last time, empty the first time; nothing: deltas. What cannot be read
    // begins anew, as a new start time says. `at`: when the batch was put together, which is when it is told
    // of.
    MetricTotals(std::optional<std::string_view> told, UnixMs at);

    [[nodiscard]] bool is_cumulative() const { return cumulative_; }
    void record(Series series, std::int64_t value, Interval when);

    using Entry = std::map<Series, Total>::value_type;
    [[nodiscard]] std::vector<const Entry*> changed(Metric metric) const;
    [[nodiscard]] std::string pack() const;

  private:
    void unpack(std::string_view told);

    bool cumulative_;
    UnixMs at_;
    std::map<Series, Total> totals_;
    std::set<Series> changed_;
};

}  // namespace kaizen::exporting::otlp
