#include "daemon/redact/values.h"

#include <algorithm>
#include <array>

#include "common/text.h"
#include "daemon/redact/alphabet.h"
#include "daemon/redact/references.h"
#include "daemon/redact/scan.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kDeepestEscape = 40;  // backslashes before a quote: JSON in JSON in JSON

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

char byte_at(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : '\0'; }

// Past a letter of Python's (f"", rb"") and past backslashes, if a quote follows them.
std::size_t opening_quote(std::string_view text, std::size_t at) {
    std::size_t i = at;
    while (i < at + 2 && i < text.size() && is_any_of(text[i], "fFrRbBuU")) ++i;
    const std::size_t letters_end = i;
    while (i < letters_end + kDeepestEscape && byte_at(text, i) == '\\') ++i;
    return is_quote(byte_at(text, i)) ? i : std::string_view::npos;
}

// `escaped`: the opening quote stood behind a backslash, so the closing one does, too.
std::size_t closing_quote(std::string_view text, std::size_t from, char quote, bool escaped) {
    for (std::size_t i = from; i < text.size(); ++i) {
        const char c = text[i];
        if (c == quote || c == '\n') return i;
        if (c != '\\') continue;
        std::size_t after = i;
        while (after < text.size() && text[after] == '\\') ++after;
        if (escaped && byte_at(text, after) == quote) return i;
        i = escaped ? after - 1 : i + 1;
    }
    return text.size();
}

bool starts_any(std::string_view value, std::initializer_list<std::string_view> starts) {
    return std::any_of(starts.begin(), starts.end(),
                       [value](std::string_view start) { return value.starts_with(start); });
}

bool contains_any(std::string_view value, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(),
                       [value](std::string_view part) { return value.find(part) != std::string_view::npos; });
}

// a.b, a.b.c: each part a name, none of them like a made-up string.
bool is_member_chain(std::string_view value) {
    if (value.find('.') == std::string_view::npos || in(Alphabet::digit, value[0])) return false;
    bool part_begins = true;
    for (const char c : value) {
        if (c == '.') {
            if (part_begins) return false;
            part_begins = true;
        } else {
            if (!in(Alphabet::word, c) || (part_begins && in(Alphabet::digit, c))) return false;
            part_begins = false;
        }
    }
    return !part_begins;
}

// Says that there is no value.
bool is_nothing(std::string_view value) {
    static constexpr std::string_view kWords[] = {"none",    "null",    "nil",     "nothing",
                                                  "n/a",     "unset",   "empty",   "absent",
                                                  "not-set", "not_set", "expired", "revoked"};
    return std::any_of(std::begin(kWords), std::end(kWords),
                       [value](std::string_view word) { return equal_folded(value, word); });
}

// `parts` in lower case.
template <std::size_t kCount>
bool contains_any_folded(std::string_view text, const std::string_view (&parts)[kCount]) {
    std::array<bool, 256> begins{};
    for (const std::string_view part : parts) begins[static_cast<unsigned char>(part[0])] = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!begins[static_cast<unsigned char>(fold(text[i]))]) continue;
        for (const std::string_view part : parts) {
            if (fold(text[i]) == part[0] && equal_folded(text.substr(i, part.size()), part)) return true;
        }
    }
    return false;
}

// At most two different ones: xxxx, ****, -----.
bool has_two_characters(std::string_view value) {
    std::array<bool, 256> seen{};
    int different = 0;
    for (const char c : value) {
        bool& known = seen[static_cast<unsigned char>(fold(c))];
        different += known ? 0 : 1;
        known = true;
    }
    return different <= 2;
}

}  // namespace

Value value_at(Scan& scan, std::size_t at) {
    const std::string_view text = scan.text();
    const std::size_t quote = opening_quote(text, at);
    if (quote == std::string_view::npos) return bare_value(text, {at, scan.run(Alphabet::bare, at).end});
    const char c = text[quote];
    std::size_t begin = quote + 1;
    if (byte_at(text, begin) == c && byte_at(text, begin + 1) != c) return {{begin, begin}, c};
    while (begin < quote + 3 && byte_at(text, begin) == c) ++begin;  // """
    const bool escaped = quote > 0 && text[quote - 1] == '\\';
    Value value = bare_value(text, {begin, closing_quote(text, begin, c, escaped)});
    value.quote = c;
    return value;
}

Value bare_value(std::string_view text, Place place) {
    std::size_t end = place.end;
    while (byte_at(text, end) == ' ' || byte_at(text, end) == '\t' || byte_at(text, end) == '\r') ++end;
    const char next = byte_at(text, end);
    const bool ends_line =
        end >= text.size() || next == '\n' || (next == '\\' && byte_at(text, end + 1) == 'n');
    return {place, '\0', ends_line};
}

bool is_quoted(std::string_view text, std::size_t at) {
    return opening_quote(text, at) != std::string_view::npos;
}

bool is_code(std::string_view value) {
    if (value.empty()) return true;
    if (contains_any(value, {"(", "::", "->", "[", "=>", "{", "}"})) return true;
    if (value.front() == '&' || value.front() == '*' || value.front() == '@' || value.front() == '!')
        return true;
    return is_member_chain(value);
}

