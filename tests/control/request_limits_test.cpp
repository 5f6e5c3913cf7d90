// What broken, slow, greedy and foreign requests get. Every answer here ends the connection.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "proto/control.h"
#include "tests/control/peer.h"
#include "tests/control/running_server.h"

namespace kaizen::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBodyLimit = 1024 * 1024;

// "400 bad_request" or the like; the connection must be closed behind it.
std::string refusal_of(RunningServer& server, const std::string& bytes) {
    Peer peer(server.path());
    peer.send(bytes);
    const Reply reply = peer.read_reply();
    const auto error = proto::error_from_json(reply.body);
    const bool closed = peer.read_to_end().empty();
    return std::to_string(reply.status) + " " + (error ? error->code : reply.body) +
           (closed ? "" : " and more");
}

// The same on a connection that stays open.
std::string answer_of(RunningServer& server, const std::string& bytes) {
    Peer peer(server.path());
    peer.send(bytes);
    const Reply reply = peer.read_reply();
    const auto error = proto::error_from_json(reply.body);
    return std::to_string(reply.status) + " " + (error ? error->code : reply.body);
}

TEST(ControlServerLimits, refuse_what_is_not_http) {
    RunningServer server;
    server.start();
    for (const char* bytes :
         {"hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "\x16\x03\x01\x02\x01\r\n\r\n",
          "POST /v1/echo HTTP/1.1\r\nHost: kaizend\r\nContent-Length: many\r\n\r\n"}) {
        EXPECT_EQ(refusal_of(server, bytes), "400 bad_request") << bytes;
    }
}

TEST(ControlServerLimits, refuse_garbage_behind_a_request_after_answering_it) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/echo") + "garbage\r\n\r\n");
    EXPECT_EQ(peer.read_reply().status, 200);
    EXPECT_EQ(peer.read_reply().status, 400);
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST(ControlServerLimits, refuse_a_target_that_is_not_well_formed) {
    RunningServer server;
    server.start();
    for (const char* target :
         {"/v1/echo?x=%zz", "/v1/echo/%ff", "/v1/echo/%00", "/v1/echo?x=%4", "v1/echo", "*"}) {
        EXPECT_EQ(answer_of(server, request_text("GET", target)), "400 bad_request") << target;
    }
}

TEST(ControlServerLimits, refuse_what_a_browser_sends) {
    RunningServer server;
    server.start();
    EXPECT_EQ(answer_of(server, request_text("GET", "/v1/echo", "Origin: http://evil.example\r\n")),
              "403 forbidden");
    EXPECT_EQ(answer_of(server, request_text("GET", "/v1/echo", "Origin: null\r\n")), "403 forbidden");
    EXPECT_EQ(answer_of(server, request_text("GET", "/v1/echo", "Referer: http://kaizend/\r\n")),
              "403 forbidden");
}

TEST(ControlServerLimits, refuse_another_host) {
    RunningServer server;
    server.start();
    const auto with_host = [](const std::string& lines) {
        return "GET /v1/echo HTTP/1.1\r\n" + lines + "\r\n";
    };
    EXPECT_EQ(answer_of(server, with_host("Host: evil.example\r\n")), "400 bad_request");
    EXPECT_EQ(answer_of(server, with_host("Host: kaizend.evil.example\r\n")), "400 bad_request");
    EXPECT_EQ(answer_of(server, with_host("")), "400 bad_request");
    EXPECT_EQ(answer_of(server, with_host("Host: kaizend\r\nHost: evil.example\r\n")), "400 bad_request");
    EXPECT_EQ(answer_of(server, with_host("Host: LocalHost\r\n")), "200 GET /v1/echo tail= query= body=0");
}

TEST(ControlServerLimits, refuse_an_older_http) {
    RunningServer server;
    server.start();
    EXPECT_EQ(refusal_of(server, "GET /v1/echo HTTP/1.0\r\nHost: kaizend\r\n\r\n"), "400 bad_request");
}

