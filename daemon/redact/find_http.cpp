// What HTTP carries: authorization headers, cookies, and user info in URLs.

#include <algorithm>

#include "daemon/redact/find.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/separator.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kLongestLine = 8192;
constexpr std::size_t kShortestCredential = 6;
constexpr int kRandomCredential = 8;

bool has_digit(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return in(Alphabet::digit, c); });
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// Blanks in any spelling.
std::size_t skip_blanks(const Scan& scan, std::size_t i) {
    constexpr std::size_t kMost = 32;
    const std::size_t limit = i + kMost;
    while (i < limit) {
        if (scan.at(i) == ' ' || scan.at(i) == '\t' || scan.at(i) == '+')
            ++i;
        else if (scan.starts(i, "%20") || scan.starts(i, "%09"))
            i += 3;
        else
            break;
    }
    return i;
}

// To the end of the line, or to the quote around it: `outer` stood before the name.
std::size_t line_end(const Scan& scan, std::size_t begin, char outer) {
    const std::size_t limit = std::min(scan.text().size(), begin + kLongestLine);
    std::size_t i = begin;
    for (; i < limit; ++i) {
        const char c = scan.at(i);
        if (c == '\n' || c == '\r' || c == '\x1b' || (outer != '\0' && c == outer)) break;
        if (c != '\\') continue;
        const char next = scan.at(i + 1);
        if (next == 'n' || next == 'r' || is_quote(next) || next == '\\') break;
    }
    while (i > begin && scan.before(i) == ' ') --i;
    return i;
}

// name=, in quotes or without: cheap to see before the line is read to its end.
bool begins_pair(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongestName = 128;
    const std::size_t limit = i + kLongestName;
    while (i < limit && (scan.has(i, Alphabet::dotted) || is_quote(scan.at(i)) || scan.at(i) == '\\')) ++i;
    return scan.at(i) == '=';
}

struct HeaderValue {
    Place place;
    char quote = '\0';
};

// The value of a header or a setting of that name; the whole line where it has no quotes of its own.
std::optional<HeaderValue> header_value(Scan& scan, Place literal) {
    std::size_t begin = literal.begin;
    while (begin > 0 && literal.begin - begin < 16 && in(Alphabet::name, scan.before(begin))) --begin;
    const auto separator = separator_after(scan.text(), literal.end);
    if (!separator || separator->joint == Joint::angle || separator->joint == Joint::is) return std::nullopt;
    if (separator->joint == Joint::blank && scan.at(begin) != '-') return std::nullopt;
    const Value value = value_at(scan.text(), separator->value_begin);
    scan.spend(value.place.size());
    if (value.quote != '\0') return HeaderValue{value.place, value.quote};
    const char before = scan.before(begin);
    const char outer = is_quote(before) && !separator->name_was_quoted ? before : '\0';
    const Place line{separator->value_begin, line_end(scan, separator->value_begin, outer)};
    scan.spend(line.size());
    return HeaderValue{line, outer};
}

// Schemes whose credentials are one word.
bool is_one_word_scheme(std::string_view scheme) {
    static constexpr std::string_view kSchemes[] = {"bearer", "basic",    "token",     "apikey", "api-key",
                                                    "ssws",   "geniekey", "negotiate", "ntlm",   "dpop",
                                                    "jwt",    "key",      "bot"};
    return std::any_of(std::begin(kSchemes), std::end(kSchemes),
                       [scheme](std::string_view known) { return equal_folded(scheme, known); });
}

bool is_credential(std::string_view text) {
    return text.size() >= kShortestCredential && !is_reference(text) && !is_placeholder(text) &&
           text.find('(') == std::string_view::npos && text.front() != '+' && text.front() != '{';
}

bool is_pair(std::string_view text) {
    const std::size_t equals = text.find('=');
    return equals != std::string_view::npos && equals > 0 && equals + 1 < text.size() &&
           text[equals + 1] != '=' && text[equals + 1] != ' ' &&
           all_in(Alphabet::dotted, text.substr(0, equals));
}

// Names that stand for nobody, and templates.
bool is_harmless_user_info(std::string_view info) {
    const std::size_t colon = info.find(':');
    const std::string_view user = info.substr(0, colon);
    if (colon == std::string_view::npos)
        return user == "git" || user == "hg" || user == "svn" || user == "anonymous" || user == "user" ||
               user == "username" || is_reference(user) || is_placeholder(user) || user.size() < 2;
    const std::string_view password = info.substr(colon + 1);
    if (password.empty() || is_reference(password)) return true;
    return password == "password" || password == "pass" || password == "pw" || password == "pwd" ||
           is_placeholder(password);
}

// host, host:8080, [::1]:8080; what is not may still hold a password.
bool is_host_and_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    return colon == std::string_view::npos || text.find('@') != std::string_view::npos ||
           text.starts_with('[') || all_in(Alphabet::digit, text.substr(colon + 1)) ||
           is_reference(text.substr(colon + 1));
}

}  // namespace

