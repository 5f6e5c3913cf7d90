#include "ctl/decimal.h"

#include <gtest/gtest.h>

#include <string>

namespace kaizen::ctl {
namespace {

TEST(Decimal, is_exact_where_floating_point_is_not) {
    EXPECT_EQ(scaled("2.5e-06", 12), 2'500'000);
    EXPECT_EQ(scaled("1.25E-5", 12), 12'500'000);
    EXPECT_EQ(scaled("0.000003", 12), 3'000'000);
    EXPECT_EQ(scaled("5.46875e-07", 12), 546'875);
    EXPECT_EQ(scaled("0.003625", 6), 3'625);
    EXPECT_EQ(scaled("21", 6), 21'000'000);
    EXPECT_EQ(scaled("1e2", 6), 100'000'000);
    EXPECT_EQ(scaled("0.1", 17), 10'000'000'000'000'000);
    EXPECT_EQ(scaled("123456789012345678", 0), 123'456'789'012'345'678);
}

TEST(Decimal, rounds_half_up_what_is_finer) {
    EXPECT_EQ(scaled("2.9999999999999998e-06", 12), 3'000'000) << "as programs write it that divide";
    EXPECT_EQ(scaled("0.0000005", 6), 1);
    EXPECT_EQ(scaled("0.00000049999", 6), 0);
    EXPECT_EQ(scaled("1.5", 0), 2);
    EXPECT_EQ(scaled("1e-400", 12), 0);
}

TEST(Decimal, knows_zero_in_all_its_forms) {
    for (const char* zero : {"0", "-0", "0.0", "0e9", "-0.000E-3", "0e999999999"})
        EXPECT_EQ(scaled(zero, 12), 0) << zero;
}

TEST(Decimal, is_none_where_the_text_is_none_or_no_price) {
    for (const char* text : {"",    "-",      ".5",   "5.",          "1e",
                             "1e+", "1 ",     " 1",   "0x10",        "nan",
                             "inf", "-inf",   "1,5",  "+1",          "1e1e1",
                             "-1",  "-1e-12", "1e19", "1e999999999", "1e9999999999999999999"})
        EXPECT_EQ(scaled(text, 0), std::nullopt) << text;
    EXPECT_EQ(scaled(std::string(100'000, '9'), 0), std::nullopt);
    EXPECT_EQ(scaled("0." + std::string(100'000, '0') + "1", 12), 0);
}

}  // namespace
}  // namespace kaizen::ctl