TEST(ControlServerLimits, refuse_a_header_above_8_kib) {
    RunningServer server;
    server.start();
    const std::string frame = request_text("GET", "/v1/echo", "X: \r\n");
    const std::string fits(8 * 1024 - frame.size(), 'x');
    EXPECT_EQ(answer_of(server, request_text("GET", "/v1/echo", "X: " + fits + "\r\n")),
              "200 GET /v1/echo tail= query= body=0");
    // Beast counts from the second line on.
    const std::string above(8 * 1024, 'x');
    EXPECT_EQ(refusal_of(server, request_text("GET", "/v1/echo", "X: " + above + "\r\n")), "431 too_large");
    EXPECT_EQ(refusal_of(server, "GET /" + std::string(100'000, 'x')), "431 too_large");
}

TEST(ControlServerLimits, refuse_a_body_above_1_mib) {
    RunningServer server;
    server.start();
    const std::string fits(kBodyLimit, 'x');
    EXPECT_EQ(answer_of(server, request_text("POST", "/v1/echo", {}, fits)),
              "200 POST /v1/echo tail= query= body=1048576");
    EXPECT_EQ(refusal_of(server, request_text("POST", "/v1/echo", {}, fits + "x")), "413 too_large");
}

TEST(ControlServerLimits, refuse_a_chunked_body_above_1_mib) {
    RunningServer server;
    server.start();
    std::string bytes = request_text("POST", "/v1/echo", "Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < 17; ++i) bytes += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    EXPECT_EQ(refusal_of(server, bytes + "0\r\n\r\n"), "413 too_large");
}

TEST(ControlServerLimits, refuse_a_chunk_header_without_end) {
    RunningServer server;
    server.start();
    const std::string bytes = request_text("POST", "/v1/echo", "Transfer-Encoding: chunked\r\n");
    EXPECT_EQ(refusal_of(server, bytes + "1;" + std::string(100'000, 'x')), "400 bad_request");
}

TEST(ControlServerLimits, give_up_on_a_header_that_does_not_end) {
    control::Deadlines deadlines;
    deadlines.request = milliseconds(50);
    RunningServer server(deadlines);
    server.start();
    EXPECT_EQ(refusal_of(server, "GET /v1/echo HTTP/1.1\r\nHost:"), "408 timeout");
}

TEST(ControlServerLimits, give_up_on_a_body_that_does_not_come) {
    control::Deadlines deadlines;
    deadlines.request = milliseconds(50);
    RunningServer server(deadlines);
    server.start();
    EXPECT_EQ(refusal_of(server, "POST /v1/echo HTTP/1.1\r\nHost: kaizend\r\nContent-Length: 9\r\n\r\n1234"),
              "408 timeout");
}

TEST(ControlServerLimits, close_a_connection_that_never_asks) {
    control::Deadlines deadlines;
    deadlines.request = milliseconds(50);
    RunningServer server(deadlines);
    server.start();
    Peer peer(server.path());
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST(ControlServerLimits, close_a_connection_that_asks_no_more) {
    control::Deadlines deadlines;
    deadlines.idle = milliseconds(50);
    RunningServer server(deadlines);
    server.start();
    Peer peer(server.path());
    EXPECT_EQ(peer.ask("GET", "/v1/echo").status, 200);
    EXPECT_EQ(peer.read_to_end(), "");
}

// Bytes changed, dropped, doubled: whatever arrives gets answers or the end, and the next peer is served.
TEST(ControlServerLimits, withstand_mutated_requests) {
    const std::uint32_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    RunningServer server;
    server.start();
    const std::string whole = request_text("POST", "/v1/echo?x=%41&y=+", "Transfer-Encoding: chunked\r\n") +
                              "5;a=b\r\nhello\r\n0\r\n\r\n" +
                              request_text("GET", "/v1/echo/%20", "X: y\r\n", "body");
    for (int round = 0; round < 300; ++round) {
        std::string bytes = whole;
        for (std::size_t n = below(6) + 1; n > 0; --n) {
            const std::size_t at = below(bytes.size());
            if (below(3) == 0) bytes[at] = static_cast<char>(below(256));
            if (below(3) == 0) bytes.erase(at, below(20));
            if (bytes.empty()) bytes = "\n";
            if (below(3) == 0)
                bytes.insert(below(bytes.size()), bytes.substr(below(bytes.size()), below(40)));
        }
        Peer peer(server.path());
        peer.send(bytes);
        peer.finish_sending();
        const std::string answer = peer.read_to_end();
        EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 ")) << answer;
    }
    EXPECT_EQ(answer_of(server, request_text("GET", "/v1/echo")), "200 GET /v1/echo tail= query= body=0");
}

}  // namespace
}  // namespace kaizen::test
