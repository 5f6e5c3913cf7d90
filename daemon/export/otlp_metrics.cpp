#include "daemon/export/otlp_metrics.h"

#include <array>

#include "daemon/export/metric_totals.h"

namespace kaizen::exporting::otlp {
namespace {

// The numbers of OTLP's enum AggregationTemporality.
constexpr int kDelta = 1;
constexpr int kCumulative = 2;

constexpr Instrument kTokens = {"kaizen.usage.tokens", "Tokens by class, each once.", "{token}"};
constexpr Instrument kCost = {"kaizen.usage.cost",
                              "Cost of model responses, as far as their prices are known.", "{USD}"};

const Instrument& instrument_of(Metric metric, const Names& names) {
    switch (metric) {
        case Metric::token_usage:
            return names.token_usage;
        case Metric::input_tokens:
            return names.input_tokens;
        case Metric::output_tokens:
            return names.output_tokens;
        case Metric::operation_duration:
            return names.operation_duration;
        case Metric::tool_duration:
            return names.tool_duration;
        case Metric::turn_duration:
            return names.turn_duration;
        case Metric::input_usage:
            return names.input_usage;
        case Metric::output_usage:
            return names.output_usage;
        case Metric::cache_read_usage:
            return names.cache_read_usage;
        case Metric::cache_write_usage:
            return names.cache_write_usage;
        case Metric::reasoning_usage:
            return names.reasoning_usage;
        case Metric::tokens:
            return kTokens;
        case Metric::cost:
            break;
    }
    return kCost;
}

// How many of what is added up make one of the instrument's unit.
double unit_of(const Instrument& instrument) {
    if (instrument.unit == "s") return 1e3;
    return instrument.unit == kCost.unit ? 1e6 : 1;
}

// The workspace stands in the resource, too, of which Prometheus keeps no more than service and instance:
// then those of two workspaces would be one series.
void write_attributes(JsonText& out, const Series& series, const Sender& sender) {
    Attributes attributes(out);
    attributes.text(name::workspace_hash, sender.workspace_hash);
    attributes.text(name::operation, series.operation);
    attributes.text(name::provider, series.provider);
    attributes.text(name::agent_name, series.agent);
    attributes.text(name::request_model, series.model);
    attributes.text(name::tool_name, series.tool);
    attributes.text(name::tool_type, series.tool_type);
    attributes.text(series.metric == Metric::tokens ? name::token_class : name::token_type,
                    series.token_type);
    attributes.text(name::token_modality, series.modality);
    attributes.text(name::error_type, series.error_type);
}

void write_histogram(JsonText& out, double unit, Bounds bounds, const Total& total) {
    const auto in_units = [unit](std::int64_t value) { return static_cast<double>(value) / unit; };
    integer(out, "count", total.count);
    out.key("sum"), out.Double(in_units(total.sum));
    out.key("bucketCounts");
    out.StartArray();
    for (const std::int64_t bucket : total.buckets) out.string(std::to_string(bucket));
    out.EndArray();
    out.key("explicitBounds");
    out.StartArray();
    for (const std::int64_t bound : bounds) out.Double(in_units(bound));
    out.EndArray();
    out.key("min"), out.Double(in_units(total.least));
    out.key("max"), out.Double(in_units(total.most));
}

void write_sum(JsonText& out, double unit, const Total& total) {
    if (unit == 1)
        integer(out, "asInt", total.sum);
    else
        out.key("asDouble"), out.Double(static_cast<double>(total.sum) / unit);
}

void write_metric(JsonText& out, Metric metric, const Sender& sender, const MetricTotals& totals) {
    const std::vector<const MetricTotals::Entry*> changed = totals.changed(metric);
    if (changed.empty()) return;
    const Instrument& instrument = instrument_of(metric, sender.names);
    const Bounds bounds = bounds_of(metric);
    const double unit = unit_of(instrument);
    out.StartObject();
    text(out, "name", instrument.name);
    text(out, "description", instrument.description);
    text(out, "unit", instrument.unit);
    out.key(bounds.empty() ? "sum" : "histogram");
    out.StartObject();
    out.key("dataPoints");
    out.StartArray();
    for (const auto* entry : changed) {
        const auto& [series, total] = *entry;
        out.StartObject();
        write_attributes(out, series, sender);
        // An interval does not hold its own start: the last millisecond before it.
        time(out, "startTimeUnixNano", total.start - 1);
        time(out, "timeUnixNano", total.end);
        bounds.empty() ? write_sum(out, unit, total) : write_histogram(out, unit, bounds, total);
        out.EndObject();
    }
    out.EndArray();
    out.key("aggregationTemporality"), out.Int(totals.is_cumulative() ? kCumulative : kDelta);
    // A cost is taken back where a later line of the response says another price.
    if (bounds.empty()) out.key("isMonotonic"), out.Bool(metric != Metric::cost);
    out.EndObject();
    out.EndObject();
}

std::string owned(std::string_view view) { return std::string(view); }

class Recorder {
  public:
    Recorder(MetricTotals& totals, const Names& names) : totals_(totals), names_(names) {}

