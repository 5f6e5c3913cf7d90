#include "tests/redact/redaction.h"

#include <stdexcept>

namespace kaizen::test {

const redact::Redactor& plain_redactor() {
    static const redact::Redactor redactor(
        redact::Identity{{"ada"}, {"/home/ada"}, {"lovelace-laptop"}, {"Ada Lovelace"}, {"ada@lovelace.org"}},
        redact::Settings{{}, {}, std::string(32, '\0')});
    return redactor;
}

std::string redacted(std::string_view text) {
    redact::SessionSecrets secrets("/home/ada/work/app");
    return plain_redactor().text(text, secrets);
}

std::string redacted_json(std::string_view text) {
    redact::SessionSecrets secrets("/home/ada/work/app");
    const auto out = plain_redactor().json(text, secrets);
    if (!out) throw std::invalid_argument(out.error().message);
    return *out;
}

std::vector<std::string> marks_in(std::string_view text) {
    constexpr std::string_view kBegin = "<REDACTED:";
    std::vector<std::string> names;
    for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
        const std::size_t begin = at + kBegin.size();
        names.emplace_back(text.substr(begin, text.find_first_of("#>", begin) - begin));
    }
    return names;
}

bool leaks(std::string_view text, std::string_view secret, std::size_t bytes) {
    for (std::size_t i = 0; i + bytes <= secret.size(); ++i) {
        if (text.find(secret.substr(i, bytes)) != std::string_view::npos) return true;
    }
    return false;
}

}  // namespace kaizen::test
