// One request and its answer, over plain HTTP: what goes out, what comes back, and what is refused.

#include "daemon/flush/http_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "common/version.h"
#include "tests/flush/loopback_server.h"
#include "tests/flush/sink_runner.h"

namespace kaizen::test {
namespace {

using flush::Reply;
using flush::Request;
using flush::Trouble;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kMiB = 1 << 20;

// What a server that answers with these bytes and closes makes of a request.
Reply reply_to(std::string bytes) {
    LoopbackServer server({answer_with_bytes(std::move(bytes))});
    SinkRunner sink(destination(server.url()));
    return sink.send(post());
}

Trouble trouble_of(const Reply& reply) {
    EXPECT_TRUE(reply.failure) << "status " << reply.status;
    if (!reply.failure) return Trouble::cancelled;
    EXPECT_FALSE(reply.failure->text.empty());
    return reply.failure->trouble;
}

Trouble trouble_with(std::string bytes) { return trouble_of(reply_to(std::move(bytes))); }

flush::HttpSinkOptions patience(milliseconds request_timeout) {
    flush::HttpSinkOptions options;
    options.request_timeout = request_timeout;
    options.connect_timeout = request_timeout;
    return options;
}

TEST(HttpSink, sends_what_it_is_given) {
    LoopbackServer server({answer_each(http_answer(202, ""))});
    SinkRunner sink(destination(server.url() + "/base/"));
    Request request("POST", "/v1/events");
    request.headers = {{"Authorization", "Bearer abc"}, {"Content-Type", "application/json"}};
    request.body = std::string("{\0}", 3);
    EXPECT_EQ(sink.send(request).status, 202U);
    EXPECT_EQ(sink.send(Request("GET", "/v1/health")).status, 202U);
    const std::string host = "127.0.0.1:" + std::to_string(server.port());
    const std::string version = kVersion;
    EXPECT_THAT(
        server.requests(),
        ElementsAre("POST /base/v1/events HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: kaizend/" + version +
                        "\r\nAuthorization: Bearer abc\r\nContent-Type: application/json\r\n"
                        "Content-Length: 3\r\n\r\n" +
                        request.body,
                    "GET /base/v1/health HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: kaizend/" + version +
                        "\r\n\r\n"));
}

TEST(HttpSink, gives_the_answer) {
    const Reply reply =
        reply_to(http_answer(503, "busy",
                             "RETRY-after: 7\r\nlocation: /x\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                             "Content-Type: text/html\r\nx-kaizen-ingest: 1\r\n"));
    EXPECT_FALSE(reply.failure);
    EXPECT_EQ(reply.status, 503U);
    EXPECT_EQ(reply.body, "busy");
    EXPECT_EQ(reply.retry_after, "7");
    EXPECT_EQ(reply.location, "/x");
    EXPECT_EQ(reply.date, "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(reply.content_type, "text/html");
    EXPECT_EQ(reply.ingest, "1");
    EXPECT_TRUE(reply.over_plain_http);
}

TEST(HttpSink, reads_every_way_to_frame_a_body) {
    EXPECT_EQ(reply_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                       "chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n")
                  .body,
              "abcde");
    EXPECT_EQ(reply_to("HTTP/1.1 200 OK\r\n\r\nuntil the end").body, "until the end");
    EXPECT_EQ(reply_to("HTTP/1.0 200 OK\r\n\r\nold").body, "old");
    EXPECT_EQ(reply_to("HTTP/1.1 204 No Content\r\n\r\n").status, 204U);
    EXPECT_EQ(reply_to("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").body, "");
    EXPECT_EQ(reply_to("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx").status, 200U) << "no reason phrase";
    EXPECT_EQ(reply_to(http_answer(200, std::string(kMiB, 'b'))).body.size(), kMiB)
        << "the most there may be";
}

TEST(HttpSink, reads_an_answer_byte_by_byte) {
    LoopbackServer server({[](Peer& peer) {
        peer.read_request();
        peer.send_one_by_one("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        peer.hold();
    }});
    SinkRunner sink(destination(server.url()));
    EXPECT_EQ(sink.send(post()).body, "abc");
}

TEST(HttpSink, skips_interim_answers) {
    EXPECT_EQ(reply_to("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" +
                       http_answer(202, "real"))
                  .body,
              "real");
    EXPECT_EQ(reply_to("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n").status, 101U);
    std::string endless;
    for (int i = 0; i < 100; ++i) endless += "HTTP/1.1 102 Processing\r\n\r\n";
    EXPECT_EQ(trouble_with(endless), Trouble::bad_http);
    EXPECT_EQ(trouble_with("HTTP/1.1 100 Continue\r\n\r\n"), Trouble::reset);
}

TEST(HttpSink, does_not_follow_a_redirect) {
    LoopbackServer server({answer_each(http_answer(307, "", "Location: /elsewhere\r\n"))});
    SinkRunner sink(destination(server.url()));
    const Reply reply = sink.send(post());
    EXPECT_EQ(reply.status, 307U);
    EXPECT_EQ(reply.location, "/elsewhere");
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpSink, takes_an_answer_that_ends_early_for_a_lost_connection) {
    EXPECT_EQ(trouble_with(""), Trouble::reset);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nContent-Le"), Trouble::reset);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"), Trouble::reset);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), Trouble::reset);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
              Trouble::reset);
    EXPECT_THAT(reply_to("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1").failure->text,
                HasSubstr("in the middle"));
    EXPECT_THAT(reply_to("").failure->text, HasSubstr("did not answer"));
}

