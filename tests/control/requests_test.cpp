// What well-behaved peers get: answers, errors in the one shape, several requests on one connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "common/version.h"
#include "proto/control.h"
#include "tests/control/peer.h"
#include "tests/control/running_server.h"

namespace kaizen::test {
namespace {

using testing::HasSubstr;

std::string error_code_of(const Reply& reply) {
    const auto error = proto::error_from_json(reply.body);
    return error ? error->code : "not an error: " + reply.body;
}

TEST(ControlServer, answers_with_the_headers_that_every_answer_has) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    const Reply reply = peer.ask("GET", "/v1/echo");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "GET /v1/echo tail= query= body=0");
    EXPECT_EQ(reply.header("Kaizend-Version"), kVersion);
    EXPECT_EQ(reply.header("Kaizend-Api"), "1");
    EXPECT_EQ(reply.header("Content-Type"), "application/json");
    EXPECT_EQ(reply.header("Cache-Control"), "no-store");
}

TEST(ControlServer, hands_the_decoded_request_to_its_handler) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    EXPECT_EQ(peer.ask("GET", "/v1/echo/a%20b?x=1+2&y=%C3%A9").body,
              "GET /v1/echo/a b tail=a b query=[x=1 2][y=é] body=0");
    EXPECT_EQ(peer.ask("POST", "/v1/echo", {}, R"({"now":true})").body, "POST /v1/echo tail= query= body=12");
}

TEST(ControlServer, answers_pipelined_requests_in_order) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/echo/1") + request_text("GET", "/v1/echo/2"));
    EXPECT_THAT(peer.read_reply().body, HasSubstr("tail=1"));
    EXPECT_THAT(peer.read_reply().body, HasSubstr("tail=2"));
}

TEST(ControlServer, closes_when_the_peer_asks_for_it) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    EXPECT_EQ(peer.ask("GET", "/v1/echo", "Connection: close\r\n").header("Connection"), "close");
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST(ControlServer, answers_a_peer_that_has_finished_sending) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/echo"));
    peer.finish_sending();
    EXPECT_EQ(peer.read_reply().status, 200);
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST(ControlServer, says_404_for_an_unknown_path_and_keeps_the_connection) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    for (const char* path : {"/", "/v1/nothing", "/v1/echo/", "/v1/echo/a/b", "/v1/echo/a%2Fb"}) {
        const Reply reply = peer.ask("GET", path);
        EXPECT_EQ(reply.status, 404) << path;
        EXPECT_EQ(error_code_of(reply), "not_found") << path;
    }
    EXPECT_EQ(peer.ask("GET", "/v1/echo").status, 200);
}

TEST(ControlServer, says_405_with_the_methods_that_a_path_has) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    const Reply reply = peer.ask("DELETE", "/v1/echo");
    EXPECT_EQ(reply.status, 405);
    EXPECT_EQ(reply.header("Allow"), "GET, POST");
    EXPECT_EQ(error_code_of(reply), "method_not_allowed");
    EXPECT_EQ(peer.ask("GET", "/v1/echo").header("Allow"), "");
    EXPECT_EQ(peer.ask("HEAD", "/v1/echo").status, 405);
    EXPECT_EQ(peer.read_to_end(), "") << "a HEAD's answer has a body, so nothing may follow it";
}

TEST(ControlServer, says_500_when_a_handler_throws_and_goes_on) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    testing::internal::CaptureStderr();
    const Reply reply = peer.ask("GET", "/v1/fail");
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(error_code_of(reply), "internal");
    EXPECT_EQ(reply.body.find("malformed"), std::string::npos) << "the reason is for the log";
    EXPECT_THAT(log, HasSubstr("disk image is malformed"));
    EXPECT_EQ(peer.ask("GET", "/v1/echo").status, 200);
}

TEST(ControlServer, serves_a_peer_while_another_one_waits) {
    RunningServer server;
    server.start();
    Peer waiting(server.path());
    waiting.send(request_text("GET", "/v1/wait"));
    server.gate.entered.get_future().wait();
    Peer quick(server.path());
    EXPECT_EQ(quick.ask("GET", "/v1/echo").status, 200);
    server.on_io([&server] { server.gate.open(); });
    EXPECT_EQ(waiting.read_reply().body, R"({"waited":true})");
}

TEST(ControlServer, speaks_with_curl) {
    RunningServer server;
    server.start();
    const std::string command = "curl -s -m 30 -w ' %{http_code}' --unix-socket " + server.path() +
                                " http://kaizend/v1/echo --next -s -m 30 -w ' %{http_code}' --unix-socket " +
                                server.path() + " http://localhost/v1/echo -d '{}' 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> curl(::popen(command.c_str(), "r"), ::pclose);
    ASSERT_TRUE(curl);
    std::string out;
    std::array<char, 1024> bytes;
    while (const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), curl.get()))
        out.append(bytes.data(), n);
    if (out.find("not found") != std::string::npos) GTEST_SKIP() << "no curl here";
    EXPECT_EQ(out, "GET /v1/echo tail= query= body=0 200POST /v1/echo tail= query= body=2 200");
}

}  // namespace
}  // namespace kaizen::test
