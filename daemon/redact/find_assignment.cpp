// A sensitive name, a separator, a value. What counts as a value depends on the name: after a password's
// anything literal, after a token's what looks random, and further right in the line only what looks very
// random.

#include <algorithm>

#include "daemon/redact/find.h"
#include "daemon/redact/names.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/separator.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kShortestPassword = 6;
constexpr std::size_t kShortestKey = 10;
constexpr std::size_t kNear = 40;
constexpr std::size_t kJudgedBytes = 256;

constexpr int kRandomQuoted = 6;  // in quotes, or to the right of NAME= at the start of a line
constexpr int kRandomBare = 9;
constexpr int kRandomNear = 14;
constexpr double kHexEntropy = 3.0;

struct Name {
    Place place;
    bool is_option = false;    // --name, -name
    bool begins_line = false;  // also behind "export ", "set ", "- "
    bool in_tag = false;       // <name>
    bool is_upper = false;
};

bool has_digit(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return in(Alphabet::digit, c); });
}

bool has_letter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return in(Alphabet::letter, c); });
}

bool begins_line(const Scan& scan, std::size_t begin) {
    constexpr std::size_t kIndent = 32;
    std::size_t i = begin;
    for (const std::string_view word :
         {"export ", "set ", "ENV ", "ARG ", "- ", "+", "-", "setx ", "$env:"}) {
        if (i >= word.size() && scan.text().substr(i - word.size(), word.size()) == word) {
            i -= word.size();
            break;
        }
    }
    const std::size_t limit = i > kIndent ? i - kIndent : 0;
    while (i > limit && (scan.before(i) == ' ' || scan.before(i) == '\t')) --i;
    const char before = scan.before(i);
    return i == 0 || before == '\n' || (before == 'n' && scan.before(i - 1) == '\\');
}

// The whole name around a sensitive word in it.
Name name_around(const Scan& scan, Place word) {
    Name name;
    std::size_t begin = word.begin;
    const std::size_t limit = begin > kLongestName ? begin - kLongestName : 0;
    while (begin > limit && in(Alphabet::name, scan.before(begin))) --begin;
    // The letter of an escape is no part of the name: \nPASSWORD.
    if (scan.before(begin) == '\\' && begin < word.begin && !begins_word(scan.text(), begin)) ++begin;
    if (scan.before(begin) == '\\' && begin < word.begin &&
        std::string_view("nrt").find(scan.at(begin)) != std::string_view::npos)
        ++begin;
    const std::size_t end = scan.end_of(Alphabet::name, word.end, kLongestName);
    while (begin < word.begin && scan.at(begin) == '-') {
        name.is_option = true;
        ++begin;
    }
    name.place = {begin, end};
    const std::string_view text = scan.text(name.place);
    name.is_upper = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    name.begins_line = begins_line(scan, begin);
    name.in_tag = scan.before(begin) == '<';
    return name;
}

// Bare words after a password-like name: a password in a file of settings, a variable in code.
bool is_variable_name(const Name& name, const Separator& separator, const Value& value,
                      std::string_view text) {
    if (!all_in(Alphabet::word, text) || in(Alphabet::digit, text[0])) return false;
    const bool setting =
        value.ends_line && name.begins_line && (!separator.has_blanks || separator.joint == Joint::colon);
    if (name.is_upper && (setting || name.is_option)) return false;
    if (name.is_option) return false;
    if (setting) return false;
    return !has_digit(text) || text.find('_') != std::string_view::npos;
}

bool is_path_or_url(std::string_view value) {
    return value.starts_with('/') || value.starts_with("~/") || value.starts_with("./") ||
           value.starts_with("../") || value.find("://") != std::string_view::npos;
}