TEST(HttpSink, knows_a_reset) {
    LoopbackServer server({[](Peer& peer) {
        peer.read_request();
        peer.reset();
    }});
    SinkRunner sink(destination(server.url()));
    EXPECT_EQ(trouble_of(sink.send(post())), Trouble::reset);
}

TEST(HttpSink, refuses_what_is_not_http) {
    for (const char* bytes :
         {"garbage\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
          "HTTP/1.1 200 OK\r\nX: \x01\r\nContent-Length: 0\r\n\r\n"})
        EXPECT_EQ(trouble_with(bytes), Trouble::bad_http) << bytes;
    EXPECT_EQ(trouble_with("\x15\x03\x01\x00\x02\x02\x46"), Trouble::bad_http) << "a TLS alert";
}

TEST(HttpSink, refuses_a_flood) {
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n"),
              Trouble::too_large);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nX: " + std::string(4 * kMiB, 'x')), Trouble::too_large);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"), Trouble::too_large);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\n\r\n" + std::string(kMiB + 1, 'x')), Trouble::too_large);
    const std::string chunk = "10000\r\n" + std::string(65'536, 'x') + "\r\n";
    std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 17; ++i) chunks += chunk;
    EXPECT_EQ(trouble_with(chunks + "0\r\n\r\n"), Trouble::too_large);
    EXPECT_EQ(
        trouble_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(kMiB, 'x')),
        Trouble::too_large);
    EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " +
                           std::string(kMiB, 'x')),
              Trouble::too_large);
}

