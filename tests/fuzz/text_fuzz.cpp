// Text from outside on its way to a terminal, and commands, remotes and a session's secrets on theirs to the
// outbox.

#include <algorithm>

#include "common/json.h"
#include "common/plain_text.h"
#include "common/text.h"
#include "daemon/redact/session_secrets.h"
#include "daemon/redact/shell_outline.h"
#include "proto/team_hash.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

namespace {

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
}

void check_plain(std::string_view text) {
    const std::string shown = plain(text);
    fuzz::claim(is_utf8(shown) && !has_control(shown), "what is shown is visible text");
    fuzz::claim(plain(shown) == shown, "and stays what it is");
}

void check_json(std::string_view text) {
    JsonDocument document;
    if (!document.parse(text)) return;
    std::int64_t bytes = 0;
    const std::string before = to_text(document.root(), std::string::npos, bytes);
    const std::string visible = visible_json(before);
    fuzz::claim(visible == visible_json(visible), "nothing invisible is left");
    fuzz::claim(document.parse(visible).has_value(), "what is made visible is JSON");
    fuzz::claim(to_text(document.root(), std::string::npos, bytes) == before, "of the same value");
}

void check_secrets(std::string_view text) {
    const auto secrets = redact::SessionSecrets::restore(text);
    if (!secrets) return;
    static_cast<void>(secrets->finds_any(text));
    fuzz::claim(redact::SessionSecrets::restore(secrets->state()).has_value(), "a state is restored again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_plain(text);
    check_json(text);
    check_secrets(text);
    const std::string outline = redact::shell_outline(text);
    fuzz::claim(!is_utf8(text) || is_utf8(outline), "an outline of text is text");
    const auto remote = proto::normalised_remote(text);
    fuzz::claim(!remote || !remote->empty(), "a remote is not empty");
    return 0;
}
