// HTTPS: whom the sink believes, and what it says when it does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "tests/flush/certificates.h"
#include "tests/flush/loopback_server.h"
#include "tests/flush/sink_runner.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

using flush::Reply;
using flush::Trouble;
using testing::HasSubstr;

const std::string kTaken = http_answer(202, "{}");

class SinkTls : public testing::Test {
  protected:
    SinkTls() { write_file(dir_ / "ca.pem", pem_of(authority_)); }

    flush::Destination trusting(const std::string& url) {
        flush::Destination there = destination(url);
        there.ca_file = dir_ / "ca.pem";
        return there;
    }

    // What a server with this certificate gets to see of us.
    Reply reply_of(const Identity& identity) {
        LoopbackServer server({over_tls(server_context(identity), answer_each(kTaken))});
        SinkRunner sink(trusting(server.url("https", "localhost")));
        return sink.send(post());
    }

    Identity signed_with(std::string names, long from_days = -1, long to_days = 1) {
        CertificateOptions options;
        options.names = std::move(names);
        options.from_days = from_days;
        options.to_days = to_days;
        return make_signed(authority_, options);
    }

    void expect_refusal(const Reply& reply, Trouble trouble, const char* text, const char* fix) {
        ASSERT_TRUE(reply.failure) << "status " << reply.status;
        EXPECT_EQ(reply.failure->trouble, trouble) << reply.failure->text;
        EXPECT_THAT(reply.failure->text, HasSubstr(text));
        EXPECT_THAT(reply.failure->fix, HasSubstr(fix));
    }

    TempDir dir_;
    Identity authority_ = make_authority();
};

TEST_F(SinkTls, believes_a_certificate_of_its_authority_and_keeps_the_connection) {
    std::promise<std::string> name;
    LoopbackServer server({over_tls(server_context(signed_with("DNS:localhost")), [&name](Peer& peer) {
        name.set_value(peer.server_name());
        answer_each(kTaken)(peer);
    })});
    SinkRunner sink(trusting(server.url("https", "localhost")));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(name.get_future().get(), "localhost");
}

TEST_F(SinkTls, compares_an_address_with_the_certificates_addresses) {
    for (const auto& [names, taken] : {std::pair("IP:127.0.0.1", true), std::pair("DNS:127.0.0.1", false)}) {
        LoopbackServer server({over_tls(server_context(signed_with(names)), answer_each(kTaken))});
        SinkRunner sink(trusting(server.url("https", "127.0.0.1")));
        const Reply reply = sink.send(post());
        EXPECT_EQ(reply.status == 202, taken) << names;
        if (!taken) expect_refusal(reply, Trouble::tls_certificate, "is for another name", "sync.endpoint");
    }
}

TEST_F(SinkTls, tells_apart_why_a_certificate_is_refused) {
    const auto refused = Trouble::tls_certificate;
    expect_refusal(reply_of(signed_with("DNS:localhost", -9, -3)), refused, "has expired", "clock");
    expect_refusal(reply_of(signed_with("DNS:localhost", 3, 9)), refused, "not valid yet", "clock");
    expect_refusal(reply_of(signed_with("DNS:other.example")), refused, "is for another name",
                   "sync.endpoint");
    expect_refusal(reply_of(make_self_signed({})), refused, "is signed by itself", "sync.ca_file");
    const Identity stranger = make_authority();
    expect_refusal(reply_of(make_signed(stranger, {})), refused, "authority that is not known",
                   "sync.ca_file");
}

TEST_F(SinkTls, does_not_believe_a_stranger_by_the_systems_store) {
    LoopbackServer server({over_tls(server_context(signed_with("DNS:localhost")), answer_each(kTaken))});
    SinkRunner sink(destination(server.url("https", "localhost")));
    const Reply reply = sink.send(post());
    expect_refusal(reply, Trouble::tls_certificate, "authority that is not known", "ca-certificates");
    EXPECT_TRUE(server.requests().empty()) << "nothing is sent before the server is known";
}

TEST_F(SinkTls, believes_a_self_signed_certificate_that_is_its_authority) {
    const Identity own = make_self_signed({});
    write_file(dir_ / "ca.pem", pem_of(own));
    EXPECT_EQ(reply_of(own).status, 202U);
}

