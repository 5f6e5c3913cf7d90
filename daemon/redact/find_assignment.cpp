// A sensitive name, a separator, a value. What counts as a value depends on the name: after a password's
// anything literal, after a token's what looks random, and further right in the line only what looks very
// random.

#include <algorithm>

#include "daemon/redact/find.h"
#include "daemon/redact/names.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/references.h"
#include "daemon/redact/separator.h"
#include "daemon/redact/setting_name.h"
#include "daemon/redact/values.h"
#include "daemon/redact/xml_value.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kShortestPassword = 6;
constexpr std::size_t kShortestKey = 10;
constexpr std::size_t kNear = 40;
constexpr std::size_t kJudgedBytes = 256;

constexpr int kRandomQuoted = 6;  // in quotes, behind an option, or to the right of NAME=
constexpr int kRandomBare = 9;
constexpr int kRandomLetters = 12;  // without a digit, as names are
constexpr int kRandomNear = 14;
constexpr double kHexEntropy = 3.0;

// The sensitive name that was met, and all that stands around it.
struct Look {
    bool is_option = false;    // --name, -name, -Da.name, /name
    bool begins_line = false;  // also behind "export ", "ENV ", "- "
    bool takes_blank = false;  // ENV NAME value; set -x NAME value; login … password value
    bool is_field = false;     // ?name=value, NAME=value: nothing but a value stands there
    bool is_argument = false;  // `command name=value`, between blanks or quotes
    bool is_upper = false;
    bool is_short = false;  // no more than pass, pwd, pw
    Separator separator;
    Value value;
    std::string_view text;  // of the value, as much as is judged

    [[nodiscard]] bool bare() const { return value.quote == '\0'; }
    // NAME=value, as a shell or an .env file has it.
    [[nodiscard]] bool is_env() const {
        return begins_line && separator.joint == Joint::equals && !separator.has_blanks;
    }
};

bool has(Alphabet alphabet, std::string_view text) {
    return std::any_of(text.begin(), text.end(), [alphabet](char c) { return in(alphabet, c); });
}

// Verbs and commands, too: "--- PASS: TestX", pass `value`, ["pwd", "-P"].
bool is_short_name(std::string_view name) {
    return equal_folded(name, "pass") || equal_folded(name, "pwd") || equal_folded(name, "pw");
}

// In an .env file and in a sentence a value goes on to the next blank or quote, whatever is in it.
void widen_value(Scan& scan, Place& place) {
    std::size_t end = scan.run(Alphabet::setting, place.end).end;
    // One at the very end is the code's: call(password=value,
    while (end > place.end && (scan.before(end) == ',' || scan.before(end) == ')')) --end;
    place.end = end;
}

// The full stop of the sentence.
void trim_sentence(const Scan& scan, Place& place) {
    while (place.size() > 0 && is_any_of(scan.before(place.end), ".:?")) --place.end;
}

// Cheaper than to look around each of these words, of which any prose has many.
bool may_follow_blank(const Scan& scan, Place name, std::size_t value_begin) {
    return scan.before(name.begin) == '-' || is_quoted(scan.text(), value_begin) || takes_blank(scan, name);
}

bool ends_argument(const Scan& scan, std::size_t i) {
    return i == scan.text().size() || is_any_of(scan.at(i), " \t\n\"'`");
}

Look look_around(Scan& scan, Place name, const Separator& separator) {
    Look look;
    look.separator = separator;
    const std::size_t begin = dotted_begin(scan, name.begin);
    const std::string_view text = scan.text(name);
    look.is_option =
        scan.before(begin) == '-' || (scan.before(begin) == '/' && scan.before(begin - 1) == ' ');
    look.is_upper = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    look.is_short = is_short_name(text);
    look.begins_line = begins_line(scan, begin);
    look.takes_blank = takes_blank(scan, name);
    const bool tight = separator.joint == Joint::equals && !separator.has_blanks;
    look.is_field = tight && (look.is_upper || scan.before(begin) == '?' || scan.before(begin) == '&');
    look.value = value_at(scan, separator.value_begin);
    look.is_argument =
        tight && is_any_of(scan.before(begin), " \t=\"'`") && ends_argument(scan, look.value.place.end);
    const bool spoken = separator.joint == Joint::is;
    if (look.bare() && (look.is_env() || spoken)) widen_value(scan, look.value.place);
    if (look.bare() && spoken) trim_sentence(scan, look.value.place);
    if (look.bare() && separator.joint == Joint::angle)
        look.value.place.end = xml_value_end(scan, look.value.place.begin);
    look.text = scan.text(look.value.place).substr(0, kJudgedBytes);
    return look;
}

