// Which connection a request takes, and how they end: kept, reused, broken, several at once, stopped.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "tests/flush/loopback_server.h"
#include "tests/flush/sink_runner.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

using flush::Reply;
using flush::Trouble;
using std::chrono::milliseconds;

const std::string kTaken = http_answer(202, "{}");

Trouble trouble_of(const Reply& reply) {
    EXPECT_TRUE(reply.failure) << "status " << reply.status;
    return reply.failure ? reply.failure->trouble : Trouble::bad_http;
}

flush::HttpSinkOptions keep_for(milliseconds time) {
    flush::HttpSinkOptions options;
    options.keep_alive = time;
    return options;
}

TEST(SinkConnections, are_used_again) {
    LoopbackServer server({answer_each(kTaken)});
    SinkRunner sink(destination(server.url()));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(server.connections(), 1);
}

TEST(SinkConnections, are_not_used_again_when_the_server_says_so_or_sends_more) {
    for (const std::string& answer : {http_answer(202, "", "Connection: close\r\n"), kTaken + "more",
                                      std::string("HTTP/1.0 200 OK\r\n\r\n")}) {
        const auto answer_once = [&answer](Peer& peer) {
            peer.read_request();
            peer.send(answer);
            if (answer.starts_with("HTTP/1.0")) peer.close();
            peer.hold();
        };
        LoopbackServer server({answer_once, answer_once});
        SinkRunner sink(destination(server.url()));
        EXPECT_LT(sink.send(post()).status, 300U);
        EXPECT_LT(sink.send(post()).status, 300U);
        EXPECT_EQ(server.connections(), 2) << answer;
    }
}

// Whether the end is seen before or after the request went out, the second connection serves it.
TEST(SinkConnections, that_broke_while_kept_are_replaced) {
    LoopbackServer server({[](Peer& peer) {
                               peer.read_request();
                               peer.send(kTaken);
                               peer.close();
                           },
                           answer_each(kTaken)});
    SinkRunner sink(destination(server.url()));
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(server.connections(), 2);
}

TEST(SinkConnections, that_break_before_a_byte_of_the_answer_are_replaced_once) {
    const auto answer_then_break = [](void (Peer::*how)()) {
        return [how](Peer& peer) {
            peer.read_request();
            peer.send(kTaken);
            peer.read_request();
            (peer.*how)();
        };
    };
    for (const auto how : {&Peer::close, &Peer::reset}) {
        LoopbackServer server({answer_then_break(how), answer_each(kTaken)});
        SinkRunner sink(destination(server.url()));
        EXPECT_EQ(sink.send(post("first")).status, 202U);
        EXPECT_EQ(sink.send(post("second")).status, 202U);
        EXPECT_EQ(server.requests().size(), 3U) << "first, second, and second again";
        EXPECT_EQ(server.connections(), 2);
    }
    LoopbackServer server({answer_then_break(&Peer::close), answer_with_bytes(""), answer_each(kTaken)});
    SinkRunner sink(destination(server.url()));
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(trouble_of(sink.send(post())), Trouble::reset) << "a fresh one that breaks is news";
    EXPECT_EQ(server.connections(), 2);
}

TEST(SinkConnections, that_break_within_the_answer_are_not_replaced) {
    LoopbackServer server({[](Peer& peer) {
                               peer.read_request();
                               peer.send(kTaken);
                               peer.read_request();
                               peer.send("HTTP");
                               peer.close();
                           },
                           answer_each(kTaken)});
    SinkRunner sink(destination(server.url()));
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(trouble_of(sink.send(post())), Trouble::reset);
    EXPECT_EQ(server.connections(), 1);
}