void find_bearer(Scan& scan, const Rule& rule, Place literal) {
    if (!begins_word(scan.text(), literal.begin)) return;
    std::size_t begin = literal.end;
    if (scan.at(begin) == ':' || scan.at(begin) == '=') ++begin;
    begin = skip_blanks(scan, begin);
    if (begin == literal.end) return;
    const Value value = value_at(scan.text(), begin);
    scan.spend(value.place.size());
    if (value.quote != '\0' && scan.at(literal.end) == ' ') return;  // "Bearer " + token
    const std::string_view text = scan.text(value.place).substr(0, 256);
    if (text.size() < 8 || !is_credential(text) || text.find(' ') != std::string_view::npos) return;
    if (!has_digit(text) && randomness(text) < kRandomCredential) return;
    scan.add(rule, value.place);
}

void find_basic(Scan& scan, const Rule& rule, Place literal) {
    constexpr std::size_t kLongest = 1024;
    if (!begins_word(scan.text(), literal.begin)) return;
    const std::size_t begin = skip_blanks(scan, literal.end);
    if (begin == literal.end) return;
    std::size_t end = scan.end_of(Alphabet::base64, begin, kLongest);
    if (end - begin < kShortestCredential) return;
    const auto decoded = decode_base64(scan.text({begin, end}));
    if (!decoded || decoded->find(':') == std::string::npos) return;
    if (std::any_of(decoded->begin(), decoded->end(), [](char c) { return c >= 0 && c < ' '; })) return;
    while (scan.at(end) == '=') ++end;
    scan.add(rule, {begin, end});
}

void find_header(Scan& scan, const Rule& rule, Place literal) {
    const auto value = header_value(scan, literal);
    if (!value) return;
    const std::string_view all = scan.text(value->place);
    const std::size_t blank = all.find(' ');
    const std::string_view scheme = all.substr(0, blank);
    if (blank == std::string_view::npos) {
        if (is_credential(scheme) &&
            (randomness(scheme.substr(0, 256)) >= kRandomCredential || is_uuid(scheme)))
            scan.add(rule, value->place);
        return;
    }
    std::size_t begin = value->place.begin + blank;
    while (scan.at(begin) == ' ') ++begin;
    if (begin >= value->place.end) return;
    Place credentials{begin, value->place.end};
    if (is_one_word_scheme(scheme)) {
        const Value word = value_at(scan.text(), begin);
        credentials.end = std::min(credentials.end, word.quote == '\0' ? word.place.end : begin);
        const std::string_view text = scan.text(credentials);
        const bool plain_word =
            all_in(Alphabet::letter, text) && text.size() < 20 && randomness(text) < kRandomCredential;
        if (is_credential(text) && !plain_word) scan.add(rule, credentials);
    } else if (is_credential(scan.text(credentials)) && !is_prose(all) &&
               all.find('=') != std::string_view::npos) {
        scan.add(rule, credentials);
    } else if (all_in(Alphabet::name, scheme) &&
               randomness(scan.text(credentials).substr(0, 256)) >= 2 * kRandomCredential) {
        scan.add(rule, credentials);
    }
}

void find_cookie(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin)) return;
    const auto separator = separator_after(scan.text(), literal.end);
    if (!separator || !begins_pair(scan, separator->value_begin)) return;
    const auto value = header_value(scan, literal);
    if (!value) return;
    Place place = value->place;
    const std::size_t quote = scan.text(place).find_first_of("\"'");
    if (value->quote == '\0' && quote != std::string_view::npos) place.end = place.begin + quote;
    const std::string_view text = scan.text(place);
    if (!is_pair(text)) return;
    const std::string_view first = text.substr(text.find('=') + 1);
    const std::string_view first_value = first.substr(0, first.find(';'));
    if (is_reference(first_value) || is_placeholder(first_value) || text.find('(') != std::string_view::npos)
        return;
    static_cast<void>(scan.first_try(rule, literal.begin, place.end));
    scan.add(rule, place);
}

void find_user_info(Scan& scan, const Rule& rule, Place literal) {
    constexpr std::size_t kLongest = 1024;
    std::size_t end = scan.end_of(Alphabet::password_url, literal.end, kLongest);
    scan.spend(end - literal.end);
    if (scan.at(end) == '/' && !is_host_and_port(scan.text({literal.end, end}))) {
        // No host has such a port: a password with a '/' in it.
        while (end < literal.end + kLongest && (scan.at(end) == '/' || scan.has(end, Alphabet::password_url)))
            ++end;
    }
    const std::string_view authority = scan.text({literal.end, end});
    const std::size_t at_sign = authority.rfind('@');
    if (at_sign == std::string_view::npos || at_sign == 0 || at_sign + 1 == authority.size()) return;
    const std::string_view info = authority.substr(0, at_sign);
    if (is_harmless_user_info(info)) return;
    const std::size_t colon = info.find(':');
    const Place place{literal.end, literal.end + at_sign};
    const Place value{colon == std::string_view::npos ? place.begin : place.begin + colon + 1, place.end};
    scan.add(rule, place, value);
}

}  // namespace kaizen::redact
