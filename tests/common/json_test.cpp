#include "common/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "common/text.h"

namespace kaizen {
namespace {

std::string nested(int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
}

TEST(JsonDocument, reads_a_value_and_is_reusable) {
    JsonDocument document;
    for (const char* text : {R"({"a": 1})", R"({"a": 2, "b": [true, null, "x"]})", R"({"a": 3})"}) {
        ASSERT_TRUE(document.parse(text)) << text;
        EXPECT_TRUE(find_int(document.root(), "a"));
        EXPECT_FALSE(document.repaired());
    }
    EXPECT_EQ(find_int(document.root(), "a"), 3);
    EXPECT_EQ(find(document.root(), "b"), nullptr) << "left over from the text before";
}

TEST(JsonDocument, stops_at_the_depth_limit) {
    JsonDocument document;
    EXPECT_TRUE(document.parse(nested(kJsonMaxDepth)));
    const auto deeper = document.parse(nested(kJsonMaxDepth + 1));
    ASSERT_FALSE(deeper);
    EXPECT_EQ(deeper.error().message, "nested too deeply (byte 256)");
    EXPECT_FALSE(document.parse(std::string(2'000'000, '[')));
    std::string objects;
    for (int i = 0; i < 500'000; ++i) objects += R"({"a":)";
    EXPECT_FALSE(document.parse(objects));
    EXPECT_TRUE(document.parse("[1]")) << "usable after a refusal";
}

TEST(JsonDocument, says_where_a_text_is_broken) {
    JsonDocument document;
    for (const char* text : {"", "   ", "{", R"({"a":1)", R"({"a" 1})", "[1,]", "nul", "'a'", R"("\x41")",
                             "\"a\nb\"", "+1", "01", "NaN", "1e999", R"("\u12g4")"}) {
        const auto parsed = document.parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, ErrorCode::bad_input);
        EXPECT_NE(parsed.error().message.find("(byte "), std::string::npos) << parsed.error().message;
    }
}

// The values of a text, as JSON; "!" where it is broken.
std::vector<std::string> values_of(JsonDocument& document, std::string_view text) {
    std::vector<std::string> values;
    if (!document.load(text)) return {"!"};
    while (true) {
        const auto read = document.next();
        if (read && !*read) return values;
        std::int64_t bytes = 0;
        values.push_back(read ? to_text(document.root(), 100, bytes) : "!");
    }
}

using Values = std::vector<std::string>;

TEST(JsonDocument, reads_the_values_of_a_text_one_by_one) {
    JsonDocument document;
    EXPECT_EQ(values_of(document, R"({"a":1}{"b":2})"), (Values{R"({"a":1})", R"({"b":2})"}));
    EXPECT_EQ(values_of(document, " {\"a\":1} \n 0 [] \t"), (Values{R"({"a":1})", "0", "[]"}));
    EXPECT_EQ(values_of(document, R"({"a":1}} {"b":2})"), (Values{R"({"a":1})", "!"})) << "no further";
    EXPECT_EQ(values_of(document, "}{"), (Values{"!"}));
    EXPECT_EQ(values_of(document, "  "), Values());
    EXPECT_FALSE(document.parse(R"({"a":1}{"b":2})")) << "one was asked for";
}

TEST(JsonDocument, mends_every_value_of_a_text) {
    JsonDocument document;
    EXPECT_EQ(values_of(document, "{\"a\":\"\xff\"} {\"b\":\"\xfe\"}"),
              (Values{"{\"a\":\"\xEF\xBF\xBD\"}", "{\"b\":\"\xEF\xBF\xBD\"}"}));
    EXPECT_EQ(values_of(document, R"({"a":"\ud800"} {"b":"\ud800"})"),
              (Values{"{\"a\":\"\xEF\xBF\xBD\"}", "{\"b\":\"\xEF\xBF\xBD\"}"}));
    EXPECT_TRUE(document.repaired());
}

TEST(JsonDocument, counts_what_follows_as_far_as_it_was_asked) {
    JsonDocument document;
    ASSERT_TRUE(document.load(R"({"a":1} {"b":"}{"} 0 nonsense 1 2 3)"));
    ASSERT_TRUE(document.next());
    EXPECT_TRUE(document.more_follow_than(1));
    EXPECT_FALSE(document.more_follow_than(2)) << "what is broken ends the text";
    EXPECT_EQ(values_of(document, "1 2"), (Values{"1", "2"})) << "looking changes nothing";
}

// `{"e":[1,1,…]}` of 63 MB took a gigabyte.
TEST(JsonDocument, refuses_more_values_than_it_may_hold) {
    JsonDocument document(100);
    const auto list = [](int items) {
        std::string text = "[0";
        for (int i = 1; i < items; ++i) text += ",0";
        return text + "]";
    };
    EXPECT_TRUE(document.parse(list(99)));
    const auto refused = document.parse(list(100));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "more than 100 values (byte 199)");
    EXPECT_FALSE(document.parse("{\"k\":[" + list(49) + "," + list(49) + "]}")) << "names count, and lists";
    EXPECT_EQ(values_of(document, list(60) + list(60)).back(), "!") << "all values of a text together";
    EXPECT_FALSE(document.parse(list(1'000'000))) << "before it is copied";
    const std::string long_strings = '[' + std::string(2'000'000, ' ') + R"("a,[{:\\\",,,,")" + ']';
    std::string many = "[\"" + std::string(2'000'000, ',') + "\\\"" + std::string(200, '[') + "\"]";
    EXPECT_TRUE(document.parse(many)) << "what stands in a string is no value";
    EXPECT_TRUE(document.parse(long_strings));
    EXPECT_TRUE(document.parse("[1]")) << "usable after a refusal";
}

TEST(JsonDocument, replaces_invalid_utf8) {
    JsonDocument document;
    ASSERT_TRUE(document.parse("{\"a\":\"x\xC3\x28\xF0\x9F\x98\"}"));
    EXPECT_TRUE(document.repaired());
    const auto a = find_string(document.root(), "a");
    ASSERT_TRUE(a);
    EXPECT_TRUE(is_utf8(*a));
    EXPECT_TRUE(a->starts_with("x\xEF\xBF\xBD("));
}

TEST(JsonDocument, replaces_lone_surrogates_and_keeps_pairs) {
    const std::pair<const char*, const char*> cases[] = {
        {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},  // a pair
        {R"("\ud83d")", "\xEF\xBF\xBD"},            // high at the end
        {R"("\ude00x")", "\xEF\xBF\xBDx"},          // low first
        {R"("\ud83d\ud83d\ude00")", "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
        {R"("\ud83d\u0041")",
         "\xEF\xBF\xBD"
         "A"},
        {R"("\\ud83d \ud83d")", "\\ud83d \xEF\xBF\xBD"},  // an escaped backslash begins no escape
        {R"("\uDBFF\uDFFF")", "\xF4\x8F\xBF\xBF"},
    };
    JsonDocument document;
    for (const auto& [text, expected] : cases) {
        const auto parsed = document.parse(text);
        ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
        EXPECT_EQ(as_view(document.root()), expected) << text;
    }
}

TEST(JsonDocument, survives_nul_bytes) {
    JsonDocument document;
    ASSERT_TRUE(document.parse(R"({"a":"x\u0000y"})"));
    EXPECT_EQ(find_string(document.root(), "a"), std::string_view("x\0y", 3));
    EXPECT_FALSE(document.parse(std::string_view("{\"a\":\"x\0y\"}", 11))) << "a raw one is no JSON";
    EXPECT_FALSE(document.parse(std::string_view("{\"a\":1}\0{\"b\":2}", 15)));
    EXPECT_FALSE(document.parse(std::string_view("\0", 1)));
}

TEST(JsonDocument, tells_what_a_number_is) {
    JsonDocument document;
    ASSERT_TRUE(document.parse(
        R"({"big": 9223372036854775807, "bigger": 18446744073709551615, "small": -9223372036854775808,
                                   "whole": 5.0, "half": 0.5, "huge": 1e300, "minus": -3, "text": "7", "zero": 0})"));
    const JsonValue& root = document.root();
    EXPECT_EQ(find_int(root, "big"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(find_int(root, "small"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(find_int(root, "bigger"), std::nullopt);
    EXPECT_EQ(find_int(root, "whole"), 5);
    EXPECT_EQ(find_int(root, "half"), std::nullopt);
    EXPECT_EQ(find_int(root, "huge"), std::nullopt);
    EXPECT_EQ(find_int(root, "minus"), -3);
    EXPECT_EQ(find_int(root, "text"), std::nullopt);
    EXPECT_EQ(find_int(root, "zero"), 0);
    EXPECT_EQ(find_number(root, "half"), 0.5);
    EXPECT_EQ(find_number(root, "minus"), -3.0);
    EXPECT_EQ(find_number(root, "text"), std::nullopt);
}

// RapidJSON's exact reader ran beyond its buffer on long fractions, and was wrong before that.
TEST(JsonDocument, rounds_every_number_right) {
    const std::string zeros(360, '0');
    const std::pair<std::string, double> cases[] = {
        {"0." + zeros + "1", 0.0},
        {"-0." + zeros + "1", -0.0},
        {"0." + std::string(323, '0') + "5", 4.94065645841246544e-324},
        {"0." + std::string(307, '0') + "22250738585072014", 2.2250738585072014e-308},
        {"2204451831295347e296", std::numeric_limits<double>::infinity()},
        {"2204451831295347e292", 2204451831295347e292},
        {"1" + zeros.substr(0, 308), 1e308},
        {"0.1", 0.1},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"8.41e21", 8.41e21},
        {"9007199254740993.0", 9007199254740992.0},
        {"0.0000001" + std::string(100'000, '0') + "1", 0.0000001},
    };
    JsonDocument document;
    for (const auto& [text, expected] : cases) {
        const auto parsed = document.parse(text);
        ASSERT_EQ(parsed.has_value(), std::isfinite(expected)) << text;
        if (!parsed) continue;
        EXPECT_EQ(document.root().GetDouble(), expected) << text;
    }
    EXPECT_FALSE(document.parse("1" + std::string(400, '0')));
    EXPECT_FALSE(document.parse("1e309"));
    EXPECT_FALSE(document.parse("1.9e308"));
}

TEST(JsonDocument, reads_numbers_as_the_standard_library_does) {
    const std::uint32_t seed = std::random_device()();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto digits = [&](int most) {
        std::string text;
        for (int i = std::uniform_int_distribution(1, most)(random); i > 0; --i)
            text += static_cast<char>('0' + std::uniform_int_distribution(0, 9)(random));
        return text;
    };
    JsonDocument document;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = random() % 2 == 0 ? "-" : "";
        text += "0123456789"[random() % 10];
        if (text.back() != '0') text += digits(30);
        if (random() % 2 == 0) text += '.' + digits(random() % 10 == 0 ? 400 : 20);
        if (random() % 3 == 0)
            text += "eE"[random() % 2] + std::string(random() % 2 == 0 ? "-" : "") + digits(3);
        const double expected = std::strtod(text.c_str(), nullptr);
        const auto parsed = document.parse(text);
        // 0e999 is refused, too: the exponent alone is looked at.
        ASSERT_TRUE(parsed || expected == 0 || !std::isfinite(expected)) << text;
        if (!parsed) continue;
        ASSERT_EQ(document.root().GetDouble(), expected) << text;
    }
}

TEST(Json, getters_return_nothing_for_another_type) {
    JsonDocument document;
    ASSERT_TRUE(document.parse(R"({"o": {}, "a": [], "s": "x", "t": true, "n": null, "i": 1})"));
    const JsonValue& root = document.root();
    EXPECT_NE(find_object(root, "o"), nullptr);
    EXPECT_NE(find_array(root, "a"), nullptr);
    EXPECT_EQ(find_string(root, "s"), "x");
    EXPECT_EQ(find_bool(root, "t"), true);
    for (const char* key : {"a", "s", "t", "n", "i", "missing"})
        EXPECT_EQ(find_object(root, key), nullptr) << key;
    for (const char* key : {"o", "s", "t", "n", "i", "missing"})
        EXPECT_EQ(find_array(root, key), nullptr) << key;
    for (const char* key : {"o", "a", "t", "n", "i", "missing"}) EXPECT_FALSE(find_string(root, key)) << key;
    for (const char* key : {"o", "a", "s", "n", "i", "missing"}) EXPECT_FALSE(find_bool(root, key)) << key;
    for (const char* key : {"o", "a", "s", "n", "t", "missing"}) EXPECT_FALSE(find_int(root, key)) << key;
    EXPECT_EQ(find(*find_array(root, "a"), "x"), nullptr) << "not an object at all";
}

TEST(Json, to_text_is_cut_between_code_points_and_knows_the_whole_length) {
    JsonDocument document;
    ASSERT_TRUE(document.parse("{ \"a\" : [ 1, \"h\xC3\xA9\" ] }"));
    std::int64_t full = 0;
    EXPECT_EQ(to_text(document.root(), 100, full), "{\"a\":[1,\"h\xC3\xA9\"]}");
    EXPECT_EQ(full, 15);
    EXPECT_EQ(to_text(document.root(), 11, full), "{\"a\":[1,\"h");
    EXPECT_EQ(full, 15);
}

TEST(JsonText, writes_what_the_parser_reads) {
    JsonText text;
    text.StartObject();
    text.key("a\"b");
    text.string(std::string_view("x\0\n\xC3\xA9", 5));
    text.EndObject();
    JsonDocument document;
    ASSERT_TRUE(document.parse(text.str()));
    EXPECT_EQ(find_string(document.root(), "a\"b"), std::string_view("x\0\n\xC3\xA9", 5));
}

// RapidJSON's SIMD paths take some of these for plain characters, from the first whole vector of a string on.
TEST(JsonText, escapes_every_control_character_wherever_it_stands) {
    JsonDocument document;
    for (char c = 0; c < 0x20; ++c) {
        for (std::size_t at = 0; at < 40; ++at) {
            std::string value(48, 'x');
            value[at] = c;
            JsonText text;
            text.string(value);
            const std::string json = text.str();
            ASSERT_EQ(json.find(c), std::string::npos) << "written as it is: " << int{c} << " at " << at;
            ASSERT_TRUE(document.parse(json)) << json;
            ASSERT_EQ(as_view(document.root()), value);
            ASSERT_FALSE(document.parse('"' + value + '"')) << "read as it is: " << int{c} << " at " << at;
        }
    }
}

TEST(JsonDocument, numbers_keep_their_last_digit) {
    for (const std::string_view text : {"1795423510.432954", "0.1", "1e-7", "2.2250738585072014e-308"}) {
        JsonDocument document;
        ASSERT_TRUE(document.parse(text));
        std::int64_t size = 0;
        EXPECT_EQ(to_text(document.root(), 100, size), text);
    }
}

TEST(JsonDocument, keeps_numbers_as_the_texts_that_they_are) {
    JsonDocument document(kJsonMaxValues, JsonNumbers::text);
    ASSERT_TRUE(document.parse(
        R"({"a": 2.50e-06,"b":1e300 ,"c":-0.0,"d":[12345678901234567890123],"e":"text","f":true})"));
    EXPECT_EQ(find_string(document.root(), "a"), "2.50e-06");
    EXPECT_EQ(find_string(document.root(), "b"), "1e300");
    EXPECT_EQ(find_string(document.root(), "c"), "-0.0");
    EXPECT_EQ(as_view((*find_array(document.root(), "d"))[0]), "12345678901234567890123");
    EXPECT_EQ(find_string(document.root(), "e"), "text");
    EXPECT_EQ(find_bool(document.root(), "f"), true);
    EXPECT_FALSE(document.parse("1.e5"));
}

TEST(JsonDocument, never_crashes_on_damaged_text) {
    const std::string good =
        R"({"a":[1,2.5,{"b":"\ud83d\ude00 x","c":null}],"d":"h\u00e9","e":true,"f":-12})";
    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    JsonDocument document;
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = good;
        for (auto n = random() % 3 + 1; n > 0; --n)
            text[random() % text.size()] = static_cast<char>(random());
        if (!document.parse(text)) continue;
        ++accepted;
        std::int64_t full = 0;
        const std::string again = to_text(document.root(), 1000, full);
        ASSERT_TRUE(is_utf8(again));
        ASSERT_TRUE(document.parse(again)) << again;
    }
    EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace kaizen