// Bytes changed, dropped, doubled: whatever comes is an answer or a failure with a name.
TEST(HttpSink, survives_answers_that_are_damaged_anyhow) {
    const std::string answers[] = {
        http_answer(202, R"({"received":7,"deduped":2})", "Retry-After: 7\r\nConnection: keep-alive\r\n"),
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n"};
    std::mt19937 random(11);
    for (int i = 0; i < 400; ++i) {
        std::string bytes = answers[i % 2];
        for (int changes = static_cast<int>(random() % 3); changes >= 0 && !bytes.empty(); --changes) {
            const std::size_t at = random() % bytes.size();
            const std::size_t size = random() % 8;
            if (random() % 3 == 0) bytes[at] = static_cast<char>(random());
            if (random() % 3 == 0) bytes.erase(at, size);
            if (random() % 3 == 0) bytes.insert(at, bytes.substr(at, size));
        }
        const Reply reply = reply_to(bytes);
        if (!reply.failure) {
            EXPECT_GE(reply.status, 100U) << bytes;
            continue;
        }
        const Trouble trouble = reply.failure->trouble;
        EXPECT_TRUE(trouble == Trouble::bad_http || trouble == Trouble::reset ||
                    trouble == Trouble::too_large)
            << bytes << "\n"
            << reply.failure->text;
    }
}

TEST(HttpSink, does_not_wait_for_ever) {
    LoopbackServer server({[](Peer& peer) { peer.hold(); },
                           [](Peer& peer) {
                               peer.read_request();
                               peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
                               peer.drip('x');
                           },
                           [](Peer& peer) {
                               peer.read_request();
                               peer.send("HTTP/1.1 200 OK\r\nX: ");
                               peer.drip('x');
                           },
                           [](Peer& peer) {
                               peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                               peer.hold();
                           }});
    SinkRunner sink(destination(server.url()), patience(milliseconds(50)));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(trouble_of(sink.send(post())), Trouble::timeout) << i;
}

TEST(HttpSink, does_not_wait_for_ever_to_be_read) {
    LoopbackServer server({[](Peer& peer) {
        peer.read_head();
        peer.drip('x');  // which is not HTTP, but that is read later
    }});
    SinkRunner sink(destination(server.url()), patience(milliseconds(50)));
    EXPECT_EQ(trouble_of(sink.send(post(std::string(32 * kMiB, 'x')))), Trouble::timeout);
}

TEST(HttpSink, reads_an_answer_that_comes_while_it_still_sends) {
    LoopbackServer server({[](Peer& peer) {
        peer.read_head();
        peer.send(http_answer(413, "too much"));
        peer.reset();
    }});
    SinkRunner sink(destination(server.url()));
    const Reply reply = sink.send(post(std::string(32 * kMiB, 'x')));
    EXPECT_EQ(reply.status, 413U) << (reply.failure ? reply.failure->text : "");
}

TEST(HttpSink, says_that_nobody_listens) {
    const std::string port = std::to_string(unused_port());
    SinkRunner sink(destination("http://127.0.0.1:" + port));
    const Reply reply = sink.send(post());
    EXPECT_EQ(trouble_of(reply), Trouble::refused);
    EXPECT_EQ(reply.failure->text, "127.0.0.1:" + port + " refuses connections");
}

TEST(HttpSink, says_that_a_name_has_no_address) {
    // No DNS carries a label of 64 letters, so nobody is asked; and no URL may hold one.
    const std::string host = std::string(64, 'a') + ".invalid";
    flush::Destination nowhere = destination("http://host.invalid");
    nowhere.endpoint.host = host;
    SinkRunner sink(nowhere);
    const Reply reply = sink.send(post());
    EXPECT_EQ(trouble_of(reply), Trouble::resolve);
    EXPECT_THAT(reply.failure->text, HasSubstr(host));
}

TEST(HttpSink, looks_names_up_and_tries_each_address) {
    LoopbackServer server(
        {answer_each(http_answer(202, ""))});  // on 127.0.0.1 only; localhost is ::1 as well
    SinkRunner sink(destination(server.url("http", "localhost")));
    EXPECT_EQ(sink.send(post()).status, 202U);
}

TEST(HttpSink, speaks_over_ipv6) {
    if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
    LoopbackServer server({answer_each(http_answer(202, ""))}, AF_INET6);
    SinkRunner sink(destination(server.url("http", "[::1]")));
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nHost: [::1]:"));
}

TEST(HttpSink, does_not_quote_a_secret_that_the_server_echoes) {
    Request request = post();
    request.headers = {{"Authorization", "Bearer s3cr3t-token"}};
    request.secrets = {"s3cr3t-token", "x"};
    LoopbackServer server(
        {answer_each(http_answer(401, "x: s3cr3t-token, s3cr3t-token", "Location: /?t=s3cr3t-token\r\n"))});
    SinkRunner sink(destination(server.url()));
    const Reply reply = sink.send(request);
    EXPECT_EQ(reply.body, "x: ***, ***") << "a short one stands there by chance";
    EXPECT_EQ(reply.location, "/?t=***");
}

TEST(HttpSink, does_not_send_a_header_with_a_line_break) {
    LoopbackServer server({});
    SinkRunner sink(destination(server.url()));
    for (const char* value : {"Bearer s3cr3t\r\nX: y", "Bearer s3cr3t\n", "s3cr3t\x7f"}) {
        Request request = post();
        request.headers = {{"Authorization", value}};
        const Reply reply = sink.send(request);
        EXPECT_EQ(trouble_of(reply), Trouble::unsendable);
        EXPECT_THAT(reply.failure->text + reply.failure->fix, Not(HasSubstr("s3cr3t")));
        EXPECT_THAT(reply.failure->text, HasSubstr("Authorization"));
    }
    EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace kaizen::test
