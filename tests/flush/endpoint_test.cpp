#include "daemon/flush/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace kaizen::flush {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Endpoint, is_read_in_its_parts) {
    struct Case {
        const char* url;
        bool tls;
        const char* host;
        std::uint16_t port;
        const char* prefix;
        const char* host_header;
    };
    for (const Case& expected : {
             Case{"https://ingest.example.com", true, "ingest.example.com", 443, "", "ingest.example.com"},
             Case{"https://ingest.example.com/", true, "ingest.example.com", 443, "", "ingest.example.com"},
             Case{"HTTPS://Ingest.Example.COM:8443/a/B//", true, "ingest.example.com", 8443, "/a/B",
                  "ingest.example.com:8443"},
             Case{"http://127.0.0.1:4318", false, "127.0.0.1", 4318, "", "127.0.0.1:4318"},
             Case{"http://[::1]:80/x", false, "::1", 80, "/x", "[::1]"},
             Case{"https://[2001:DB8::7]", true, "2001:db8::7", 443, "", "[2001:db8::7]"},
             Case{"https://host.:443", true, "host", 443, "", "host"},
             Case{"http://127.0.0.1.:80", false, "127.0.0.1", 80, "", "127.0.0.1"},
             Case{"http://1.example", false, "1.example", 80, "", "1.example"},
             Case{"http://0xcafe.example", false, "0xcafe.example", 80, "", "0xcafe.example"},
             Case{"http://[0:0:0:0:0:0:0:1]", false, "::1", 80, "", "[::1]"},
             Case{"http://[::FFFF:127.0.0.1]:0080", false, "::ffff:127.0.0.1", 80, "", "[::ffff:127.0.0.1]"},
             Case{"http://my_host:1/%20a", false, "my_host", 1, "/%20a", "my_host:1"},
         }) {
        const auto endpoint = parse_endpoint(expected.url);
        ASSERT_TRUE(endpoint) << expected.url << ": " << endpoint.error().message;
        EXPECT_EQ(endpoint->tls, expected.tls) << expected.url;
        EXPECT_EQ(endpoint->host, expected.host) << expected.url;
        EXPECT_EQ(endpoint->port, expected.port) << expected.url;
        EXPECT_EQ(endpoint->prefix, expected.prefix) << expected.url;
        EXPECT_EQ(host_header_of(*endpoint), expected.host_header) << expected.url;
    }
}

TEST(Endpoint, says_what_is_wrong_with_it) {
    const std::pair<std::string, const char*> cases[] = {
        {"", "does not begin"},
        {"ingest.example.com", "does not begin"},
        {"ftp://host", "does not begin"},
        {"https:/host", "does not begin"},
        {"https://", "no host"},
        {"https:///v1", "no host"},
        {"https://:443", "no host"},
        {"https://user:secret@host", "user name or password"},
        {"https://host/?token=secret", "query"},
        {"https://host/#secret", "fragment"},
        {"https://host:0", "1 to 65535"},
        {"https://host:65536", "1 to 65535"},
        {"https://host:", "1 to 65535"},
        {"https://host:99999999999999999999", "1 to 65535"},
        {"https://host:12a", "not a number"},
        {"https://ho st", "characters"},
        {"https://m\xc3\xbcnchen.de", "characters"},
        {"https://host..", "two dots"},
        {"https://.", "no host"},
        {"https://..", "two dots"},
        {"https://.host", "two dots"},
        {"https://a..b", "two dots"},
        {"https://" + std::string(64, 'a') + ".example", "63 letters"},
        {"https://host.\\", "characters"},
        {"https://host,other", "characters"},
        {" https://host", "does not begin"},
        {"https://host ", "characters"},
        {"https://host\n", "characters"},
        {"https://host:443 ", "not a number"},
        {"https://host:+443", "not a number"},
        {"https://host:-1", "not a number"},
        {"https://host:443:443", "not a number"},
        {"https://127.1", "four numbers"},
        {"https://2130706433", "four numbers"},
        {"https://0x7f.1", "four numbers"},
        {"https://0x7f000001", "four numbers"},
        {"https://127.0.0.256", "four numbers"},
        {"https://127.0.0.01", "four numbers"},
        {"https://1.2.3.4.5", "four numbers"},
        {"https://::1", "no host"},
        {"https://[::1]]", "between"},
        {"https://[]", "not an IPv6"},
        {"https://[127.0.0.1]", "not an IPv6"},
        {"https://[::1%lo]", "not an IPv6"},
        {"https://host/%", "path"},
        {"https://host/%4", "path"},
        {"https://host/%zz", "path"},
        {"https://ho%73t", "characters"},
        {"https://[::1", "without its ]"},
        {"https://[::zz]", "not an IPv6"},
        {"https://[::1]x", "between"},
        {"https://[fe80::1%25eth0]", "not an IPv6"},
        {"https://host/a b", "path"},
        {"https://host/a\r\nX: y", "path"},
        {"https://" + std::string(254, 'a'), "longer"},
        {"https://host/" + std::string(2048, 'a'), "2048"},
    };
    for (const auto& [url, words] : cases) {
        const auto endpoint = parse_endpoint(url);
        ASSERT_FALSE(endpoint) << url;
        EXPECT_THAT(endpoint.error().message, HasSubstr(words)) << url;
        EXPECT_THAT(endpoint.error().message + endpoint.error().hint, Not(HasSubstr("secret@"))) << url;
        EXPECT_FALSE(endpoint.error().hint.empty()) << url;
    }
}

TEST(Endpoint, knows_this_machine) {
    for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost", "::ffff:127.0.0.1"})
        EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host : {"128.0.0.1", "10.0.0.1", "::2", "::ffff:10.0.0.1", "localhost.example.com",
                             "notlocalhost", "127.com"})
        EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace kaizen::flush
