#include "daemon/export/metric_totals.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/json.h"

namespace kaizen::exporting::otlp {
namespace {

constexpr std::array<std::int64_t, 14> kTokenBounds = {
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
constexpr std::array<std::int64_t, 14> kDurationBounds = {10,   20,   40,   80,    160,   320,   640,
                                                          1280, 2560, 5120, 10240, 20480, 40960, 81920};

constexpr std::array<std::int64_t, 13> kTurnBounds = {100,   200,   400,   800,    1600,   3200,  6400,
                                                      12800, 25600, 51200, 102400, 204800, 409600};

constexpr std::size_t kMostSeries = 1000;  // of a lane; session files may name any number of models
constexpr const char* kOther = "_OTHER";

constexpr rapidjson::SizeType kTexts = 9;
constexpr rapidjson::SizeType kNumbers = 6;

template <class Some, class Visit>
void each_text(Some& series, Visit&& visit) {
    for (auto* text : {&series.operation, &series.provider, &series.model, &series.token_type,
                       &series.error_type, &series.modality, &series.agent, &series.tool, &series.tool_type})
        visit(*text);
}

template <class Some, class Visit>
void each_number(Some& total, Visit&& visit) {
    for (auto* number : {&total.count, &total.sum, &total.least, &total.most, &total.start, &total.end})
        visit(*number);
    for (auto& bucket : total.buckets) visit(bucket);
}

Total empty_total(Metric metric) {
    Total total;
    const Bounds bounds = bounds_of(metric);
    if (!bounds.empty()) total.buckets.resize(bounds.size() + 1);
    return total;
}

bool read(const JsonValue& from, Series& series, Total& total) {
    if (!from.IsArray() || from.Size() == 0 || !from[0].IsInt()) return false;
    const int metric = from[0].GetInt();
    if (metric < 0 || metric > static_cast<int>(Metric::cost)) return false;
    series.metric = static_cast<Metric>(metric);
    total = empty_total(series.metric);
    if (from.Size() != 1 + kTexts + kNumbers + total.buckets.size()) return false;
    rapidjson::SizeType next = 1;
    bool whole = true;
    each_text(series, [&](std::string& text) {
        const JsonValue& value = from[next++];
        whole = whole && value.IsString();
        if (value.IsString()) text = as_view(value);
    });
    each_number(total, [&](std::int64_t& number) {
        const JsonValue& value = from[next++];
        whole = whole && value.IsInt64();
        if (value.IsInt64()) number = value.GetInt64();
    });
    return whole;
}

}  // namespace

Bounds bounds_of(Metric metric) {
    switch (metric) {
        case Metric::token_usage:
        case Metric::input_tokens:
        case Metric::output_tokens:
            return kTokenBounds;
        case Metric::operation_duration:
        case Metric::tool_duration:
            return kDurationBounds;
        case Metric::turn_duration:
            return kTurnBounds;
        case Metric::input_usage:
        case Metric::output_usage:
        case Metric::cache_read_usage:
        case Metric::cache_write_usage:
        case Metric::reasoning_usage:
        case Metric::tokens:
        case Metric::cost:
            break;
    }
    return {};
}

MetricTotals::MetricTotals(std::optional<std::string_view> told, UnixMs at)
    : cumulative_(told.has_value()), at_(at) {
    if (told && !told->empty()) unpack(*told);
}

void MetricTotals::record(Series series, std::int64_t value, Interval when) {
    if (totals_.size() >= kMostSeries && !totals_.contains(series)) series.model = kOther;
    if (cumulative_) when = {at_, at_};
    Total& total = totals_.try_emplace(series, empty_total(series.metric)).first->second;
    const bool first = total.count == 0;
    ++total.count;
    total.sum += value;
    total.least = first ? value : std::min(total.least, value);
    total.most = first ? value : std::max(total.most, value);
    // A receiver takes no second point for a time that it has one of.
    const bool again = cumulative_ && !first && !changed_.contains(series);
    total.start = first ? when.start : std::min(total.start, when.start);
    total.end = first ? when.end : std::max(total.end + (again ? 1 : 0), when.end);
    if (const Bounds bounds = bounds_of(series.metric); !bounds.empty()) {
        const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
        ++total.buckets[static_cast<std::size_t>(bucket)];
    }
    changed_.insert(std::move(series));
}

std::vector<const MetricTotals::Entry*> MetricTotals::changed(Metric metric) const {
    std::vector<const Entry*> entries;
    for (const Series& series : changed_) {
        if (series.metric == metric) entries.push_back(&*totals_.find(series));
    }
    return entries;
}

std::string MetricTotals::pack() const {
    JsonText out;
    out.StartArray();
    for (const auto& [series, total] : totals_) {
        out.StartArray();
        out.Int(static_cast<int>(series.metric));
        each_text(series, [&](const std::string& text) { out.string(text); });
        each_number(total, [&](std::int64_t number) { out.Int64(number); });
        out.EndArray();
    }
    out.EndArray();
    return out.str();
}

void MetricTotals::unpack(std::string_view told) {
    JsonDocument document;
    if (!document.parse(told) || !document.root().IsArray()) return;
    std::map<Series, Total> totals;
    for (const JsonValue& each : document.root().GetArray()) {
        Series series;
        Total total;
        if (!read(each, series, total)) return;
        totals.emplace(std::move(series), total);
    }
    totals_ = std::move(totals);
}

}  // namespace kaizen::exporting::otlp
