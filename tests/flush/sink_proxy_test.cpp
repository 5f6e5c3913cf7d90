// Through a proxy: the loopback server is the proxy and, behind its 200, the server itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/flush/certificates.h"
#include "tests/flush/loopback_server.h"
#include "tests/flush/sink_runner.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

using flush::Reply;
using flush::Trouble;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kTaken = http_answer(202, "{}");
constexpr char kConnected[] = "HTTP/1.1 200 Connection established\r\n\r\n";

flush::Destination through(std::uint16_t port, const std::string& url, std::string authorization = {}) {
    flush::Destination there = destination(url);
    there.proxy = flush::Proxy{"127.0.0.1", port, std::move(authorization)};
    return there;
}

// A proxy that says this to a CONNECT and then waits.
Reply reply_through(std::string answer, flush::HttpSinkOptions options = {}) {
    LoopbackServer proxy({[&answer](Peer& peer) {
        peer.read_request();
        peer.send(answer);
        peer.hold();
    }});
    SinkRunner sink(through(proxy.port(), "https://ingest.example", "Basic c2VjcmV0"), options);
    Reply reply = sink.send(post());
    if (reply.failure) {
        EXPECT_THAT(reply.failure->text + reply.failure->fix, Not(HasSubstr("c2VjcmV0")));
    }
    return reply;
}

TEST(SinkProxy, connects_us_to_a_server_that_proves_its_own_name) {
    TempDir dir;
    const Identity authority = make_authority();
    write_file(dir / "ca.pem", pem_of(authority));
    CertificateOptions names;
    names.names = "DNS:ingest.example";
    const auto context = server_context(make_signed(authority, names));
    LoopbackServer proxy({[&context](Peer& peer) {
        peer.read_request();
        peer.send_one_by_one(kConnected);
        if (peer.start_tls(context)) answer_each(kTaken)(peer);
    }});
    flush::Destination there = through(proxy.port(), "https://ingest.example:8443", "Basic c2VjcmV0");
    there.ca_file = dir / "ca.pem";
    SinkRunner sink(there);
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(proxy.connections(), 1);
    EXPECT_THAT(proxy.requests(),
                ElementsAre("CONNECT ingest.example:8443 HTTP/1.1\r\nHost: ingest.example:8443\r\n"
                            "Proxy-Authorization: Basic c2VjcmV0\r\n\r\n",
                            StartsWith("POST /v1/events HTTP/1.1\r\nHost: ingest.example:8443\r\n"),
                            StartsWith("POST /v1/events ")));
    EXPECT_THAT(proxy.requests().at(1), Not(HasSubstr("Proxy-Authorization")))
        << "that is not for the server";
}

TEST(SinkProxy, that_refuses_is_named) {
    struct Case {
        std::string answer;
        const char* text;
        const char* fix;
    };
    for (const Case& expected : {
             Case{"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "(407)", "user and password"},
             Case{"HTTP/1.0 403 Forbidden\r\nContent-Length: 3\r\n\r\nno.", "(403)", "NO_PROXY"},
             Case{"HTTP/1.1 302 Found\r\n\r\n", "(302)", "NO_PROXY"},
             Case{"SSH-2.0-OpenSSH_9.2\r\n\r\n", "like an HTTP proxy", "HTTPS_PROXY"},
             Case{"HTTP/1.1 2x0 OK\r\n\r\n", "like an HTTP proxy", "HTTPS_PROXY"},
             Case{std::string(kConnected) + "more", "like an HTTP proxy", "HTTPS_PROXY"},
             Case{"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'), "like an HTTP proxy", "HTTPS_PROXY"},
         }) {
        const Reply reply = reply_through(expected.answer);
        ASSERT_TRUE(reply.failure) << expected.answer;
        EXPECT_EQ(reply.failure->trouble, Trouble::proxy) << expected.answer;
        EXPECT_THAT(reply.failure->text, HasSubstr("the proxy 127.0.0.1:"));
        EXPECT_THAT(reply.failure->text, HasSubstr(expected.text));
        EXPECT_THAT(reply.failure->fix, HasSubstr(expected.fix));
    }
}

TEST(SinkProxy, may_be_slow_broken_or_gone) {
    flush::HttpSinkOptions options;
    options.connect_timeout = std::chrono::milliseconds(50);
    const Reply slow = reply_through("HTTP/1.1 200", options);
    ASSERT_TRUE(slow.failure);
    EXPECT_EQ(slow.failure->trouble, Trouble::timeout);

    LoopbackServer broken({answer_with_bytes("HTTP/1.1 200")});
    SinkRunner through_broken(through(broken.port(), "https://ingest.example"));
    const Reply cut = through_broken.send(post());
    ASSERT_TRUE(cut.failure);
    EXPECT_EQ(cut.failure->trouble, Trouble::reset);

    SinkRunner through_none(through(unused_port(), "https://ingest.example"));
    const Reply none = through_none.send(post());
    ASSERT_TRUE(none.failure);
    EXPECT_EQ(none.failure->trouble, Trouble::refused);
    EXPECT_THAT(none.failure->text, StartsWith("the proxy 127.0.0.1:"));
}

TEST(SinkProxy, gets_the_whole_url_of_a_plain_request) {
    LoopbackServer proxy({answer_each(kTaken)});
    SinkRunner sink(through(proxy.port(), "http://ingest.example/base", "Basic c2VjcmV0"));
    EXPECT_EQ(sink.send(post()).status, 202U);
    const std::string request = proxy.requests().at(0);
    EXPECT_THAT(request,
                StartsWith("POST http://ingest.example/base/v1/events HTTP/1.1\r\nHost: ingest.example\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nProxy-Authorization: Basic c2VjcmV0\r\n"));
}

TEST(SinkProxy, that_wants_a_password_for_a_plain_request_is_named) {
    LoopbackServer proxy({answer_each(http_answer(407, ""))});
    SinkRunner sink(through(proxy.port(), "http://ingest.example"));
    const Reply reply = sink.send(post());
    ASSERT_TRUE(reply.failure);
    EXPECT_EQ(reply.failure->trouble, Trouble::proxy);
}

}  // namespace
}  // namespace kaizen::test
