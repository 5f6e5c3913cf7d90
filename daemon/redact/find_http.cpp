// What HTTP carries: authorization headers, cookies, and user info in URLs.

#include <algorithm>

#include "daemon/redact/find.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/references.h"
#include "daemon/redact/separator.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kShortestCredential = 6;
constexpr int kRandomCredential = 8;

bool has_digit(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return in(Alphabet::digit, c); });
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// Blanks in any spelling.
std::size_t skip_blanks(const Scan& scan, std::size_t i) {
    while (true) {
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
std::size_t line_end(Scan& scan, std::size_t begin, char outer) {
    std::size_t i = scan.run(Alphabet::line, begin).end;
    while (scan.at(i) == '\\') {
        const char next = scan.at(i + 1);
        if (next == 'n' || next == 'r' || is_quote(next) || next == '\\') break;
        i = scan.run(Alphabet::line, i + 1).end;
    }
    if (outer != '\0') i = begin + std::min(i - begin, scan.text({begin, i}).find(outer));
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
    if (is_quoted(scan.text(), separator->value_begin)) {
        const Value value = value_at(scan, separator->value_begin);
        return HeaderValue{value.place, value.quote};
    }
    const char before = scan.before(begin);
    const char outer = is_quote(before) && !separator->name_was_quoted ? before : '\0';
    return HeaderValue{{separator->value_begin, line_end(scan, separator->value_begin, outer)}, outer};
}

// The front of a header, which is all that is looked at; what goes then goes to its end.
std::string_view judged(Scan& scan, Place header) {
    constexpr std::size_t kJudgedBytes = 8192;
    const std::string_view front = scan.text(header).substr(0, kJudgedBytes);
    scan.spend(front.size());
    return front;
}

// All of it goes: what looks like another header inside is none.
void add_header(Scan& scan, const Rule& rule, Place literal, Place value) {
    static_cast<void>(scan.first_try(rule, literal.begin, value.end));
    scan.add(rule, value);
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

// Up to a quote that does not stand around a value: a="b"; c=d
std::size_t cookies_end(std::string_view text) {
    std::size_t i = text.find_first_of("\"'");
    while (i < text.size() && i > 0 && text[i - 1] == '=') {
        const std::size_t closing = text.find(text[i], i + 1);
        if (closing == std::string_view::npos) return i;
        i = text.find_first_of("\"'", closing + 1);
    }
    return std::min(i, text.size());
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

// The '@' behind a password with a '/' in it: the last one that may belong to it. Far from the scheme, where
// other addresses may follow, it is the first one.
std::size_t sign_behind_slash(std::string_view text) {
    constexpr std::size_t kNear = 1024;
    const std::size_t near = text.substr(0, kNear).rfind('@');
    return near != std::string_view::npos ? near : text.find('@', std::min(kNear, text.size()));
}

}  // namespace

void find_bearer(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin) || !begins_word(scan.text(), literal.begin)) return;
    std::size_t begin = literal.end;
    if (scan.at(begin) == ':' || scan.at(begin) == '=') ++begin;
    begin = skip_blanks(scan, begin);
    if (begin == literal.end) return;
    const Value value = value_at(scan, begin);
    if (value.quote != '\0' && scan.at(literal.end) == ' ') return;  // "Bearer " + token
    const std::string_view text = scan.text(value.place).substr(0, 256);
    if (text.size() < 8 || !is_credential(text) || text.find(' ') != std::string_view::npos) return;
    constexpr std::size_t kReadings = 4;  // of the judgements
    scan.spend(kReadings * text.size());
    if (has_digit(text) || randomness(text) >= kRandomCredential)
        add_header(scan, rule, literal, value.place);
}

void find_basic(Scan& scan, const Rule& rule, Place literal) {
    constexpr std::size_t kJudged = 1024;
    if (!begins_word(scan.text(), literal.begin)) return;
    const std::size_t begin = skip_blanks(scan, literal.end);
    if (begin == literal.end) return;
    std::size_t end = scan.run(Alphabet::base64, begin).end;
    if (end - begin < kShortestCredential) return;
    const std::string_view front = scan.text({begin, end}).substr(0, kJudged);
    scan.spend(front.size());
    const auto decoded = decode_base64(front);
    if (!decoded || decoded->find(':') == std::string::npos) return;
    if (std::any_of(decoded->begin(), decoded->end(), [](char c) { return c >= 0 && c < ' '; })) return;
    while (scan.at(end) == '=') ++end;
    scan.add(rule, {begin, end});
}

void find_header(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin)) return;
    const auto value = header_value(scan, literal);
    if (!value) return;
    const Place place = value->place;
    const std::string_view all = judged(scan, place);
    const std::size_t blank = all.find(' ');
    const std::string_view scheme = all.substr(0, blank);
    if (blank == std::string_view::npos) {
        if (is_credential(scheme) &&
            (randomness(scheme.substr(0, 256)) >= kRandomCredential || is_uuid(scheme)))
            add_header(scan, rule, literal,
                       {place.begin, std::min(place.end, scan.text().find(' ', place.begin))});
        return;
    }
    std::size_t begin = place.begin + blank;
    while (scan.at(begin) == ' ') ++begin;
    if (begin >= place.end) return;
    Place credentials{begin, place.end};
    if (is_one_word_scheme(scheme)) {
        const Value word = value_at(scan, begin);
        credentials.end = std::min(credentials.end, word.quote == '\0' ? word.place.end : begin);
    }
    const std::string_view text = judged(scan, credentials);
    if (text.starts_with(kMarkBegin)) return;  // what it hides may have ended the line
    if (is_one_word_scheme(scheme)) {
        const bool plain_word =
            all_in(Alphabet::letter, text) && text.size() < 20 && randomness(text) < kRandomCredential;
        if (is_credential(text) && !plain_word) add_header(scan, rule, literal, credentials);
    } else if (is_credential(text) && !is_prose(all) && all.find('=') != std::string_view::npos) {
        add_header(scan, rule, literal, credentials);
    } else if (all_in(Alphabet::name, scheme) && randomness(text.substr(0, 256)) >= 2 * kRandomCredential) {
        add_header(scan, rule, literal, credentials);
    }
}