TEST_F(SinkTls, says_that_the_authoritys_file_is_missing_and_looks_again) {
    LoopbackServer server({over_tls(server_context(signed_with("DNS:localhost")), answer_each(kTaken))});
    flush::Destination there = trusting(server.url("https", "localhost"));
    there.ca_file = dir_ / "late.pem";
    SinkRunner sink(there);
    expect_refusal(sink.send(post()), Trouble::tls_certificate, "late.pem", "sync.ca_file");
    write_file(there.ca_file, pem_of(authority_));
    EXPECT_EQ(sink.send(post()).status, 202U);
}

TEST_F(SinkTls, says_that_a_peer_speaks_no_tls) {
    LoopbackServer server({[](Peer& peer) {
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.hold();
    }});
    SinkRunner sink(trusting(server.url("https", "localhost")));
    expect_refusal(sink.send(post()), Trouble::tls, "no TLS with localhost", "TLS 1.2");
}

TEST_F(SinkTls, wants_tls_1_2_at_least) {
    const Identity identity = signed_with("DNS:localhost");
    LoopbackServer old({over_tls(server_context(identity, TLS1_1_VERSION), answer_each(kTaken))});
    SinkRunner sink(trusting(old.url("https", "localhost")));
    expect_refusal(sink.send(post()), Trouble::tls, "no TLS with localhost", "TLS 1.2");
    LoopbackServer older({over_tls(server_context(identity, TLS1_2_VERSION), answer_each(kTaken))});
    SinkRunner good(trusting(older.url("https", "localhost")));
    EXPECT_EQ(good.send(post()).status, 202U);
}

// In TLS 1.3 the refusal comes when we think that the handshake is over.
TEST_F(SinkTls, has_no_certificate_of_its_own) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const auto context = server_context(signed_with("DNS:localhost"), version);
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        LoopbackServer server({[&context](Peer& peer) {
            peer.start_tls(context);
            peer.hold();
        }});
        SinkRunner sink(trusting(server.url("https", "localhost")));
        expect_refusal(sink.send(post()), Trouble::tls, "TLS", "");
    }
}

TEST_F(SinkTls, takes_a_connection_that_ends_in_the_handshake_for_lost) {
    LoopbackServer server({[](Peer& peer) { peer.close(); }});
    SinkRunner sink(trusting(server.url("https", "localhost")));
    expect_refusal(sink.send(post()), Trouble::reset, "TLS handshake", "");
}

TEST_F(SinkTls, times_the_handshake_as_part_of_connecting) {
    LoopbackServer server({[](Peer& peer) { peer.hold(); }});
    flush::HttpSinkOptions options;
    options.connect_timeout = std::chrono::milliseconds(50);
    SinkRunner sink(trusting(server.url("https", "localhost")), options);
    expect_refusal(sink.send(post()), Trouble::timeout, "in time", "");
}

TEST_F(SinkTls, does_not_take_a_body_that_somebody_cut) {
    const auto context = server_context(signed_with("DNS:localhost"));
    const auto end_with = [](void (Peer::*how)()) {
        return [how](Peer& peer) {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
            (peer.*how)();
        };
    };
    LoopbackServer server(
        {over_tls(context, end_with(&Peer::close)), over_tls(context, end_with(&Peer::break_off))});
    SinkRunner sink(trusting(server.url("https", "localhost")));
    EXPECT_EQ(sink.send(post()).body, "until the end");
    expect_refusal(sink.send(post()), Trouble::reset, "in the middle", "");
}

TEST_F(SinkTls, replaces_a_kept_connection_that_broke) {
    const auto context = server_context(signed_with("DNS:localhost"));
    LoopbackServer server({over_tls(context,
                                    [](Peer& peer) {
                                        peer.read_request();
                                        peer.send(kTaken);
                                        peer.read_request();
                                        peer.close();
                                    }),
                           over_tls(context, answer_each(kTaken))});
    SinkRunner sink(trusting(server.url("https", "localhost")));
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(sink.send(post()).status, 202U);
    EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace kaizen::test
