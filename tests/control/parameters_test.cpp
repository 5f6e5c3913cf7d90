#include "daemon/control/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace kaizen::control {
namespace {

using testing::HasSubstr;

const Parameters kParameters{
    {Parameter::text("agent"), Parameter::number("after"), Parameter::number("limit", 1, 1000),
     Parameter::flag("follow"), Parameter::word("state", {"pending", "dead"})},
    {Parameter::text("name"), Parameter::flag("now"), Parameter::number("timeout_ms", 1, 60'000)}};

auto read_query(std::map<std::string, std::string> query) {
    return read_arguments(kParameters, Request{"GET", "/v1/x", "7", std::move(query), {}});
}

auto read_body(std::string body) {
    return read_arguments(kParameters, Request{"POST", "/v1/x", "", {}, std::move(body)});
}

TEST(ReadArguments, gives_the_values_of_path_query_and_body) {
    const auto query =
        read_query({{"agent", "claude"}, {"after", "0"}, {"limit", "1000"}, {"follow", "true"}});
    ASSERT_TRUE(query);
    EXPECT_EQ(query->text("id"), "7");
    EXPECT_EQ(query->number("id"), 7);
    EXPECT_EQ(query->text("agent"), "claude");
    EXPECT_EQ(query->number("after"), 0);
    EXPECT_EQ(query->number("limit"), 1000);
    EXPECT_EQ(query->flag("follow"), true);
    EXPECT_EQ(query->text("state"), "");
    const auto body = read_body(R"({"name":"a \"b\"","now":false,"timeout_ms":5.0})");
    ASSERT_TRUE(body);
    EXPECT_EQ(body->text("name"), "a \"b\"");
    EXPECT_EQ(body->flag("now"), false);
    EXPECT_EQ(body->number("timeout_ms"), 5);
}

TEST(ReadArguments, takes_no_body_an_empty_object_and_null_for_nothing) {
    for (const char* body : {"", "{}", " {} ", R"({"name":null,"now":null,"timeout_ms":null})"}) {
        const auto arguments = read_body(body);
        ASSERT_TRUE(arguments) << body;
        EXPECT_EQ(arguments->text("name"), "") << body;
        EXPECT_EQ(arguments->flag("now"), std::nullopt) << body;
        EXPECT_EQ(arguments->number("timeout_ms"), std::nullopt) << body;
    }
}

TEST(ReadArguments, refuses_a_body_that_is_not_one_whole_json_object) {
    const std::pair<std::string, const char*> cases[] = {
        {R"({"name": "ot)", "(byte 12)"},
        {R"({"name": "otlp")", "(byte 15)"},
        {"{} {}", "more after the value"},
        {std::string("{}\0x", 4), "more after the value"},
        {" ", "not JSON"},
        {"name=otlp", "not JSON"},
        {"[]", "object"},
        {"null", "object"},
        {"\"otlp\"", "object"},
        {"{\"name\":\"\xff\"}", "UTF-8"},
        {R"({"name":"\ud800"})", "UTF-8"},
        {std::string(1000, '['), "not JSON"},
    };
    for (const auto& [body, words] : cases) {
        const auto arguments = read_body(body);
        ASSERT_FALSE(arguments) << body;
        EXPECT_EQ(arguments.error().code, "bad_request");
        EXPECT_THAT(arguments.error().message, HasSubstr(words)) << body;
        EXPECT_THAT(arguments.error().hint, HasSubstr("nothing was done")) << body;
    }
}

TEST(ReadArguments, refuses_members_that_are_unknown_or_of_another_type) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"nam":"otlp"})", R"(no member "nam")"},
        {R"({"":1})", R"(no member "")"},
        {R"({"name":1})", "name must be a text"},
        {R"({"name":["otlp"]})", "name must be a text"},
        {R"({"now":"true"})", "now must be true or false"},
        {R"({"now":1})", "now must be true or false"},
        {R"({"timeout_ms":"5"})", "timeout_ms must be a whole number from 1 to 60000"},
        {R"({"timeout_ms":0})", "from 1 to 60000"},
        {R"({"timeout_ms":-1})", "from 1 to 60000"},
        {R"({"timeout_ms":1.5})", "from 1 to 60000"},
        {R"({"timeout_ms":1e300})", "from 1 to 60000"},
        {R"({"agent":"claude"})", R"(no member "agent")"},
    };
    for (const auto& [body, words] : cases) {
        const auto arguments = read_body(body);
        ASSERT_FALSE(arguments) << body;
        EXPECT_THAT(arguments.error().message, HasSubstr(words)) << body;
    }
    EXPECT_EQ(read_body(R"({"nam":1})").error().hint, "it takes name, now or timeout_ms");
    EXPECT_EQ(read_arguments({}, Request{"POST", "/v1/x", "", {}, R"({"a":1})"}).error().hint,
              "this address takes none");
}

TEST(ReadArguments, refuses_parameters_that_are_unknown_or_of_another_type) {
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"limits", "5", R"(no parameter "limits")"},
        {"name", "otlp", R"(no parameter "name")"},
        {"after", "minus", "after must be a whole number, at least 0"},
        {"after", "-1", "at least 0"},
        {"after", "", "at least 0"},
        {"after", "+1", "at least 0"},
        {"after", "1 ", "at least 0"},
        {"after", "99999999999999999999", "at least 0"},
        {"limit", "0", "limit must be a whole number from 1 to 1000"},
        {"limit", "1001", "from 1 to 1000"},
        {"follow", "yes", "follow must be true or false"},
        {"follow", "", "follow must be true or false"},
        {"state", "buried", "state must be pending or dead"},
    };
    for (const auto& [name, value, words] : cases) {
        const auto arguments = read_query({{name, value}});
        ASSERT_FALSE(arguments) << name << "=" << value;
        EXPECT_EQ(arguments.error().code, "bad_request");
        EXPECT_THAT(arguments.error().message, HasSubstr(words)) << name << "=" << value;
    }
}

}  // namespace
}  // namespace kaizen::control
