#include "daemon/export/otlp_metrics.h"

#include <algorithm>
#include <array>
#include <compare>
#include <map>

#include "daemon/export/otlp_json.h"
#include "daemon/export/otlp_names.h"

namespace kaizen::exporting::otlp {
namespace {

// Of the conventions. A value on a bound belongs to the bucket below it.
constexpr std::array<double, 14> kTokenBounds = {1,     4,     16,     64,      256,     1024,     4096,
                                                 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
constexpr std::array<double, 14> kSecondBounds = {0.01, 0.02, 0.04, 0.08,  0.16,  0.32,  0.64,
                                                  1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
constexpr int kDelta = 1;  // of OTLP's enum AggregationTemporality

struct Series {
    std::string_view operation, provider, model, token_type, error_type;

    auto operator<=>(const Series&) const = default;
};

struct Interval {
    UnixMs start, end;
};

struct Histogram {
    std::array<std::int64_t, 15> buckets{};
    std::int64_t count = 0;
    double sum = 0, least = 0, most = 0;
    Interval interval{};

    void record(double value, const std::array<double, 14>& bounds, Interval when);
};

void Histogram::record(double value, const std::array<double, 14>& bounds, Interval when) {
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
    ++buckets[static_cast<std::size_t>(bucket)];
    const bool first = count++ == 0;
    sum += value;
    least = first ? value : std::min(least, value);
    most = first ? value : std::max(most, value);
    interval.start = first ? when.start : std::min(interval.start, when.start);
    interval.end = first ? when.end : std::max(interval.end, when.end);
}

using Histograms = std::map<Series, Histogram>;

void write_point(JsonText& out, const Series& series, const Histogram& histogram,
                 const std::array<double, 14>& bounds) {
    out.StartObject();
    {
        Attributes attributes(out);
        attributes.text(name::operation, series.operation);
        attributes.text(name::provider, series.provider);
        attributes.text(name::request_model, series.model);
        attributes.text(name::token_type, series.token_type);
        attributes.text(name::error_type, series.error_type);
    }
    // An interval does not hold its own start: the last millisecond before the first row.
    time(out, "startTimeUnixNano", histogram.interval.start - 1);
    time(out, "timeUnixNano", histogram.interval.end);
    integer(out, "count", histogram.count);
    out.key("sum"), out.Double(histogram.sum);
    out.key("bucketCounts");
    out.StartArray();
    for (const std::int64_t bucket : histogram.buckets) out.string(std::to_string(bucket));
    out.EndArray();
    out.key("explicitBounds");
    out.StartArray();
    for (const double bound : bounds) out.Double(bound);
    out.EndArray();
    out.key("min"), out.Double(histogram.least);
    out.key("max"), out.Double(histogram.most);
    out.EndObject();
}

struct Instrument {
    std::string_view name, description, unit;
};

void write_metric(JsonText& out, const Instrument& instrument, const Histograms& histograms,
                  const std::array<double, 14>& bounds) {
    if (histograms.empty()) return;
    out.StartObject();
    text(out, "name", instrument.name);
    text(out, "description", instrument.description);
    text(out, "unit", instrument.unit);
    out.key("histogram");
    out.StartObject();
    out.key("dataPoints");
    out.StartArray();
    for (const auto& [series, histogram] : histograms) write_point(out, series, histogram, bounds);
    out.EndArray();
    out.key("aggregationTemporality"), out.Int(kDelta);
    out.EndObject();
    out.EndObject();
}

Histograms token_usage(const std::vector<Response>& responses) {
    Histograms histograms;
    for (const Response& response : responses) {
        const Actor& actor = response.first.actor;
        const auto record = [&](std::string_view type, std::optional<std::int64_t> tokens) {
            if (!tokens) return;
            const Series series{name::chat, actor.provider(), actor.model, type, {}};
            histograms[series].record(static_cast<double>(*tokens), kTokenBounds,
                                      {response.first.at, response.last_at});
        };
        record("input", response.used.input());
        record("output", response.used.output);
    }
    return histograms;
}

Histograms durations(const std::vector<ToolSpan>& spans) {
    constexpr double kMilli = 1e3;
    Histograms histograms;
    for (const ToolSpan& span : spans) {
        if (!span.duration_ms || !span.started_at || !span.ended_at) continue;
        const Series series{name::execute_tool, span.actor.provider(), span.actor.model, {}, span.error()};
        histograms[series].record(static_cast<double>(*span.duration_ms) / kMilli, kSecondBounds,
                                  {*span.started_at, *span.ended_at});
    }
    return histograms;
}

}  // namespace

std::string metrics_of(const Rows& rows, const std::vector<Response>& responses) {
    JsonText out;
    out.StartArray();
    write_metric(out, {name::token_usage, "Number of input and output tokens used.", "{token}"},
                 token_usage(responses), kTokenBounds);
    write_metric(out, {name::operation_duration, "GenAI operation duration.", "s"}, durations(rows.spans),
                 kSecondBounds);
    out.EndArray();
    const std::string list = out.str();
    return list == "[]" ? std::string() : list;
}

}  // namespace kaizen::exporting::otlp