void find_cookie(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin)) return;
    const auto separator = separator_after(scan.text(), literal.end);
    if (!separator || !begins_pair(scan, separator->value_begin)) return;
    const auto value = header_value(scan, literal);
    if (!value) return;
    const bool quoted = value->quote != '\0';
    const std::string_view line = judged(scan, value->place);
    const std::string_view all = quoted ? line : line.substr(0, cookies_end(line));
    const std::string_view text = all.substr(0, all.find(kMarkBegin));
    const bool is_code = text.substr(0, text.find_first_of("; ")).find('(') != std::string_view::npos;
    if (!is_pair(text) || !holds_cookie(text) || is_code) return;
    const Place place = value->place;
    const std::size_t end = quoted ? place.end : place.begin + cookies_end(scan.text(place));
    add_header(scan, rule, literal, {place.begin, end});
}

void find_user_info(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin)) return;
    std::size_t end = scan.run(Alphabet::password_url, literal.end).end;
    std::size_t at_sign = scan.text({literal.end, end}).rfind('@');
    if (scan.at(end) == '/' && !is_host_and_port(scan.text({literal.end, end}))) {
        // No host has such a port: a password with a '/' in it.
        end = scan.run(Alphabet::authority, literal.end).end;
        at_sign = sign_behind_slash(scan.text({literal.end, end}));
        if (at_sign == std::string_view::npos) static_cast<void>(scan.first_try(rule, literal.begin, end));
    }
    if (at_sign == std::string_view::npos || at_sign == 0 || literal.end + at_sign + 1 == end) return;
    const std::string_view info = scan.text({literal.end, literal.end + at_sign});
    scan.spend(info.size());
    if (is_harmless_user_info(info)) return;
    const std::size_t colon = info.find(':');
    const Place place{literal.end, literal.end + at_sign};
    const Place value{colon == std::string_view::npos ? place.begin : place.begin + colon + 1, place.end};
    static_cast<void>(scan.first_try(rule, literal.begin, place.end));
    scan.add(rule, place, value);
}

}  // namespace kaizen::redact
