// Stopping: ask, wait until a deadline, cut.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <string>

#include "tests/control/peer.h"
#include "tests/control/running_server.h"

namespace kaizen::test {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;

TEST(ControlServerStop, takes_the_socket_away_and_closes_idle_connections) {
    RunningServer server;
    server.start();
    Peer fresh(server.path());
    Peer half(server.path());
    half.send("GET /v1/echo HT");
    Peer idle(server.path());
    EXPECT_EQ(idle.ask("GET", "/v1/echo").status, 200);
    server.stop();
    EXPECT_FALSE(fs::exists(fs::symlink_status(server.path())));
    EXPECT_EQ(fresh.read_to_end(), "");
    EXPECT_EQ(half.read_to_end(), "");
    EXPECT_EQ(idle.read_to_end(), "");
}

TEST(ControlServerStop, before_the_first_connection_ends_run) {
    RunningServer server;
    server.start();
    server.stop();
    EXPECT_FALSE(fs::exists(fs::symlink_status(server.path())));
}

TEST(ControlServerStop, lets_an_answer_under_way_finish) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/wait"));
    server.gate.entered.get_future().wait();
    server.on_io([&server] {
        server.ask_to_stop();
        server.gate.open();
    });
    const Reply reply = peer.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_EQ(peer.read_to_end(), "");
    server.stop();
}

TEST(ControlServerStop, cuts_an_answer_that_does_not_come) {
    control::Deadlines deadlines;
    deadlines.stop = std::chrono::milliseconds(20);
    RunningServer server(deadlines);
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/wait"));
    server.gate.entered.get_future().wait();
    server.stop();
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST(ControlServerStop, ends_streams_with_their_last_chunk) {
    RunningServer server;
    server.start();
    Peer peer(server.path());
    peer.send(request_text("GET", "/v1/stream"));
    EXPECT_THAT(peer.read_until("\r\n\r\n"), HasSubstr("200 OK"));
    server.stop();
    EXPECT_EQ(peer.read_to_end(), "0\r\n\r\n");
}

TEST(ControlServerStop, comes_after_the_answer_that_asks_for_it) {
    RunningServer server;
    server.start();
    Peer follower(server.path());
    follower.send(request_text("GET", "/v1/stream"));
    EXPECT_THAT(follower.read_until("\r\n\r\n"), HasSubstr("200 OK"));
    Peer peer(server.path());
    EXPECT_EQ(peer.ask("POST", "/v1/shutdown").body, R"({"state":"stopping"})");
    EXPECT_EQ(peer.read_to_end(), "");
    EXPECT_THAT(follower.read_to_end(), EndsWith("0\r\n\r\n"));
    server.wait_for_end();
}

// Destroys every frame that waits: a handler, an idle connection, a stream, the listener.
TEST(ControlServerStop, may_be_missing_when_the_context_is_destroyed) {
    RunningServer server;
    server.poll();
    Peer waiting(server.path());
    waiting.send(request_text("GET", "/v1/wait"));
    Peer following(server.path());
    following.send(request_text("GET", "/v1/stream"));
    Peer idle(server.path());
    while (server.polled_connections() < 3) server.poll();
    while (!server.stream->waiting) server.poll();
    server.drop_server();
    EXPECT_EQ(server.stream->gone.get_future().wait_for(std::chrono::seconds(0)), std::future_status::ready)
        << "the source of a stream may go before the context does";
    server.drop_context();
    EXPECT_EQ(idle.read_to_end(), "");
}

}  // namespace
}  // namespace kaizen::test
