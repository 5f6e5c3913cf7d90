// Answers that go on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/control/peer.h"
#include "tests/control/running_server.h"

namespace kaizen::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kLastChunk = "0\r\n\r\n";

TEST(ControlServerStream, hands_out_each_piece_when_it_is_there) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/stream"));
    const std::string head = peer.read_until("\r\n\r\n");
    EXPECT_THAT(head, HasSubstr("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(head, HasSubstr("Content-Type: application/x-ndjson\r\n"));
    EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(head, HasSubstr("Kaizend-Api: 1\r\n"));
    server.on_io([&server] { server.stream->push("{\"id\":1}\n"); });
    EXPECT_EQ(peer.read_until("}\n\r\n"), "9\r\n{\"id\":1}\n\r\n");
    server.on_io([&server] { server.stream->push("{\"id\":22}\n"); });
    EXPECT_EQ(peer.read_until("}\n\r\n"), "a\r\n{\"id\":22}\n\r\n");
    server.on_io([&server] { server.stream->push(""); });
    EXPECT_EQ(peer.read_to_end(), kLastChunk);
    server.stream->gone.get_future().wait();
}

TEST(ControlServerStream, ends_when_the_peer_leaves_although_nothing_comes) {
    RunningServer server;
    server.start();
    {
        Peer peer(server.path());
        peer.send(request_text("GET", "/v1/stream"));
        EXPECT_THAT(peer.read_until("\r\n\r\n"), HasSubstr("200 OK"));
    }
    server.stream->cancelled.get_future().wait();
    server.stream->gone.get_future().wait();
    EXPECT_EQ(Peer(server.path()).ask("GET", "/v1/echo").status, 200);
}

TEST(ControlServerStream, ends_when_the_peer_left_before_it_began) {
    RunningServer server;
    server.poll();
    {
        Peer peer(server.path());
        peer.send(request_text("GET", "/v1/stream"));
    }
    server.start();
    server.stream->gone.get_future().wait();
    EXPECT_EQ(Peer(server.path()).ask("GET", "/v1/echo").status, 200);
}

TEST(ControlServerStream, drops_a_peer_that_does_not_read_and_says_why) {
    control::Deadlines deadlines;
    deadlines.write = std::chrono::milliseconds(50);
    RunningServer server(deadlines);
    server.stream->endless = true;
    testing::internal::CaptureStderr();
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/stream"));
    server.stream->gone.get_future().wait();
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("it does not read its answer"));
    EXPECT_THAT(peer.read_to_end(), Not(testing::EndsWith(kLastChunk)));
}

TEST(ControlServerStream, that_fails_ends_without_its_last_chunk) {
    RunningServer server;
    server.stream->pieces.push_back("{\"id\":1}\n");
    server.stream->fails_when_empty = true;
    testing::internal::CaptureStderr();
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/stream"));
    EXPECT_THAT(peer.read_to_end(), testing::EndsWith("9\r\n{\"id\":1}\n\r\n"));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("the store is gone"));
}

}  // namespace
}  // namespace kaizen::test
