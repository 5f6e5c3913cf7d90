#include "daemon/redact/separator.h"

#include <algorithm>
#include <array>

#include "daemon/redact/alphabet.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/rule.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kDeepestEscape = 40;  // backslashes before a quote: JSON in JSON in JSON

char byte_at(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : '\0'; }

std::size_t skip(std::string_view text, std::size_t i, std::string_view bytes, std::size_t most) {
    const std::size_t limit = i + std::min(most, text.size() - std::min(i, text.size()));
    while (i < limit && is_any_of(text[i], bytes)) ++i;
    return i;
}

// Past a terminal's colours, also where their ESC is written as an escape.
std::size_t past_colours(std::string_view text, std::size_t i) {
    static constexpr std::string_view kEscapes[] = {"\x1b[", "\\u001b[", "\\x1b[", "\\033[", "\\e["};
    while (byte_at(text, i) == '\x1b' || byte_at(text, i) == '\\') {
        const auto escape = std::find_if(std::begin(kEscapes), std::end(kEscapes),
                                         [&](std::string_view one) { return stands_at(text, i, one); });
        if (escape == std::end(kEscapes)) break;
        const std::size_t end = skip(text, i + escape->size(), "0123456789;", text.size());
        if (byte_at(text, end) != 'm') break;
        i = end + 1;
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

// Past the type in `password: str = "x"`, if that is what stands there: nobody calls a type like a secret.
std::size_t past_annotation(std::string_view text, std::size_t i) {
    constexpr int kRandom = 9;
    std::size_t end = i;
    while (end < i + 24 && in(Alphabet::word, byte_at(text, end))) ++end;
    if (end == i || end == i + 24) return i;
    const std::size_t sign = skip(text, end, " ?", 3);
    if (byte_at(text, sign) != '=' || byte_at(text, sign + 1) == '=' || sign == end) return i;
    return randomness(text.substr(i, end - i)) < kRandom ? skip(text, sign + 1, " ", 4) : i;
}

// "name": "X", "value": "…" and its relatives: from behind X to the quote or the value.
std::optional<std::size_t> sibling_value(std::string_view text, std::size_t i) {
    constexpr std::string_view kGap = " \t\r\n\\,\"'";
    if (!is_any_of(byte_at(text, i), kGap)) return std::nullopt;
    std::size_t at = skip(text, i, kGap, 40);
    if (byte_at(text, at) == 'n' && at > i && text[at - 1] == '\\') at = skip(text, at + 1, kGap, 40);
    if (at == i || !(stands_at(text, at, "value") || stands_at(text, at, "Value"))) return std::nullopt;
    at = skip(text, at + 5, "\\\"'", 4);
    if (byte_at(text, at) != ':' && byte_at(text, at) != '=') return std::nullopt;
    return skip(text, at + 1, " ", 4);
}

// variable "name" { … default = value }: from behind the name to the value.
std::optional<std::size_t> default_in_block(std::string_view text, std::size_t i) {
    constexpr std::size_t kLongestBlock = 512;
    constexpr std::string_view kDefault = "default";
    if (!stands_at(text, i, "\" {")) return std::nullopt;
    const std::size_t limit = std::min(text.size(), i + kLongestBlock);
    for (std::size_t at = i + 3; at < limit && text[at] != '}' && !stands_at(text, at, kMarkBegin); ++at) {
        if (!stands_at(text, at, kDefault) || !in(Alphabet::space, text[at - 1])) continue;
        const std::size_t sign = skip(text, at + kDefault.size(), " ", 40);
        if (byte_at(text, sign) == '=') return skip(text, sign + 1, " ", 4);
    }
    return std::nullopt;
}

// YAML's sign for a text that begins in the next line: from behind the colon to the text.
std::size_t past_block_sign(std::string_view text, std::size_t i) {
    if (byte_at(text, i) != '|' && byte_at(text, i) != '>') return i;
    const std::size_t line_end = skip(text, i + 1, "+-", 1);
    const std::size_t next = stands_at(text, line_end, "\\n") ? line_end + 2 : skip(text, line_end, "\n", 1);
    const std::size_t begin = skip(text, next, " ", 40);
    return next > line_end && begin > next ? begin : i;
}

// "is", "is now", "was changed to", "has been reset to:".
std::size_t past_joining_words(std::string_view text, std::size_t i) {
    static constexpr std::string_view kWords[] = {
        "is", "was",    "has",      "been",       "will be",    "now",       "still",
        "to", "set to", "reset to", "changed to", "updated to", "rotated to"};
    constexpr int kMost = 4;
    for (int count = 0; count < kMost; ++count) {
        const auto word = std::find_if(std::begin(kWords), std::end(kWords), [&](std::string_view one) {
            const char next = byte_at(text, i + one.size());
            return stands_at(text, i, one) && (next == ' ' || next == ':');
        });
        if (word == std::end(kWords)) break;
        i = skip(text, i + word->size(), ": ", 2);
    }
    return i;
}

// What a password is for, in a sentence, a prompt or SQL: past "for the server" before " is", past "for ada:
// ", past "for 'ada'@'localhost' = ".
std::size_t past_clause(std::string_view text, std::size_t i) {
    constexpr std::size_t kLongest = 64;
    if (!stands_at(text, i, "for ") && !stands_at(text, i, "FOR ") && !stands_at(text, i, "of ")) return i;
    const std::size_t limit = std::min(text.size(), i + kLongest);
    for (std::size_t at = i; at < limit && !is_any_of(text[at], "\n\"`;{"); ++at) {
        if (stands_at(text, at, ": ")) return at + 2;
        if (stands_at(text, at, " = ")) return at + 3;
        if (stands_at(text, at, " is ") || stands_at(text, at, " was ") || stands_at(text, at, " has "))
            return at + 1;
    }
    return i;
}

std::optional<Separator> blank_or_is(std::string_view text, Separator separator, std::size_t at) {
    separator.value_begin = at;
    separator.value_begin = past_joining_words(text, past_clause(text, at));
    separator.joint = separator.value_begin > at ? Joint::is : Joint::blank;
    return separator;
}

}  // namespace

std::optional<Separator> separator_after(std::string_view text, std::size_t name_end) {
    Separator separator;
    name_end = past_colours(text, name_end);
    std::size_t at = skip(text, name_end, "\\\"'`", kDeepestEscape);
    separator.name_was_quoted = at > name_end && byte_at(text, at - 1) != '\\';
    if (at > name_end && !separator.name_was_quoted) return std::nullopt;
    auto further_on = sibling_value(text, name_end);
    if (!further_on) further_on = default_in_block(text, name_end);
    if (further_on) {
        separator.joint = Joint::sibling;
        separator.value_begin = *further_on;
        return separator;
    }
    at = skip(text, at, "])", 2);
    const std::size_t sign_at = skip(text, at, " \t", 40);
    separator.has_blanks = sign_at > at;
    for (const Sign& sign : kSigns) {
        if (byte_at(text, sign_at) != sign.text[0] || !stands_at(text, sign_at, sign.text)) continue;
        const std::size_t after = sign_at + sign.text.size();
        separator.joint = sign.joint;
        separator.value_begin = past_colours(text, skip(text, after, " \t", 40));
        separator.has_blanks = separator.has_blanks || separator.value_begin > after;
        if (sign.joint == Joint::colon)
            separator.value_begin = past_block_sign(text, past_annotation(text, separator.value_begin));
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
