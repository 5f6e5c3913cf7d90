#include "daemon/export/metric_totals.h"

#include <gtest/gtest.h>

namespace kaizen::exporting::otlp {
namespace {

const Series kInput{Metric::tokens, "", "anthropic", "claude-opus-4-5", "input", ""};
const Series kTook{Metric::operation_duration, "chat", "anthropic", "claude-opus-4-5", "", ""};

TEST(MetricTotals, add_up_over_batches_from_one_start) {
    std::string told;
    std::int64_t sum = 0;
    UnixMs before = 0;
    for (const UnixMs at : {1000, 2000, 2000, 5000}) {
        MetricTotals totals(told, at);
        EXPECT_TRUE(totals.is_cumulative());
        totals.record(kInput, 7, {1, 2});
        totals.record(kInput, 8, {1, 2});
        sum += 15;
        const auto changed = totals.changed(Metric::tokens);
        ASSERT_EQ(changed.size(), 1u);
        EXPECT_EQ(changed[0]->second.sum, sum);
        EXPECT_EQ(changed[0]->second.start, 1000);
        EXPECT_GT(changed[0]->second.end, before);
        before = changed[0]->second.end;
        EXPECT_TRUE(totals.changed(Metric::cost).empty());
        told = totals.pack();
    }
}

TEST(MetricTotals, say_the_same_when_a_batch_comes_again) {
    MetricTotals first(std::string_view(), 1000);
    first.record(kInput, 7, {1, 2});
    const std::string told = first.pack();
    std::string again;
    for (int i = 0; i < 2; ++i) {
        MetricTotals totals(told, 3000);
        totals.record(kTook, 1500, {1, 2});
        if (i > 0) {
            EXPECT_EQ(totals.pack(), again);
        }
        again = totals.pack();
    }
}

TEST(MetricTotals, keep_what_no_batch_adds_to) {
    MetricTotals first(std::string_view(), 1000);
    first.record(kInput, 7, {1, 2});
    MetricTotals second(first.pack(), 2000);
    second.record(kTook, 1500, {1, 2});
    EXPECT_TRUE(second.changed(Metric::tokens).empty());
    MetricTotals third(second.pack(), 3000);
    third.record(kInput, 1, {1, 2});
    EXPECT_EQ(third.changed(Metric::tokens).at(0)->second.sum, 8);
}

TEST(MetricTotals, put_values_in_the_buckets_of_the_conventions) {
    MetricTotals totals(std::string_view(), 1000);
    for (const std::int64_t ms : {10, 11, 81'920, 90'000}) totals.record(kTook, ms, {1, 2});
    const Total& total = totals.changed(Metric::operation_duration).at(0)->second;
    EXPECT_EQ(total.buckets.front(), 1);  // a bound belongs to the bucket below it
    EXPECT_EQ(total.buckets[1], 1);
    EXPECT_EQ(total.buckets[13], 1);
    EXPECT_EQ(total.buckets.back(), 1);
    EXPECT_EQ(total.count, 4);
    EXPECT_EQ(total.least, 10);
    EXPECT_EQ(total.most, 90'000);
}

TEST(MetricTotals, of_deltas_are_of_the_batch_alone_and_span_its_rows) {
    MetricTotals totals(std::nullopt, 9000);
    EXPECT_FALSE(totals.is_cumulative());
    totals.record(kInput, 1, {100, 200});
    totals.record(kInput, 2, {50, 150});
    const Total& total = totals.changed(Metric::tokens).at(0)->second;
    EXPECT_EQ(total.start, 50);
    EXPECT_EQ(total.end, 200);
}

TEST(MetricTotals, begin_anew_over_what_cannot_be_read) {
    for (const char* told : {"x", "{}", "[1]", "[[0,\"\"]]",
                             R"([[9,"","","","","",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]])"}) {
        MetricTotals totals(std::string_view(told), 5000);
        totals.record(kInput, 1, {1, 2});
        EXPECT_EQ(totals.changed(Metric::tokens).at(0)->second.start, 5000) << told;
    }
}

TEST(MetricTotals, are_bounded_however_many_models_there_are) {
    MetricTotals totals(std::string_view(), 1000);
    std::int64_t sum = 0;
    for (int i = 0; i < 3000; ++i) {
        Series series = kInput;
        series.model = "m" + std::to_string(i);
        totals.record(series, 1, {1, 2});
    }
    const auto changed = totals.changed(Metric::tokens);
    EXPECT_LE(changed.size(), 1001u);
    for (const auto* entry : changed) sum += entry->second.sum;
    EXPECT_EQ(sum, 3000);
}

}  // namespace
}  // namespace kaizen::exporting::otlp
