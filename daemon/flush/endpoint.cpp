#include "daemon/flush/endpoint.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "common/text.h"

namespace kaizen::flush {
namespace {

constexpr std::size_t kUrlMost = 2048;
constexpr std::size_t kHostMost = 253;  // what DNS can carry, and of it between two dots
constexpr std::size_t kLabelMost = 63;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_host_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_path_letter(char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_path(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_path_letter(text[i])) return false;
        if (text[i] != '%') continue;
        if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
    }
    return true;
}

// In its one shortest form, so that [0:0:0:0:0:0:0:1] is known as this machine; nullopt when it is none.
std::optional<std::string> parse_ipv6(const std::string& text) {
    in6_addr address{};
    char shortest[INET6_ADDRSTRLEN] = {};
    if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
    return ::inet_ntop(AF_INET6, &address, shortest, sizeof shortest);
}

// 1, 127.1 and 0x7f.1 are addresses to the resolver, and no names: four decimal numbers are the only form.
bool is_odd_ipv4(const std::string& host) {
    const std::string_view last = std::string_view(host).substr(host.rfind('.') + 1);
    const bool decimal = std::all_of(last.begin(), last.end(), is_digit);
    const bool hex = last.starts_with("0x") && std::all_of(last.begin() + 2, last.end(), is_hex_digit);
    in_addr ignored{};
    return (decimal || hex) && ::inet_pton(AF_INET, host.c_str(), &ignored) != 1;
}

tl::unexpected<Error> wrong(std::string message,
                            std::string hint = "write it like https://ingest.example.com") {
    return fail(ErrorCode::bad_input, std::move(message), std::move(hint));
}

Result<> parse_port(std::string_view digits, std::uint16_t& port) {
    unsigned value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return wrong("the port in the URL is not a number");
        value = std::min(value * 10 + static_cast<unsigned>(c - '0'), 65536U);
    }
    if (digits.empty() || value == 0 || value > 65535)
        return wrong("the port in the URL is not from 1 to 65535");
    port = static_cast<std::uint16_t>(value);
    return {};
}

Result<> parse_host(std::string_view text, std::string& host) {
    host = lower(text);
    if (!host.empty() && host.back() == '.') host.pop_back();
    if (host.empty()) return wrong("the URL names no host");
    if (host.size() > kHostMost) return wrong("the host in the URL is longer than a name can be");
    for (const std::string_view label : split(host, '.')) {
        if (label.empty()) return wrong("the host in the URL has two dots in a row, or one at its beginning");
        if (label.size() > kLabelMost)
            return wrong("the host in the URL has more than 63 letters between two dots");
    }
    if (!std::all_of(host.begin(), host.end(), is_host_letter))
        return wrong("the host in the URL has characters that a name cannot have",
                     "a name with other letters is written in its xn-- form");
    if (is_odd_ipv4(host))
        return wrong("the host in the URL is neither a name nor an address of four numbers",
                     "write an address like 192.0.2.7");
    return {};
}

}  // namespace

Result<> parse_authority(std::string_view text, std::string& host, std::uint16_t& port) {
    std::string_view rest;
    if (!text.empty() && text.front() == '[') {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return wrong("the URL has a [ without its ]");
        const auto address = parse_ipv6(std::string(text.substr(1, end - 1)));
        if (!address) return wrong("what stands between [ and ] in the URL is not an IPv6 address");
        host = *address;
        rest = text.substr(end + 1);
    } else {
        const std::size_t end = std::min(text.find(':'), text.size());
        if (auto parsed = parse_host(text.substr(0, end), host); !parsed) return parsed;
        rest = text.substr(end);
    }
    if (rest.empty()) return {};
    if (rest.front() != ':') return wrong("the URL has something between its host and its port");
    return parse_port(rest.substr(1), port);
}

Result<Endpoint> parse_endpoint(std::string_view url) {
    if (url.size() > kUrlMost) return wrong("the URL is longer than 2048 bytes");
    const std::size_t colon = url.find("://");
    const std::string scheme = lower(url.substr(0, std::min(colon, url.size())));
    if (colon == std::string_view::npos || (scheme != "http" && scheme != "https"))
        return wrong("the URL does not begin with https:// or http://");
    url.remove_prefix(colon + 3);
    if (url.find_first_of("?#") != std::string_view::npos)
        return wrong("a query (?) or fragment (#) in the endpoint's URL would be lost", "leave it out");

    const std::size_t path = std::min(url.find('/'), url.size());
    const std::string_view authority = url.substr(0, path);
    if (authority.find('@') != std::string_view::npos)
        return wrong("the URL holds a user name or password", "leave it out; sync.team_token is for secrets");
    Endpoint endpoint;
    endpoint.tls = scheme == "https";
    endpoint.port = endpoint.tls ? 443 : 80;
    if (auto parsed = parse_authority(authority, endpoint.host, endpoint.port); !parsed)
        return tl::unexpected(parsed.error());

    endpoint.prefix = std::string(url.substr(path));
    while (!endpoint.prefix.empty() && endpoint.prefix.back() == '/') endpoint.prefix.pop_back();
    if (!is_path(endpoint.prefix))
        return wrong("the path in the URL has characters that a URL cannot have", "percent-encode them");
    return endpoint;
}

std::string authority_of(std::string_view host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string host_header_of(const Endpoint& endpoint) {
    std::string value = authority_of(endpoint.host, endpoint.port);
    if (endpoint.port == (endpoint.tls ? 443 : 80)) value.resize(value.rfind(':'));
    return value;
}

bool is_loopback(std::string_view host) {
    constexpr std::string_view kMapped = "::ffff:";  // an IPv4 address as an IPv6 one
    const std::string_view maybe_v4 = host.starts_with(kMapped) ? host.substr(kMapped.size()) : host;
    in_addr v4{};
    if (::inet_pton(AF_INET, std::string(maybe_v4).c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    return host == "::1" || host == "localhost" || host.ends_with(".localhost");
}

}  // namespace kaizen::flush