bool is_password(const Scan& scan, const Name& name, const Separator& separator, const Value& value) {
    const std::string_view text = scan.text(value.place);
    if (text.size() < kShortestPassword || is_reference(text) || is_placeholder(text)) return false;
    if (separator.joint == Joint::is)
        return has_digit(text) && has_letter(text) && !is_code(text) && text.back() != '.';
    if (separator.joint == Joint::blank && !name.is_option && value.quote == '\0') return false;
    if (separator.joint == Joint::comma && value.quote == '\0') return false;
    if (is_path_or_url(text)) return false;
    if (value.quote != '\0' || separator.joint == Joint::angle)
        return !is_prose(text) && text.find('\n') == std::string_view::npos;
    if (in(Alphabet::digit, text[0]) && all_in(Alphabet::digit, text)) return name.is_upper || name.is_option;
    return !is_code(text) && !is_variable_name(name, separator, value, text);
}

bool is_key(const Scan& scan, const Name& name, const Separator& separator, const Value& value) {
    const std::string_view text = scan.text(value.place).substr(0, kJudgedBytes);
    if (text.size() < kShortestKey || is_reference(text) || is_placeholder(text) || is_digest(text))
        return false;
    if (separator.joint == Joint::comma && value.quote == '\0') return false;
    if (text.find(' ') != std::string_view::npos || is_path_or_url(text)) return false;
    if (is_uuid(text)) return true;
    const bool strong = value.quote != '\0' || name.is_option ||
                        (name.is_upper && separator.joint == Joint::equals && !separator.has_blanks);
    if (value.quote == '\0' && is_code(text) && randomness(text) < kRandomNear) return false;
    return randomness(text) >= (strong ? kRandomQuoted : kRandomBare);
}

bool argument_position(const Scan& scan, std::size_t i) {
    return std::string_view("=:(\"'`,> ").find(scan.before(i)) != std::string_view::npos && i > 0;
}

// Random values in the rest of the line, near a sensitive word.
void find_near(Scan& scan, const Rule& rule, std::size_t from) {
    const std::size_t limit = std::min(scan.text().size(), from + kNear);
    for (std::size_t i = from; i < limit && scan.at(i) != '\n';) {
        if (!scan.has(i, Alphabet::dotted)) {
            ++i;
            continue;
        }
        const Place run = {i, scan.run(Alphabet::dotted, i).end};
        i = std::max(run.end, i + 1);
        if (!argument_position(scan, run.begin) || scan.has(run.end, Alphabet::base64) ||
            scan.at(run.end) == '(')
            continue;
        if (looks_secret(scan.text(run).substr(0, kJudgedBytes))) scan.add(rule, run);
    }
}

bool is_hex_secret(std::string_view text, const Separator& separator) {
    return separator.joint != Joint::blank && text.size() >= 32 && all_in(Alphabet::any_hex, text) &&
           shannon_entropy(text) > kHexEntropy;
}

bool is_value(const Scan& scan, Sensitivity kind, const Name& name, const Separator& separator,
              const Value& value) {
    switch (kind) {
        case Sensitivity::none:
            return false;
        case Sensitivity::password:
            return is_password(scan, name, separator, value);
        case Sensitivity::key:
            if (separator.joint == Joint::blank && !name.is_option && value.quote == '\0') return false;
            return is_key(scan, name, separator, value);
        case Sensitivity::beside: {
            const std::string_view text = scan.text(value.place).substr(0, kJudgedBytes);
            return is_key(scan, name, separator, value) &&
                   (looks_secret(text) || is_hex_secret(text, separator));
        }
    }
    return false;
}

}  // namespace

void find_assignment(Scan& scan, const Rule& rule, Place literal) {
    if (scan.before(literal.end) == '=') --literal.end;  // "sig=": the sign is there to make it rare
    const Name name = name_around(scan, literal);
    if (!scan.first_try(rule, literal.begin, name.place.end)) return;
    const Sensitivity kind = sensitivity(scan.text(name.place));
    if (kind == Sensitivity::none) return;
    const auto separator = separator_after(scan.text(), name.place.end);
    if (!separator || (separator->joint == Joint::angle && !name.in_tag)) {
        return find_near(scan, rule, name.place.end);
    }
    const Value value = value_at(scan.text(), separator->value_begin);
    scan.spend(value.place.size());
    if (is_value(scan, kind, name, *separator, value)) return scan.add(rule, value.place);
    find_near(scan, rule, name.place.end);
}

}  // namespace kaizen::redact
