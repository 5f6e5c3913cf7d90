// The redactor on any bytes. A text that is UTF-8 stays UTF-8, JSON stays JSON, a secret that stands between
// blanks is gone, and a second redaction changes nothing where marks stand apart from the text around them.
// Behind a mark that is glued to it, a name may begin that was the middle of something before.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/text.h"
#include "daemon/redact/redactor.h"

namespace kaizen {
namespace {

struct Planted {
    std::string_view text;
    std::string_view secret;
};

// One of each mechanism. None has the shape of a vendor's token with a valid checksum.
constexpr std::array kPlanted = {
    Planted{"ghp_q7Rk2MvX9bTz4LdW8sPj1NcF6hGy3AeUoKiB", "q7Rk2MvX9bTz4LdW8sPj1NcF6hGy3AeUoKiB"},
    Planted{"postgres://app:q7Rk2MvX9bTz4LdW@db.internal/app", "q7Rk2MvX9bTz4LdW"},
    Planted{"https://x.test/?token=q7Rk2MvX9bTz4LdW", "q7Rk2MvX9bTz4LdW"},
    Planted{"--password=q7Rk2MvX9bTz4LdW", "q7Rk2MvX9bTz4LdW"},
    Planted{"db.internal:5432:app:app:q7Rk2MvX9bTz4LdW", "q7Rk2MvX9bTz4LdW"},
    Planted{"jdbc:oracle:thin:scott/q7Rk2MvX9bTz4LdW@//db:1521/x", "q7Rk2MvX9bTz4LdW"},
    Planted{"grace.hopper@navy.mil", "grace.hopper@navy.mil"},
};

[[noreturn]] void fail(std::string_view what, std::string_view text) {
    std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(text.size()), text.data());
    std::abort();
}

const redact::Redactor& redactor() {
    static const redact::Redactor one(
        redact::Identity{{"ada"}, {"/home/ada"}, {"lovelace-laptop"}, {"Ada Lovelace"}, {"ada@lovelace.org"}},
        redact::Settings{{}, {}, std::string(32, '\0')});
    return one;
}

// None when the redactor refuses the text, which then does not leave.
std::optional<std::string> redacted(std::string_view text) {
    redact::SessionSecrets secrets("/home/ada/work/app");
    try {
        return redactor().text(text, secrets);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

bool marks_stand_apart(std::string_view text) {
    constexpr std::string_view kBegin = "<REDACTED:";
    const auto is_blank = [text](std::size_t i) {
        return i >= text.size() || text[i] == ' ' || text[i] == '\n';
    };
    for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
        const std::size_t end = text.find('>', at);
        if (end == std::string_view::npos || !is_blank(at - 1) || !is_blank(end + 1)) return false;
    }
    return true;
}

void check_text(std::string_view text) {
    const auto once = redacted(text);
    if (!once) return;
    if (!is_utf8(*once)) fail("no UTF-8", text);
    if (!marks_stand_apart(*once)) return;
    const auto twice = redacted(*once);
    if (twice && *twice != *once) fail("changed by a second redaction", text);
}

void check_json(std::string_view text) {
    JsonDocument before;
    if (!before.parse(text) || before.repaired()) return;
    redact::SessionSecrets secrets("/home/ada/work/app");
    try {
        const auto out = redactor().json(text, secrets);
        JsonDocument after;
        if (!out || !after.parse(*out) || after.repaired()) fail("no JSON any more", text);
    } catch (const std::runtime_error&) {
        return;
    }
}

void check_planted(std::string_view text, const Planted& planted, std::size_t place) {
    const std::string_view front = truncate_utf8(text, text.empty() ? 0 : place % text.size());
    if (text.find(planted.secret) != std::string_view::npos) return;
    const std::string whole =
        std::string(front).append(" ").append(planted.text).append(" ").append(text.substr(front.size()));
    const auto out = redacted(whole);
    if (out && out->find(planted.secret) != std::string::npos) fail("a secret is left", whole);
}

}  // namespace
}  // namespace kaizen

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kaizen;
    constexpr std::size_t kHead = 3;  // which secret, and where
    if (size < kHead) return 0;
    const Planted& planted = kPlanted[data[0] % kPlanted.size()];
    const std::size_t place = std::size_t{data[1]} << 8 | data[2];
    const std::string_view text(reinterpret_cast<const char*>(data) + kHead, size - kHead);
    if (!is_utf8(text)) return 0;
    check_text(text);
    check_json(text);
    check_planted(text, planted, place);
    return 0;
}