    void add(const Response& response);
    void add(const ToolSpan& span);
    void add_turn(const Event& event);

  private:
    void record(Series series, const std::optional<std::int64_t>& value, Interval when) {
        if (value && !instrument_of(series.metric, names_).name.empty())
            totals_.record(std::move(series), *value, when);
    }

    MetricTotals& totals_;
    const Names& names_;
};

void Recorder::add(const Response& response) {
    const Actor& actor = response.first.actor;
    const Interval when{response.first.at, response.last_at};
    const auto add = [&](Metric metric, const std::optional<std::int64_t>& value, const char* type = "") {
        const bool ours = metric == Metric::tokens || metric == Metric::cost;
        Series series{metric, ours ? "" : owned(name::chat), owned(actor.provider()), owned(actor.model),
                      type};
        // No agent says how many of its tokens are text.
        if (metric >= Metric::input_usage && !ours) series.modality = name::unknown;
        record(std::move(series), value, when);
    };
    const Usage& used = response.used;
    add(Metric::token_usage, used.input(), "input");
    add(Metric::token_usage, used.output, "output");
    add(Metric::input_tokens, used.input());
    add(Metric::output_tokens, used.output);
    add(Metric::input_usage, used.input());
    add(Metric::output_usage, used.output);
    add(Metric::cache_read_usage, used.cache_read);
    add(Metric::cache_write_usage, used.cache_creation);
    add(Metric::reasoning_usage, used.reasoning);
    add(Metric::tokens, used.uncached, "input");
    add(Metric::tokens, used.cache_read, "cache_read");
    add(Metric::tokens, used.cache_creation, "cache_write");
    add(Metric::tokens, used.output, "output");
    add(Metric::tokens, used.reasoning, "reasoning");
    add(Metric::cost, used.cost_usd_e6);
    if (response.is_timed) add(Metric::operation_duration, response.last_at - response.first.at);
}

// Where tools have an instrument of their own, the other one is of models alone.
void Recorder::add(const ToolSpan& span) {
    if (!span.started_at || !span.ended_at) return;
    const Interval when{*span.started_at, *span.ended_at};
    Series series{Metric::tool_duration};
    series.error_type = span.error();
    if (names_.tool_duration.name.empty()) {
        series.metric = Metric::operation_duration;
        series.operation = name::execute_tool;
        series.provider = span.actor.provider();
        series.model = span.actor.model;
    } else {
        series.agent = span.actor.agent_name();
        series.tool = span.tool;
        series.tool_type = name::function;
    }
    record(std::move(series), span.duration_ms, when);
}

// Of turns of which both ends are known.
void Recorder::add_turn(const Event& event) {
    const JsonValue* ended = event.payload == nullptr ? nullptr : find_object(*event.payload, "ended_turn");
    const auto start = ended == nullptr ? std::nullopt : time_in(*ended, "started_at_ms");
    const auto end = ended == nullptr ? std::nullopt : time_in(*ended, "ended_at_ms");
    if (!start || !end || *end < *start || count_in(*ended, "turn").value_or(0) == 0) return;
    Series series{Metric::turn_duration, owned(name::invoke_agent)};
    series.agent = event.actor.agent_name();
    record(std::move(series), *end - *start, {*start, *end});
}

}  // namespace

Metrics metrics_of(const Rows& rows, const std::vector<Response>& responses, const Sender& sender,
                   std::optional<std::string_view> told) {
    MetricTotals totals(told, rows.observed_at.value_or(0));
    Recorder recorder(totals, sender.names);
    for (const Response& response : responses) recorder.add(response);
    for (const ToolSpan& span : rows.spans) recorder.add(span);
    for (const Event& event : rows.events) recorder.add_turn(event);
    JsonText out;
    out.StartArray();
    for (int metric = 0; metric <= static_cast<int>(Metric::cost); ++metric)
        write_metric(out, static_cast<Metric>(metric), sender, totals);
    out.EndArray();
    Metrics metrics{out.str(), totals.is_cumulative() ? totals.pack() : ""};
    if (metrics.list == "[]") metrics.list.clear();
    return metrics;
}

}  // namespace kaizen::exporting::otlp