// Bare words after a password-like name: a password in a file of settings, a variable in code.
bool is_variable_name(const Look& look) {
    if (!all_in(Alphabet::word, look.text) || in(Alphabet::digit, look.text[0])) return false;
    const bool colon_or_tight = !look.separator.has_blanks || look.separator.joint == Joint::colon;
    const bool setting = look.value.ends_line && look.begins_line && colon_or_tight;
    const bool argument = look.is_argument && look.text.find('_') == std::string_view::npos;
    if (look.is_option || look.takes_blank || setting || argument || randomness(look.text) >= kRandomBare)
        return false;
    return !has(Alphabet::digit, look.text) || look.text.find('_') != std::string_view::npos;
}

// What neither kind of name takes for a value.
bool is_no_value(const Look& look, std::size_t shortest) {
    if (look.text.size() < shortest) return true;
    if (look.separator.joint == Joint::comma && look.bare()) return true;
    const bool blank = look.separator.joint == Joint::blank && look.bare();
    if (blank && !look.is_option && (!look.takes_blank || look.text[0] == '-')) return true;
    const bool is_url = look.text.find("://") != std::string_view::npos;
    return is_url || is_path(look.text) || is_reference(look.text) || is_placeholder(look.text);
}

// A word that only a password can be in a sentence.
bool is_spoken_password(std::string_view text) {
    if (is_code(text) || is_term(text) || !has(Alphabet::letter, text)) return false;
    if (has(Alphabet::digit, text) || randomness(text) >= kRandomLetters) return true;
    const std::string_view inner = text.substr(1, text.size() - 2);
    if (inner.find_first_of("!^") != std::string_view::npos) return true;
    return inner.find_first_of("@#$%&*+~") != std::string_view::npos && randomness(text) >= kRandomQuoted;
}

bool is_password(const Look& look) {
    if (is_no_value(look, kShortestPassword)) return false;
    if (look.is_short && !look.is_option && look.separator.joint != Joint::equals &&
        (look.separator.joint != Joint::colon || (look.is_upper && look.bare())))
        return false;
    if (is_prose(look.text)) return !look.bare() && is_passphrase(look.text);
    if (look.separator.joint == Joint::is) return is_spoken_password(look.text);
    if (!look.bare() || look.separator.joint == Joint::angle) return true;
    if (all_in(Alphabet::digit, look.text)) return look.is_upper || look.is_option;
    if (look.is_upper && look.is_env()) return look.text.back() != ')';
    return !is_code(look.text) && !is_variable_name(look);
}

// 2026-11-25, and what may follow.
bool is_date(std::string_view text) {
    return text.size() >= 10 && text[4] == '-' && text[7] == '-' &&
           all_in(Alphabet::digit, text.substr(0, 4));
}

// Behind ?token= also what is no more than a number.
bool is_short_key(const Look& look) {
    if (is_no_value(look, kShortestPassword) || is_term(look.text) || is_date(look.text) ||
        is_code(look.text))
        return false;
    const bool number = all_in(Alphabet::digit, look.text) && !look.is_upper;
    return number || (has(Alphabet::digit, look.text) && has(Alphabet::letter, look.text));
}

