#include "daemon/flush/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace kaizen::flush {
namespace {

using testing::HasSubstr;
using testing::Not;
using Variables = std::map<std::string, std::string>;

Result<std::optional<Proxy>> ask(const char* url, const Variables& variables) {
    const Env env = [&variables](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    };
    return proxy_for(parse_endpoint(url).value(), env);
}

// "host:port", or "" for the straight way.
std::string way(const char* url, const Variables& variables) {
    const auto proxy = ask(url, variables);
    if (!proxy) return "error: " + proxy.error().message;
    return *proxy ? authority_of((*proxy)->host, (*proxy)->port) : "";
}

TEST(Proxy, comes_from_the_variable_of_the_scheme) {
    const Variables both{{"HTTPS_PROXY", "http://upper:1"}, {"https_proxy", "http://lower:2"}};
    EXPECT_EQ(way("https://host", both), "lower:2");
    EXPECT_EQ(way("https://host", {{"HTTPS_PROXY", "http://upper:1"}, {"https_proxy", ""}}), "upper:1");
    EXPECT_EQ(way("http://host", both), "");
    EXPECT_EQ(way("http://host", {{"http_proxy", "http://plain:3"}}), "plain:3");
    EXPECT_EQ(way("http://host", {{"HTTP_PROXY", "http://evil:4"}}), "") << "httpoxy";
    EXPECT_EQ(way("https://host", {{"http_proxy", "http://plain:3"}}), "");
    EXPECT_EQ(way("https://host", {}), "");
}

TEST(Proxy, may_be_written_short) {
    EXPECT_EQ(way("https://host", {{"https_proxy", "proxy:3128"}}), "proxy:3128");
    EXPECT_EQ(way("https://host", {{"https_proxy", "http://Proxy/"}}), "proxy:80");
    EXPECT_EQ(way("https://host", {{"https_proxy", "http://[::9]:8"}}), "[::9]:8");
}

TEST(Proxy, is_not_used_for_this_machine) {
    const Variables all{{"https_proxy", "proxy:1"}, {"http_proxy", "proxy:1"}};
    EXPECT_EQ(way("http://localhost:4318", all), "");
    EXPECT_EQ(way("http://127.0.0.1:4318", all), "");
    EXPECT_EQ(way("https://[::1]", all), "");
}

TEST(Proxy, is_not_used_where_no_proxy_says_so) {
    struct Case {
        const char* list;
        bool direct;
    };
    for (const Case& expected : {Case{"*", true},
                                 {"ingest.example.com", true},
                                 {"INGEST.Example.com", true},
                                 {"example.com", true},
                                 {".example.com", true},
                                 {"*.example.com", true},
                                 {"other, example.com", true},
                                 {"other example.com", true},
                                 {"ingest.example.com:8443", true},
                                 {"example.com:443", false},
                                 {"ample.com", false},
                                 {"a.ingest.example.com", false},
                                 {"com.", true},
                                 {",, ,", false},
                                 {"10.0.0.0/8", false},
                                 {"[bad", false},
                                 {"", false}}) {
        const Variables variables{{"https_proxy", "proxy:1"}, {"NO_PROXY", expected.list}};
        EXPECT_EQ(way("https://ingest.example.com:8443", variables), expected.direct ? "" : "proxy:1")
            << expected.list;
    }
    const Variables v6{{"https_proxy", "proxy:1"}, {"no_proxy", "2001:DB8::7"}};
    EXPECT_EQ(way("https://[2001:db8::7]", v6), "");
    const Variables bracketed{{"https_proxy", "proxy:1"}, {"no_proxy", "[2001:db8::7]:443"}};
    EXPECT_EQ(way("https://[2001:db8::7]", bracketed), "");
}

TEST(Proxy, takes_user_and_password) {
    const auto authorization = [](const char* value) {
        return ask("https://host", {{"https_proxy", value}}).value()->authorization;
    };
    EXPECT_EQ(authorization("http://Aladdin:open%20sesame@proxy:1"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(authorization("http://a:b@c@proxy:1"), "Basic YTpiQGM=") << "the last @ ends the password";
    EXPECT_EQ(authorization("u:p%zz%4@proxy:1"), "Basic dTpwJXp6JTQ=") << "what is no code stays";
    EXPECT_EQ(authorization("user@proxy:1"), "Basic dXNlcjo=");
    EXPECT_EQ(authorization("proxy:1"), "");
}

TEST(Proxy, is_never_repeated_in_an_error) {
    for (const char* value : {"http://user:secret@:1", "socks5://user:secret@proxy:1",
                              "http://user:secret@proxy:0", "https://user:secret@proxy", "user:secret"}) {
        const auto proxy = ask("https://host", {{"HTTPS_PROXY", value}});
        ASSERT_FALSE(proxy) << value;
        EXPECT_THAT(proxy.error().message, HasSubstr("HTTPS_PROXY"));
        EXPECT_THAT(proxy.error().message + proxy.error().hint, Not(HasSubstr("secret"))) << value;
    }
}

}  // namespace
}  // namespace kaizen::flush