bool is_placeholder(std::string_view value) {
    static constexpr std::string_view kParts[] = {
        "example",  "changeme",  "change-me", "change_me", "placeholder",  "your-",
        "your_",    "yourpass",  "yourtoken", "yourkey",   "yoursecret",   "your ",
        "xxxxx",    "****",      "redacted",  "...",       "\xE2\x80\xA6", "replace-",
        "replace_", "replaceme", "dummy-",    "dummy_",    "insert-",      "insert_",
        "fake-",    "fake_",     "mysecret",  "to-be-",    "not-a-real"};
    static constexpr std::string_view kWhole[] = {
        "password", "passwd",      "secret",   "token",      "string",    "boolean",
        "number",   "undefined",   "required", "optional",   "hidden",    "default",
        "disabled", "enabled",     "function", "object",     "integer",   "credentials",
        "unknown",  "invalid",     "missing",  "passphrase", "plaintext", "encrypted",
        "include",  "same-origin", "omit",     "apikey",     "api_key",   "api-key",
        "private",  "public",      "nullable", "return",     "varchar",   "authorization"};
    if (std::any_of(std::begin(kWhole), std::end(kWhole),
                    [value](std::string_view word) { return equal_folded(value, word); }))
        return true;
    if (is_nothing(value)) return true;
    const std::string_view front = value.substr(0, 256);
    if (contains_any_folded(front, kParts)) return true;
    return has_two_characters(front);
}

bool is_template(std::string_view value) {
    const bool named = equal_folded(value.substr(0, 4), "your") || equal_folded(value, "changeme") ||
                       equal_folded(value, "change-me") || equal_folded(value, "change_me");
    return is_reference(value) || named || is_nothing(value) || has_two_characters(value);
}

bool is_term(std::string_view value) {
    static constexpr std::string_view kFronts[] = {
        "base64", "base32", "base58", "sha1",  "sha2", "sha3",  "sha5",  "sha-", "md5",    "bcrypt",
        "scrypt", "argon2", "pbkdf2", "utf8",  "utf-", "utf16", "oauth", "aes-", "aes1",   "aes2",
        "rsa-",   "rsa2",   "rsa4",   "rfc",   "iso-", "iso8",  "http",  "hmac", "ed2551", "x2551",
        "x509",   "hs256",  "rs256",  "es256", "k8s",  "ipv4",  "ipv6"};
    if (std::any_of(std::begin(kFronts), std::end(kFronts), [value](std::string_view front) {
            return equal_folded(value.substr(0, front.size()), front);
        }))
        return true;
    const bool version = value.starts_with('v');
    if (version) value.remove_prefix(1);
    const std::size_t number = std::min(value.size(), value.find_first_not_of("0123456789."));
    if (number == 0) return false;
    const std::string_view rest = value.substr(number);
    if (rest.empty()) return version || value.find('.') != std::string_view::npos;
    return rest.front() == '-' && all_in(Alphabet::letter, rest.substr(1));
}

bool is_digest(std::string_view value) {
    return starts_any(
        value, {"sha1-", "sha256-", "sha384-", "sha512-", "sha1:", "sha256:", "sha384:", "sha512:", "md5:"});
}

bool is_data(std::string_view value) {
    return starts_any(value, {"iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "AAABAA", "PHN2Zy", "PD94bWwg",
                              "d09GM", "JVBERi0", "UEsDB", "H4sI", "MII", "LS0tLS1CRUdJTiBDRVJU"});
}

bool holds_cookie(std::string_view pairs) {
    static constexpr std::string_view kAttributes[] = {"path",    "domain",   "expires",
                                                       "max-age", "samesite", "priority"};
    const auto is_attribute = [](std::string_view name) {
        return std::any_of(std::begin(kAttributes), std::end(kAttributes),
                           [name](std::string_view one) { return equal_folded(name, one); });
    };
    for (const std::string_view pair : split(pairs, ';')) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view written = trim(pair.substr(equals + 1));
        const std::string_view value = written.substr(0, written.find(' '));
        if (!value.empty() && !is_reference(value) && !is_placeholder(value) &&
            !is_attribute(trim(pair.substr(0, equals))))
            return true;
    }
    return false;
}

bool is_passphrase(std::string_view value) {
    static constexpr std::string_view kOfSentences[] = {
        "the",        "your",     "you",       "and",       "for",       "with",    "must",    "not",
        "enter",      "please",   "new",       "old",       "this",      "that",    "are",     "can",
        "has",        "have",     "was",       "will",      "should",    "from",    "into",    "any",
        "all",        "here",     "text",      "value",     "field",     "user",    "users",   "required",
        "invalid",    "wrong",    "password",  "passwords", "secret",    "secrets", "token",   "tokens",
        "passphrase", "minimum",  "least",     "long",      "short",     "confirm", "repeat",  "forgot",
        "reset",      "change",   "changed",   "show",      "hide",      "login",   "account", "email",
        "name",       "input",    "type",      "string",    "match",     "missing", "empty",   "hash",
        "hashed",     "stored",   "default",   "optional",  "generated", "random",  "set",     "does",
        "only",       "letters",  "digits",    "key",       "keys",      "uses",    "used",    "characters",
        "provided",   "database", "encrypted", "incorrect"};
    constexpr std::size_t kFewestWords = 3;
    std::size_t words = 0;
    for (std::size_t begin = 0; begin <= value.size(); ++words) {
        const std::size_t end = std::min(value.size(), value.find(' ', begin));
        const std::string_view word = value.substr(begin, end - begin);
        if (word.size() < 3 ||
            !std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
            return false;
        if (std::find(std::begin(kOfSentences), std::end(kOfSentences), word) != std::end(kOfSentences))
            return false;
        begin = end + 1;
    }
    return words >= kFewestWords;
}

bool is_prose(std::string_view value) {
    bool blank = false;
    bool ascii = false;
    for (const char c : value) {
        const bool other = static_cast<unsigned char>(c) >= 0x80;
        blank = blank || c == ' ';
        ascii = ascii || !other;
        if (!other && !in(Alphabet::letter, c) && !is_any_of(c, " .,!?'-:;()/")) return false;
    }
    return blank || !ascii;
}

}  // namespace kaizen::redact
