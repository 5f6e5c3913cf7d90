// The way out: endpoints in the configuration, and proxies in the environment with a password in them, which
// no error repeats. Lines: the endpoint, the proxy, NO_PROXY.

#include <algorithm>
#include <cctype>

#include "common/text.h"
#include "daemon/flush/proxy.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

namespace {

constexpr std::string_view kPassword = "q7Rk2MvX9bTz4LdW";

// In a request a line break or a blank would begin something else.
bool is_one_word(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0 || c == ' '; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto lines = split(std::string_view(reinterpret_cast<const char*>(data), size), '\n');
    const auto line = [&](std::size_t i) { return std::string(i < lines.size() ? lines[i] : ""); };
    auto endpoint = flush::parse_endpoint(line(0));
    if (endpoint) {
        fuzz::claim(!endpoint->host.empty() && is_one_word(endpoint->host), "a host is one word");
        fuzz::claim(is_one_word(endpoint->prefix), "and so is what stands before each path");
        fuzz::claim(is_one_word(flush::host_header_of(*endpoint)), "and a header");
    } else {
        endpoint = flush::Endpoint{};
        endpoint->host = "ingest.example.com";
    }
    const std::string proxy = "http://ada:" + std::string(kPassword) + line(1);
    const std::string no_proxy = line(2);
    const auto found = flush::proxy_for(*endpoint, [&](const char* name) -> const char* {
        return std::string_view(name) == "no_proxy" ? no_proxy.c_str() : proxy.c_str();
    });
    if (!found) {
        fuzz::claim(found.error().message.find(kPassword) == std::string::npos &&
                        found.error().hint.find(kPassword) == std::string::npos,
                    "no error repeats a password");
    } else if (*found) {
        fuzz::claim(!(*found)->host.empty() && is_one_word((*found)->host), "a proxy's host is one word");
        fuzz::claim((*found)->authorization.find_first_of("\r\n") == std::string::npos,
                    "a header is one line");
    }
    return 0;
}
