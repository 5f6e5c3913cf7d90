#include "proto/unwatched.h"

#include <fmt/core.h>

#include <string_view>

namespace kaizen::proto {
namespace {

// A path comes from another program's environment, and is to be copied into the configuration.
std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7f) {
            out += fmt::format("\\u{:04X}", code);
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

}  // namespace

Check unwatched_check(const UnwatchedRoot& root, const std::string& config_file) {
    return {"unwatched:" + root.root, "warning", "An agent keeps sessions where nobody looks",
            fmt::format("{} of process {} leads to {}: the sessions of {} there are not watched",
                        root.variable, root.pid, root.root, root.agent),
            fmt::format("add to {}:\n[[watch.root]]\nagent = {}\npath = {}\nthen kaizenctl reload",
                        config_file, toml_text(root.agent), toml_text(root.root))};
}

}  // namespace kaizen::proto
