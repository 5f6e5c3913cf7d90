#pragma once

// What came back for one request: an answer, or why there was none. Plain data; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kaizen::flush {

// Why there is no answer. The names are stable: status shows them.
enum class Trouble : std::uint8_t {
    resolve,          // the name has no address, or nobody can say
    refused,          // nobody listens there
    unreachable,      // no way there: offline, a firewall
    reset,            // the connection was lost, or the answer ended early
    timeout,          // not connected, or not answered in full, in time
    tls_certificate,  // the server cannot prove who it is, or there is no store to judge that by
    tls,              // no TLS with this peer for another reason
    bad_http,         // the answer is not HTTP/1.x
    too_large,        // its header or its body is over the limit
    proxy,            // the proxy refuses to connect us
    unsendable,       // the request holds what HTTP cannot carry; nothing was sent
    file_refused,     // of a file that is written to: it is not one that we may trust or reach
    file_unwritable,  // the same: the disk is full, or the like
    cancelled,        // stop() came first
};

[[nodiscard]] std::string_view name_of(Trouble trouble);  // "tls_certificate"

// Texts for people: where and what, then what to do. They never hold a credential.
class Failure {
  public:
    Failure(Trouble trouble_in, std::string text_in, std::string fix_in)
        : trouble(trouble_in), text(std::move(text_in)), fix(std::move(fix_in)) {}

    Trouble trouble;
    std::string text;  // "ingest.example.com:443 refuses connections"
    std::string fix;
};

// Not an aggregate, see daemon/README.md, coroutine rule 1. Header values are raw: the server chose them.
class Reply {
  public:
    Reply() = default;
    explicit Reply(Failure failure_in) : failure(std::move(failure_in)) {}

    std::optional<Failure> failure;  // then nothing below is set
    unsigned status = 0;
    std::string body;
    std::string location;
    std::string retry_after;
    std::string date;
    std::string content_type;
    std::string ingest;            // of X-Kaizen-Ingest, by which an ingest endpoint says that it is one
    bool over_plain_http = false;  // anybody on the way may have answered
};

}  // namespace kaizen::flush
