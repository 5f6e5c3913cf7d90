#pragma once

// Which way a request goes: what HTTPS_PROXY, http_proxy and NO_PROXY in the environment say. Read once, at
// start and on reload. Any thread.
//
//   https   https_proxy, else HTTPS_PROXY; through CONNECT, so the proxy sees no request
//   http    http_proxy; never HTTP_PROXY, which a web server sets for a CGI program from a client's "Proxy:"
//           header (httpoxy), and which curl ignores for that reason, too
//   neither when no_proxy, else NO_PROXY, names the host: a list by comma or space of "*" (all), a host or
//           address, a domain (with all below it; a leading "." or "*." changes nothing), each with or
//           without ":port". No CIDR.
//   neither to this machine (loopback), whatever the environment says: 127.0.0.1 is another one at the proxy.

#include <cstdint>
#include <optional>
#include <string>

#include "common/error.h"
#include "common/paths.h"
#include "daemon/flush/endpoint.h"

namespace kaizen::flush {

struct Proxy {
    std::string host;
    std::uint16_t port = 80;
    std::string authorization;  // value of Proxy-Authorization, a secret; empty: none
};

// Nothing: go straight. ErrorCode::bad_input when the variable is not an http:// URL or host[:port]; the
// error names the variable and never repeats its value, which may hold a password.
[[nodiscard]] Result<std::optional<Proxy>> proxy_for(const Endpoint& endpoint, const Env& env);

}  // namespace kaizen::flush
