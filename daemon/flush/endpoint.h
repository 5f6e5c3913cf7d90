#pragma once

// Where requests go: an http or https URL in its parts. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"

namespace kaizen::flush {

struct Endpoint {
    bool tls = true;
    std::string
        host;  // lower case, no dot at its end; an IPv6 address without its brackets, in its shortest form
    std::uint16_t port = 443;
    std::string prefix;  // "" or "/a/b", never with a "/" at its end; a request's path follows it
};

// ErrorCode::bad_input when it is not such a URL. User name and password, query and fragment are refused: the
// first belong to the token, the others would be lost. No error repeats the text, which may hold a secret.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view url);

// "ingest.example.com:443", "[::1]:8080": for people, and for CONNECT.
[[nodiscard]] std::string authority_of(std::string_view host, std::uint16_t port);

// The value of Host: the same, without the port where that is the scheme's own.
[[nodiscard]] std::string host_header_of(const Endpoint& endpoint);

// 127.0.0.0/8 (in IPv6 form, too), ::1, localhost and names below it.
[[nodiscard]] bool is_loopback(std::string_view host);

// The parts of host[:port] with brackets around an IPv6 address; `port` stays when there is none. Fails as
// parse_endpoint does.
[[nodiscard]] Result<> parse_authority(std::string_view text, std::string& host, std::uint16_t& port);

}  // namespace kaizen::flush
