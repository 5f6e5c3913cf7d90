#include "daemon/flush/proxy.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace kaizen::flush {
namespace {

struct Variable {
    std::string name;
    std::string value;  // empty: not set
};

Variable first_set(const Env& env, const std::vector<const char*>& names) {
    for (const char* name : names) {
        const char* value = env(name);
        if (value != nullptr && *value != '\0') return Variable{name, value};
    }
    return {};
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool code = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                          hex_digit(text[i + 2]) >= 0;
        out += code ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        if (code) i += 2;
    }
    return out;
}

std::string base64(std::string_view bytes) {
    constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) {
            const bool padding = i + k > bytes.size();
            out += padding ? '=' : kLetters[group >> (18 - 6 * k) & 63];
        }
    }
    return out;
}

std::string basic_authorization(std::string_view user_info) {
    if (user_info.empty()) return {};
    const std::size_t colon = std::min(user_info.find(':'), user_info.size());
    const std::string user = percent_decoded(user_info.substr(0, colon));
    const std::string password =
        colon < user_info.size() ? percent_decoded(user_info.substr(colon + 1)) : std::string();
    return "Basic " + base64(user + ":" + password);
}

Result<Proxy> parse_proxy(const Variable& variable) {
    std::string_view text = variable.value;
    if (const std::size_t colon = text.find("://"); colon != std::string_view::npos) {
        if (text.substr(0, colon) != "http")
            return fail(ErrorCode::bad_input,
                        fmt::format("{} names a proxy that is not spoken to by http", variable.name),
                        "write it like http://proxy.example.com:3128");
        text.remove_prefix(colon + 3);
    }
    text = text.substr(0, text.find('/'));
    const std::size_t at = text.rfind('@');
    Proxy proxy;
    if (at != std::string_view::npos) {
        proxy.authorization = basic_authorization(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    if (auto parsed = parse_authority(text, proxy.host, proxy.port); !parsed)
        return fail(ErrorCode::bad_input, fmt::format("{}: {}", variable.name, parsed.error().message),
                    "write it like http://proxy.example.com:3128");
    return proxy;
}

// Whether an entry of NO_PROXY means this endpoint. One that is no host means nothing.
bool excepts(std::string_view entry, const Endpoint& endpoint) {
    if (entry == "*") return true;
    if (entry.starts_with("*.")) entry.remove_prefix(1);
    if (entry.starts_with(".")) entry.remove_prefix(1);
    std::string host;
    std::uint16_t port = endpoint.port;
    const bool bare_v6 = std::count(entry.begin(), entry.end(), ':') > 1 && entry.front() != '[';
    if (!parse_authority(bare_v6 ? fmt::format("[{}]", entry) : entry, host, port)) return false;
    if (port != endpoint.port) return false;
    return endpoint.host == host || endpoint.host.ends_with("." + host);
}

bool is_excepted(std::string_view list, const Endpoint& endpoint) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find_first_of(", \t"), list.size());
        if (end > 0 && excepts(list.substr(0, end), endpoint)) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace

Result<std::optional<Proxy>> proxy_for(const Endpoint& endpoint, const Env& env) {
    if (is_loopback(endpoint.host)) return std::nullopt;
    const Variable variable =
        endpoint.tls ? first_set(env, {"https_proxy", "HTTPS_PROXY"}) : first_set(env, {"http_proxy"});
    if (variable.value.empty()) return std::nullopt;
    if (is_excepted(first_set(env, {"no_proxy", "NO_PROXY"}).value, endpoint)) return std::nullopt;
    auto proxy = parse_proxy(variable);
    if (!proxy) return tl::unexpected(std::move(proxy.error()));
    return std::optional<Proxy>(std::move(*proxy));
}

}  // namespace kaizen::flush