TEST(SinkConnections, are_several_when_requests_run_at_once) {
    std::promise<void> both;
    std::shared_future<void> both_are_there = both.get_future().share();
    const auto wait_for_both = [&](Peer& peer) {
        peer.read_request();
        both_are_there.wait();
        peer.send(kTaken);
        if (!peer.read_request().empty()) peer.send(kTaken);
    };
    LoopbackServer server({wait_for_both, wait_for_both});
    SinkRunner sink(destination(server.url()));
    const auto first = sink.begin(post());
    const auto second = sink.begin(post());
    sink.run_until([&server] { return server.requests().size() == 2; });
    both.set_value();
    EXPECT_EQ(sink.wait(first).status, 202U);
    EXPECT_EQ(sink.wait(second).status, 202U);
    const auto third = sink.begin(post());
    const auto fourth = sink.begin(post());
    EXPECT_EQ(sink.wait(third).status, 202U);
    EXPECT_EQ(sink.wait(fourth).status, 202U);
    EXPECT_EQ(server.connections(), 2) << "both were kept";
}

TEST(SinkConnections, leave_nothing_behind_when_their_time_is_over) {
    LoopbackServer server({answer_each(kTaken), answer_each(kTaken)});
    SinkRunner sink(destination(server.url()), keep_for(milliseconds(20)));
    EXPECT_EQ(sink.send(post()).status, 202U);
    sink.run_until_idle();  // returns: no timer, no socket is waited for
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(server.connections(), 2);
}

TEST(SinkStop, ends_requests_under_way) {
    const auto read_and_hold = [](Peer& peer) {
        peer.read_request();
        peer.hold();
    };
    LoopbackServer server({read_and_hold, read_and_hold});
    SinkRunner sink(destination(server.url()));
    const auto first = sink.begin(post());
    const auto second = sink.begin(post());
    sink.run_until([&server] { return server.requests().size() == 2; });
    sink.stop();
    EXPECT_EQ(trouble_of(sink.wait(first)), Trouble::cancelled);
    EXPECT_EQ(trouble_of(sink.wait(second)), Trouble::cancelled);
    sink.run_until_idle();
}

TEST(SinkStop, ends_a_handshake) {
    LoopbackServer server({[](Peer& peer) { peer.hold(); }});
    SinkRunner sink(destination(server.url("https")));
    const auto pending = sink.begin(post());
    sink.run_until([&server] { return server.connections() == 1; });
    sink.stop();
    EXPECT_EQ(trouble_of(sink.wait(pending)), Trouble::cancelled);
}

// Whatever it is that the request waits for: the store, a look-up, a connection, the handshake, in which it
// would stay until the time-out.
TEST(SinkStop, ends_a_request_at_each_of_its_steps) {
    TempDir dir;
    write_file(dir / "ca.pem", pem_of(make_authority()));
    flush::HttpSinkOptions options;
    options.connect_timeout = milliseconds(200);
    bool stopped_in_time = true;
    int steps = 0;
    for (; stopped_in_time; ++steps) {
        LoopbackServer server({[](Peer& peer) { peer.hold(); }});
        flush::Destination there = destination(server.url("https", "localhost"));
        there.ca_file = dir / "ca.pem";
        SinkRunner sink(there, options);
        const auto pending = sink.begin(post());
        stopped_in_time = sink.run_steps(steps, pending);
        sink.stop();
        EXPECT_EQ(trouble_of(sink.wait(pending)), stopped_in_time ? Trouble::cancelled : Trouble::timeout)
            << steps;
    }
    EXPECT_GT(steps, 5);
}

TEST(SinkStop, closes_kept_connections_and_refuses_what_comes) {
    LoopbackServer server({answer_each(kTaken)});
    SinkRunner sink(destination(server.url()));
    EXPECT_EQ(sink.send(post()).status, 202U);
    sink.stop();
    sink.run_until_idle();
    EXPECT_EQ(trouble_of(sink.send(post())), Trouble::cancelled);
    EXPECT_EQ(server.connections(), 1);
}

// Destroys the frames of requests that wait, and a kept connection.
TEST(SinkStop, may_be_missing_when_the_context_is_destroyed) {
    LoopbackServer server({answer_each(kTaken), [](Peer& peer) {
                               peer.read_request();
                               peer.hold();
                           }});
    SinkRunner sink(destination(server.url()));
    const auto first = sink.begin(post());
    const auto second = sink.begin(post());
    sink.run_until([&] { return server.requests().size() == 2 && (*first || *second); });
    sink.drop_sink();
    sink.drop_context();
}

}  // namespace
}  // namespace kaizen::test
