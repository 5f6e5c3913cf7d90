#include "daemon/session/usage_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace kaizen::session {
namespace {

parse::Event line(std::int64_t input, std::optional<std::int64_t> output, UnixMs at,
                  std::string model = "claude-sonnet-4-6") {
    parse::Event event;
    event.at = at;
    event.model = std::move(model);
    event.response_id = "m";
    event.tokens.emplace();
    event.tokens->input = input;
    event.tokens->output = output;
    return event;
}

Response merged(const std::vector<parse::Event>& lines) {
    Response response;
    for (const parse::Event& event : lines) merge(response, event, event.at);
    return response;
}

TEST(Response, is_the_same_whatever_the_order_of_its_lines_and_however_often_each_comes) {
    std::vector<parse::Event> lines = {line(10, 1, 5000), line(10, 200, 4000),
                                       line(0, std::nullopt, 9000, "a"), line(3, 7, 6000)};
    lines[1].tokens->cache_read = 5;
    lines[3].cost_usd_e6 = 77;
    const Response expected = merged(lines);
    EXPECT_EQ(expected.tokens.input, 10);
    EXPECT_EQ(expected.tokens.output, 200);
    EXPECT_EQ(expected.at, 4000);
    EXPECT_EQ(expected.model, "a");
    std::mt19937 random(7);
    lines.insert(lines.end(), {lines[0], lines[1], lines[2], lines[3]});
    for (int round = 0; round < 100; ++round) {
        std::shuffle(lines.begin(), lines.end(), random);
        EXPECT_EQ(merged(lines), expected);
    }
}

TEST(Response, says_whether_a_line_was_news) {
    Response response;
    EXPECT_TRUE(merge(response, line(10, 1, 5000), 5000));
    EXPECT_FALSE(merge(response, line(10, 1, 5000), 5000));
    EXPECT_FALSE(merge(response, line(9, 0, 6000), 6000));
    EXPECT_TRUE(merge(response, line(10, 2, 5000), 5000));
    EXPECT_TRUE(merge(response, line(10, 2, 4999), 4999));
}

TEST(Response, does_not_believe_an_agent_that_says_a_response_cost_thousands) {
    parse::Event event = line(1, 1, 1000);
    event.cost_usd_e6 = 1'000'000'001;
    EXPECT_FALSE(merged({event}).agent_cost_e6);
}

TEST(Response, takes_its_cost_from_the_agent_then_from_the_table_then_from_nowhere) {
    const PriceTable table = PriceTable::built_in();
    Response response = merged({line(1'000'000, 0, 1000)});
    price(response, table, 4);
    EXPECT_EQ(response.cost_pico, 3'000'000 * kPicoPerMicro);
    EXPECT_EQ(response.price_table, 4);
    response.model = "house-model";
    price(response, table, 4);
    EXPECT_FALSE(response.cost_pico);
    EXPECT_EQ(response.price_table, 0);
    response.agent_cost_e6 = 5;
    price(response, table, 4);
    EXPECT_EQ(response.cost_pico, 5 * kPicoPerMicro);
    EXPECT_EQ(response.price_table, 0);
}

TEST(Usage, is_carried_by_tokens_or_a_cost_of_a_response_unless_it_is_a_replay) {
    parse::Event event = line(1, 1, 1000);
    EXPECT_TRUE(carries_usage(event));
    event.replayed = true;
    EXPECT_FALSE(carries_usage(event));
    parse::Event cost_state;
    cost_state.kind = parse::EventKind::cost;
    cost_state.cost_usd_e6 = 9;
    EXPECT_FALSE(carries_usage(cost_state));
}

Response some_response(std::mt19937_64& random) {
    const auto some = [&]() -> std::optional<std::int64_t> {
        const auto number = static_cast<std::int64_t>(random() >> 24);
        return number % 3 == 0 ? std::nullopt : std::optional(number);
    };
    Response response;
    response.tokens = {some(), some(), some(), some(), some(), some()};
    response.agent_cost_e6 = random() % 4 == 0 ? std::optional<std::int64_t>(5) : std::nullopt;
    response.cost_pico = random() % 4 == 0 ? std::nullopt : std::optional<std::int64_t>(random() >> 20);
    if (!response.cost_pico) response.agent_cost_e6.reset();
    return response;
}

TEST(UsageSum, gives_back_exactly_what_it_took_and_survives_rest) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    std::vector<Response> all;
    UsageSum sum;
    for (int i = 0; i < 300; ++i) {
        all.push_back(some_response(random));
        sum.add(all.back());
        const auto again = UsageSum::unpack(sum.pack());
        ASSERT_TRUE(again);
        ASSERT_EQ(*again, sum);
    }
    std::shuffle(all.begin(), all.end(), random);
    UsageSum half;
    for (std::size_t i = 0; i < all.size(); ++i) i < 100 ? sum.remove(all[i]) : half.add(all[i]);
    EXPECT_EQ(sum, half);
    for (std::size_t i = 100; i < all.size(); ++i) sum.remove(all[i]);
    EXPECT_EQ(sum, UsageSum());
}

