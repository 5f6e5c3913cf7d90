#include "proto/team_hash.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace kaizen::proto {
namespace {

constexpr std::size_t kSaltDigits = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

struct Remote {
    std::string_view authority;  // user, host, port
    std::string_view path;
};

// "scheme://authority/path"
std::optional<Remote> as_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos || url.substr(0, scheme) == "file") return std::nullopt;
    url.remove_prefix(scheme + 3);
    const std::size_t slash = url.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    return Remote{url.substr(0, slash), url.substr(slash + 1)};
}

// "user@host:path", as scp writes it; "C:\path" is a drive.
std::optional<Remote> as_scp(std::string_view url) {
    const std::size_t bracket = url.find(']');  // of an IPv6 address
    const std::size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos || url.find('/') < colon) return std::nullopt;
    if (colon == 1 && is_letter(url[0])) return std::nullopt;
    return Remote{url.substr(0, colon), url.substr(colon + 1)};
}

std::string_view host_of(std::string_view authority) {
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    const std::size_t colon = authority.rfind(':');
    const bool port = colon != std::string_view::npos && all_digits(authority.substr(colon + 1)) &&
                      (authority.find(':') == colon || authority.substr(0, colon).ends_with(']'));
    return port ? authority.substr(0, colon) : authority;
}

std::string_view plain_path(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with(".git")) path.remove_suffix(4);
    while (path.ends_with('/')) path.remove_suffix(1);
    return path;
}

}  // namespace

Result<std::string> salt_from(std::string_view salt_hex) {
    std::string salt;
    for (std::size_t i = 0; i + 1 < salt_hex.size(); i += 2) {
        unsigned byte = 0;
        const char* const end = salt_hex.data() + i + 2;
        const auto [stop, error] = std::from_chars(salt_hex.data() + i, end, byte, 16);
        if (error != std::errc() || stop != end) break;
        salt.push_back(static_cast<char>(byte));
    }
    if (salt_hex.size() != kSaltDigits || salt.size() != kSaltDigits / 2)
        return fail(ErrorCode::bad_input, "the team's salt is not 64 hexadecimal digits",
                    "make one for the whole team: openssl rand -hex 32");
    return salt;
}

Result<TeamHash> TeamHash::with_salt(std::string_view salt_hex) {
    const auto salt = salt_from(salt_hex);
    if (!salt) return tl::unexpected(salt.error());
    TeamHash hash;
    hash.salted_.update(*salt);
    return hash;
}

std::string TeamHash::span(std::string_view session_id, std::int64_t event_seq) const {
    return of(fmt::format("{}:{}", session_id, event_seq));
}

std::string TeamHash::call(std::string_view session_id, std::string_view call_id) const {
    if (call_id.find(':') == std::string_view::npos) return span(call_id);
    return of(fmt::format("{}:{}", session_id, call_id));
}

std::string TeamHash::of(std::string_view prefix, std::string_view text) const {
    Blake3 hash = salted_;
    hash.update(prefix);
    hash.update(text);
    return "blake3:" + hash.hex();
}

std::optional<std::string> normalised_remote(std::string_view url) {
    auto remote = as_url(url);
    if (!remote && url.find("://") == std::string_view::npos) remote = as_scp(url);
    if (!remote) return std::nullopt;
    std::string out(host_of(remote->authority));
    const std::string_view path = plain_path(remote->path);
    if (out.empty() || path.empty()) return std::nullopt;
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out.append("/").append(path);
}

}  // namespace kaizen::proto
