#include <gtest/gtest.h>

#include <fmt/core.h>

#include "tests/redact/cases.h"
#include "tests/redact/redaction.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

constexpr std::uint64_t kSeed = 815;

TEST(Json, values_under_sensitive_keys_go_whatever_they_are) {
    EXPECT_EQ(redacted_json(R"({"dbPassword":"abc","user":"x"})"),
              R"({"dbPassword":"<REDACTED:password#1>","user":"x"})");
    EXPECT_EQ(redacted_json(R"({"API-KEY":"abc"})"), R"({"API-KEY":"<REDACTED:token#1>"})");
    EXPECT_EQ(redacted_json(R"({"pin_password":1234})"), R"({"pin_password":"<REDACTED:password>"})");
    EXPECT_EQ(redacted_json(R"({"credentials":{"a":"x","b":[1]}})"), R"({"credentials":"<REDACTED:key>"})");
    EXPECT_EQ(redacted_json(R"({"clientSecret":["x"]})"), R"({"clientSecret":"<REDACTED:key>"})");
}

TEST(Json, names_that_only_look_sensitive_are_left) {
    for (const std::string_view tree :
         {R"({"max_tokens":4096,"input_tokens":1,"token_count":2,"tokens":{"input":3}})",
          R"({"author":"x","keyboard":"us","key":"value"})",
          R"({"password":null,"secret":false,"auth":{},"cookies":[],"token":""})",
          R"({"token":"${TOKEN}","password":"<password>","secret":"xxxx"})",
          R"({"environment":"production","env":"test","value":"x","name":"y"})"})
        EXPECT_EQ(redacted_json(tree), tree);
}

TEST(Json, the_whole_environment_goes) {
    EXPECT_EQ(redacted_json(R"({"env":{"PATH":"/bin","X":"1"},"args":["a"]})"),
              R"({"env":"<REDACTED:env>","args":["a"]})");
    EXPECT_EQ(redacted_json(R"({"Environment":["A=b"]})"), R"({"Environment":"<REDACTED:env>"})");
}

TEST(Json, neighbours_name_a_value) {
    EXPECT_EQ(redacted_json(R"([{"name":"DB_PASSWORD","value":"abc"}])"),
              R"([{"name":"DB_PASSWORD","value":"<REDACTED:password#1>"}])");
    EXPECT_EQ(redacted_json(R"(["login","--password","abc","x"])"),
              R"(["login","--password","<REDACTED:password#1>","x"])");
    EXPECT_EQ(redacted_json(R"([{"name":"LANG","value":"de"}])"), R"([{"name":"LANG","value":"de"}])");
}

TEST(Json, a_template_under_a_sensitive_key_is_still_searched) {
    Shapes shapes(kSeed);
    const std::string token = shapes.make("ghp_{a36}");
    for (const std::string_view text : {"<a>{}</a>", "{{\\\"a\\\":\\\"{}\\\"}}", "${{HOST}}/{}", "your {}"}) {
        const std::string tree = "{\"token\":\"" + filled(text, token) + "\"}";
        EXPECT_FALSE(leaks(redacted_json(tree), token)) << tree;
    }
}

TEST(Json, keys_are_treated_like_strings) {
    Shapes shapes(kSeed);
    const std::string token = shapes.make("ghp_{a36}");
    EXPECT_EQ(redacted_json("{\"" + token + "\":1}"), R"({"<REDACTED:github-pat#1>":1})");
    EXPECT_EQ(redacted_json(R"({"/home/grace":true})"), R"({"/home/<REDACTED:user#1>":true})");
}

TEST(Json, strings_that_are_json_are_walked_and_put_back) {
    EXPECT_EQ(redacted_json(R"({"arguments":"{ \"password\": \"abc\" }"})"),
              R"({"arguments":"{\"password\":\"<REDACTED:password#1>\"}"})");
    EXPECT_EQ(redacted_json(R"(["[\"{\\\"token\\\":\\\"abc\\\"}\"]"])"),
              R"(["[\"{\\\"token\\\":\\\"<REDACTED:token#1>\\\"}\"]"])");
    // As it was written, when nothing was in it.
    EXPECT_EQ(redacted_json(R"({"arguments":"{ \"a\" :  1.0 }"})"), R"({"arguments":"{ \"a\" :  1.0 }"})");
}

TEST(Json, nesting_deeper_than_anything_real_is_treated_as_text) {
    std::string tree = R"({"password":"hunter-2222"})";
    for (int i = 0; i < 12; ++i) {
        JsonText outer;
        outer.StartArray();
        outer.string(tree);
        outer.EndArray();
        tree = outer.str();
    }
    EXPECT_EQ(redacted_json(tree).find("hunter"), std::string::npos);
}

TEST(Json, a_secret_is_found_before_the_key_that_tells_it) {
    Shapes shapes(kSeed);
    const std::string password = shapes.make("{l6}-{d4}-{l4}");
    const std::string out =
        redacted_json("{\"log\":\"tried " + password + "\",\"password\":\"" + password + "\"}");
    EXPECT_EQ(out, R"({"log":"tried <REDACTED:password#1>","password":"<REDACTED:password#1>"})");
}

TEST(Json, cards_written_as_numbers_go) {
    Shapes shapes(kSeed);
    EXPECT_EQ(redacted_json("{\"n\":" + shapes.make("{card}") + ",\"at\":1764000000123}"),
              R"({"n":"<REDACTED:card#1>","at":1764000000123})");
}

TEST(Json, stays_json_and_stays_as_it_is_the_second_time) {
    for (const std::uint64_t seed : {kSeed, kSeed + 1, kSeed + 2}) {
        Shapes shapes(seed);
        Cases cases;
        for (const auto make :
             {named_tokens, private_keys, http_auth, auth_files, assignments, mails, home_paths}) {
            const Cases some = make(shapes);
            cases.insert(cases.end(), some.begin(), some.end());
        }
        for (int round = 0; round < 300; ++round) {
            JsonText tree;
            tree.StartObject();
            for (int i = 0; i < 4; ++i) {
                tree.key(shapes.below(4) == 0 ? shapes.one_of(cases).text : "k" + std::to_string(i));
                tree.string(shapes.one_of(cases).text);
            }
            tree.EndObject();
            const std::string once = redacted_json(tree.str());
            EXPECT_EQ(redacted_json(once), once) << "seed " << seed << ", round " << round;
        }
    }
}

TEST(Json, what_is_no_json_is_an_error) {
    redact::SessionSecrets secrets;
    EXPECT_FALSE(plain_redactor().json("{\"a\":", secrets));
}

}  // namespace
}  // namespace kaizen::test
