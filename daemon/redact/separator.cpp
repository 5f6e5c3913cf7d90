#include "daemon/redact/separator.h"

#include <algorithm>
#include <array>

#include "daemon/redact/alphabet.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kDeepestEscape = 40;  // backslashes before a quote: JSON in JSON in JSON

char byte_at(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : '\0'; }

bool starts(std::string_view text, std::size_t i, std::string_view with) {
    return i <= text.size() && text.substr(i).starts_with(with);
}

std::size_t skip(std::string_view text, std::size_t i, std::string_view bytes, std::size_t most) {
    const std::size_t limit = std::min(text.size(), i + most);
    while (i < limit && bytes.find(text[i]) != std::string_view::npos) ++i;
    return i;
}

// Past a terminal's colours, also where their ESC is written as an escape.
std::size_t past_colours(std::string_view text, std::size_t i) {
    if (byte_at(text, i) != '\x1b' && byte_at(text, i) != '\\') return i;
    for (const std::string_view escape : {"\x1b[", "\\u001b[", "\\x1b[", "\\033[", "\\e["}) {
        if (!starts(text, i, escape)) continue;
        const std::size_t end = skip(text, i + escape.size(), "0123456789;", 16);
        return byte_at(text, end) == 'm' ? past_colours(text, end + 1) : i;
    }
    return i;
}

struct Sign {
    std::string_view text;
    Joint joint;
};
constexpr std::array kSigns = {
    Sign{"===", Joint::equals},         Sign{"!==", Joint::equals},
    Sign{"=>", Joint::colon},           Sign{":=", Joint::equals},
    Sign{"?=", Joint::equals},          Sign{"==", Joint::equals},
    Sign{"!=", Joint::equals},          Sign{"+=", Joint::equals},
    Sign{"=3D", Joint::equals},         Sign{"%3D", Joint::equals},
    Sign{"%3d", Joint::equals},         Sign{"\\u003d", Joint::equals},
    Sign{"=", Joint::equals},           Sign{":", Joint::colon},
    Sign{"\xEF\xBC\x9A", Joint::colon}, Sign{"\xEF\xBC\x9D", Joint::equals},
};

// Past the type in `password: str = "x"`, if that is what stands there.
std::size_t past_annotation(std::string_view text, std::size_t i) {
    std::size_t end = i;
    while (end < i + 24 && in(Alphabet::word, byte_at(text, end))) ++end;
    if (end == i || end == i + 24) return i;
    const std::size_t sign = skip(text, end, " ?", 3);
    if (byte_at(text, sign) != '=' || byte_at(text, sign + 1) == '=' || sign == end) return i;
    return skip(text, sign + 1, " ", 4);
}

// "name": "X", "value": "…" and its relatives: from behind X to the quote or the value.
std::optional<std::size_t> sibling_value(std::string_view text, std::size_t i) {
    constexpr std::string_view kGap = " \t\r\n\\,\"'";
    if (kGap.find(byte_at(text, i)) == std::string_view::npos) return std::nullopt;
    std::size_t at = skip(text, i, kGap, 40);
    if (byte_at(text, at) == 'n' && at > i && text[at - 1] == '\\') at = skip(text, at + 1, kGap, 40);
    if (at == i || !(starts(text, at, "value") || starts(text, at, "Value"))) return std::nullopt;
    at = skip(text, at + 5, "\\\"'", 4);
    if (byte_at(text, at) != ':' && byte_at(text, at) != '=') return std::nullopt;
    return skip(text, at + 1, " ", 4);
}

std::optional<Separator> blank_or_is(std::string_view text, Separator separator, std::size_t at) {
    separator.value_begin = at;
    if (starts(text, at, "is ") || starts(text, at, "was ")) {
        separator.joint = Joint::is;
        separator.value_begin = skip(text, at + (text[at] == 'i' ? 3 : 4), ": ", 2);
        return separator;
    }
    separator.joint = Joint::blank;
    return separator;
}

}  // namespace

std::optional<Separator> separator_after(std::string_view text, std::size_t name_end) {
    Separator separator;
    name_end = past_colours(text, name_end);
    std::size_t at = skip(text, name_end, "\\\"'`", kDeepestEscape);
    separator.name_was_quoted = at > name_end && byte_at(text, at - 1) != '\\';
    if (at > name_end && !separator.name_was_quoted) return std::nullopt;
    if (const auto value = sibling_value(text, name_end)) {
        separator.joint = Joint::sibling;
        separator.value_begin = *value;
        return separator;
    }
    at = skip(text, at, "])", 2);
    const std::size_t sign_at = skip(text, at, " \t", 40);
    separator.has_blanks = sign_at > at;
    for (const Sign& sign : kSigns) {
        if (byte_at(text, sign_at) != sign.text[0] || !starts(text, sign_at, sign.text)) continue;
        const std::size_t after = sign_at + sign.text.size();
        separator.joint = sign.joint;
        separator.value_begin = past_colours(text, skip(text, after, " \t", 40));
        separator.has_blanks = separator.has_blanks || separator.value_begin > after;
        if (sign.joint == Joint::colon) separator.value_begin = past_annotation(text, separator.value_begin);
        return separator;
    }
    const char sign = byte_at(text, sign_at);
    if (sign == '>' || (sign == ',' && separator.name_was_quoted)) {
        separator.joint = sign == '>' ? Joint::angle : Joint::comma;
        separator.value_begin = skip(text, sign_at + 1, " \t", 8);
        return separator;
    }
    return separator.has_blanks ? blank_or_is(text, separator, sign_at) : std::nullopt;
}

}  // namespace kaizen::redact
