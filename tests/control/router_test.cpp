#include "daemon/control/router.h"

#include <gtest/gtest.h>

namespace kaizen::control {
namespace {

TEST(ParseTarget, decodes_path_and_query) {
    const auto target = parse_target("/v1/a%2Bb+c?agent=claude+code&after=%2B1&follow&x=a=b");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/v1/a+b+c");
    const std::map<std::string, std::string> expected{
        {"agent", "claude code"}, {"after", "+1"}, {"follow", ""}, {"x", "a=b"}};
    EXPECT_EQ(target->query, expected);
}

TEST(ParseTarget, takes_the_first_of_a_name_that_is_given_twice_and_no_nameless_one) {
    const auto target = parse_target("/p?a=1&a=2&=3&&");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"a", "1"}}));
}

TEST(ParseTarget, refuses_what_is_not_well_formed) {
    for (const char* raw : {"", "v1", "http://kaizend/v1", "/%", "/%4", "/%4g", "/%+4", "/%-1", "/%00",
                            "/%c3", "/\xff", "/?a=%", "/?%zz=1", "/?a=%ed%a0%80"}) {
        EXPECT_FALSE(parse_target(raw)) << raw;
    }
    EXPECT_FALSE(parse_target(std::string_view("/a\0b", 4)));
}

Head head_of(const char* method, const char* target) {
    Head head;
    head.host = "kaizend";
    head.method = method;
    head.target = target;
    return head;
}

TEST(Choose, takes_the_first_route_that_fits) {
    const std::vector<Route> routes{
        {"GET", "/v1/outbox/dead", {}}, {"GET", "/v1/outbox/{id}", {}}, {"DELETE", "/v1/outbox/{id}", {}}};
    EXPECT_EQ(choose(routes, head_of("GET", "/v1/outbox/dead")).route, &routes[0]);
    const Choice one = choose(routes, head_of("DELETE", "/v1/outbox/dead"));
    EXPECT_EQ(one.route, &routes[2]);
    EXPECT_EQ(one.request.tail, "dead");
    EXPECT_EQ(one.allow, "");
}

TEST(Choose, never_takes_an_empty_or_a_double_segment_for_the_parameter) {
    const std::vector<Route> routes{{"GET", "/v1/sessions/{id}", {}}};
    for (const char* target : {"/v1/sessions", "/v1/sessions/", "/v1/sessions/a/b", "/v1/sessions/a%2Fb"}) {
        const Choice choice = choose(routes, head_of("GET", target));
        EXPECT_EQ(choice.route, nullptr) << target;
        EXPECT_EQ(choice.refusal.status, 404U) << target;
    }
}

}  // namespace
}  // namespace kaizen::control