TEST(UsageSum, leaves_unknown_what_no_response_says) {
    UsageSum sum;
    Response response;
    response.tokens.input = 0;
    sum.add(response);
    EXPECT_EQ(sum.input.value(), 0);
    EXPECT_FALSE(sum.output.value());
    EXPECT_FALSE(sum.cost_pico());
    EXPECT_EQ(sum.unpriced.said_by, 1);
    sum.remove(response);
    EXPECT_FALSE(sum.input.value());
}

TEST(UsageSum, refuses_bytes_that_are_none_of_its_own) {
    UsageSum sum;
    Response response;
    response.tokens.input = 300;
    sum.add(response);
    const std::string bytes = sum.pack();
    EXPECT_TRUE(UsageSum::unpack(bytes));
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        EXPECT_FALSE(UsageSum::unpack(std::string_view(bytes).substr(0, cut)));
    EXPECT_FALSE(UsageSum::unpack(bytes + "x"));
    EXPECT_FALSE(UsageSum::unpack(std::string(40, '\xFF')));
}

// Each cost is exact, so that a sum is off by less than a micro-dollar however many it has.
TEST(UsageSum, has_no_rounding_drift_over_a_hundred_thousand_responses) {
    const PriceTable table = PriceTable::built_in();
    UsageSum sum;
    for (int i = 0; i < 100'000; ++i) {
        parse::Event event = line(1, 0, 1000);
        event.tokens->cache_read = 5;  // 3 + 1.5 micro-dollars
        Response response = merged({event});
        price(response, table, 1);
        sum.add(response);
    }
    EXPECT_EQ(to_micro(*sum.cost_pico()), 450'000);
}

TEST(Growth, of_a_session_sums_up_to_its_cost_in_whole_micro_dollars) {
    std::int64_t untold = 0, told = 0, cost_pico = 0;
    for (std::int64_t i = 1; i <= 1000; ++i) {
        Response none, half, whole;
        half.cost_pico = 400'000 + i * 7;
        whole.cost_pico = *half.cost_pico + 100'003;
        cost_pico += *whole.cost_pico;
        told += *growth(none, half, untold).cost_usd_e6 + *growth(half, whole, untold).cost_usd_e6;
        EXPECT_EQ(told, to_micro(cost_pico)) << i;
    }
    EXPECT_EQ(growth(Response(), Response(), untold).cost_usd_e6, std::nullopt);
}

TEST(Quarter, is_a_quarter_of_an_hour_from_the_epoch) {
    EXPECT_EQ(quarter_of(std::nullopt), 0);
    EXPECT_EQ(quarter_of(899'999), 0);
    EXPECT_EQ(quarter_of(900'000), 1);
}

}  // namespace
}  // namespace kaizen::session