bool is_key(const Look& look) {
    const std::string_view text = look.text;
    const bool plain = has(Alphabet::digit, text) && has(Alphabet::letter, text) && !is_code(text);
    const bool alone = look.is_option || look.takes_blank;
    if (alone && plain && !is_no_value(look, kShortestPassword)) return true;
    if (look.is_field && is_short_key(look)) return true;
    if (is_no_value(look, kShortestKey) || is_digest(text) || is_date(text) || has(Alphabet::space, text))
        return false;
    if (is_uuid(text)) return true;
    const int random = randomness(text);
    if (look.bare() && is_code(text) && random < kRandomNear) return false;
    if (!has(Alphabet::digit, text)) return random >= kRandomLetters;
    const bool strong = !look.bare() || look.is_option || (look.is_upper && look.is_env());
    return random >= (strong ? kRandomQuoted : kRandomBare);
}

bool is_hex_secret(const Look& look) {
    return look.separator.joint != Joint::blank && look.text.size() >= 32 &&
           all_in(Alphabet::any_hex, look.text) && shannon_entropy(look.text) > kHexEntropy;
}

bool is_value(Sensitivity kind, const Look& look) {
    switch (kind) {
        case Sensitivity::none:
            return false;
        case Sensitivity::password:
            return is_password(look);
        case Sensitivity::key:
            return is_key(look);
        case Sensitivity::beside:
            return is_key(look) && (looks_secret(look.text) || is_hex_secret(look));
    }
    return false;
}

// token=token=token=… would be judged once for each of its names; nobody writes that many without a blank.
bool is_made_to_be_slow(Scan& scan, const Look& look) {
    constexpr int kMostRejected = 8;
    const Place run = scan.run(Alphabet::bare, look.value.place.begin);
    return look.bare() && run.size() > 0 && scan.count_rejected(run.end) > kMostRejected;
}

// Random values in the rest of the line, near a sensitive word, up to a value that is known to be one.
void find_near(Scan& scan, const Rule& rule, std::size_t from, std::size_t until = std::string_view::npos) {
    constexpr std::string_view kBefore = "=:(\"'`,> ";
    const std::size_t limit = std::min({scan.text().size(), from + kNear, until});
    std::size_t i = std::max(from, scan.near_until());
    for (; i < limit && scan.at(i) != '\n' && !scan.starts(i, kMarkBegin); ++i) {
        if (!scan.has(i, Alphabet::dotted)) continue;
        const Place run{i, scan.run(Alphabet::dotted, i).end};
        i = run.end - 1;
        const bool argument = run.begin > 0 && is_any_of(scan.before(run.begin), kBefore);
        if (!argument || scan.has(run.end, Alphabet::base64) || scan.at(run.end) == '(') continue;
        if (looks_secret(scan.text(run).substr(0, kJudgedBytes))) scan.add(rule, run);
    }
    scan.was_near(i);
}

}  // namespace

void find_assignment(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin)) return;
    if (scan.before(literal.end) == '=') --literal.end;  // "sig=": the sign is there to make it rare
    const Place name = name_around(scan, literal);
    static_cast<void>(scan.first_try(rule, literal.begin, name.end));
    const Sensitivity kind = sensitivity(scan.text(name));
    if (kind == Sensitivity::none || names_mark(scan, name)) return;
    auto separator = separator_after(scan.text(), past_name(scan, name));
    const auto in_xml = xml_value(scan, name);
    if (in_xml) separator = Separator{Joint::angle, false, false, *in_xml};
    if (separator && separator->joint == Joint::blank &&
        !may_follow_blank(scan, name, separator->value_begin))
        return find_near(scan, rule, name.end);
    if (!separator || (separator->joint == Joint::angle && !in_xml)) return find_near(scan, rule, name.end);
    const Look look = look_around(scan, name, *separator);
    scan.spend(look.text.size());
    if (is_value(kind, look) || is_made_to_be_slow(scan, look)) {
        // All of it goes: what looks like a name inside is none. Where the value stands further on, there may
        // be others before it.
        const bool further_on = separator->joint == Joint::is || separator->joint == Joint::sibling;
        if (further_on)
            find_near(scan, rule, name.end, look.value.place.begin);
        else
            static_cast<void>(scan.first_try(rule, name.end, look.value.place.end));
        return scan.add(rule, look.value.place);
    }
    find_near(scan, rule, name.end);
}

}  // namespace kaizen::redact
