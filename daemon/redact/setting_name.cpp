#include "daemon/redact/setting_name.h"

#include <algorithm>

namespace kaizen::redact {
namespace {

constexpr std::size_t kLongestProfile = 64;  // of aws configure

bool follows(const Scan& scan, std::size_t i, std::string_view word) {
    if (i < word.size()) return false;
    for (std::size_t n = 1; n <= word.size(); ++n) {
        if (fold(scan.at(i - n)) != fold(word[word.size() - n])) return false;
    }
    return true;
}

// The word that ends before `end`, white space between them; `end` moves to its beginning.
std::string_view word_before(const Scan& scan, std::size_t& end) {
    constexpr std::size_t kLongest = 1024;
    while (in(Alphabet::space, scan.before(end))) --end;
    const std::size_t word_end = end;
    while (end > 0 && word_end - end < kLongest && !in(Alphabet::space, scan.before(end))) --end;
    return scan.text({end, word_end});
}

// netrc: machine host login user password value. By words, not by bytes: a mark is shorter than what it
// hides.
bool follows_login(const Scan& scan, std::size_t i) {
    if (word_before(scan, i).empty()) return false;
    const std::string_view before = word_before(scan, i);
    return before == "login" || before == "account";
}

// aws configure set [profile.]name value
bool follows_configure_set(const Scan& scan, std::size_t i) {
    const std::size_t limit = i > kLongestProfile ? i - kLongestProfile : 0;
    while (i > limit && in(Alphabet::dotted, scan.before(i))) --i;
    return follows(scan, i, "configure set ");
}

bool is_upper(std::string_view name) {
    return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// fish and Windows: set -gx NAME value, setx /M NAME value; csh: setenv NAME value; secrets set NAME value.
bool follows_set(const Scan& scan, Place name) {
    constexpr int kMostOptions = 4;
    constexpr std::size_t kLongestWord = 12;
    std::size_t i = name.begin;
    for (int options = 0; options <= kMostOptions && scan.before(i) == ' '; ++options) {
        const std::size_t end = --i;
        while (i > 0 && end - i < kLongestWord && in(Alphabet::name, scan.before(i))) --i;
        const std::string_view word = scan.text({i, end});
        if (word == "setx" || word == "setenv") return true;
        if (word == "set" || word == "add" || word == "put")
            return (options > 0 && word == "set") || is_upper(scan.text(name));
        if (scan.before(i) == '/') --i;
        if (i == end || !is_any_of(scan.at(i), "-/")) return false;
    }
    return false;
}

std::size_t name_begin(const Scan& scan, std::size_t begin, std::size_t word) {
    // The letter of an escape is no part of the name: \nPASSWORD.
    const bool escape = scan.before(begin) == '\\' && begin < word;
    if (escape && is_any_of(scan.at(begin), "nrt")) ++begin;
    return begin;
}

}  // namespace

std::size_t dotted_begin(Scan& scan, std::size_t name_begin) {
    if (scan.before(name_begin) != '.') return name_begin;
    std::size_t begin = scan.run(Alphabet::dotted, name_begin - 1).begin;
    while (begin < name_begin && is_any_of(scan.at(begin), "-.")) ++begin;
    return begin;
}

Place name_around(Scan& scan, Place word) {
    static constexpr std::string_view kFirst[] = {
        "api ",    "access ",  "secret ",  "private ", "license ",    "auth ",   "unseal ", "recovery ",
        "master ", "recover ", "signing ", "session ", "encryption ", "shared ", "deploy ", "subscription "};
    const Place run = scan.run(Alphabet::name, word.begin);
    std::size_t begin = name_begin(scan, run.begin, word.begin);
    while (begin < word.begin && scan.at(begin) == '-') ++begin;
    const std::size_t end = run.end;
    // "key" alone says little; "API key" in prose says more, and so does api.key.
    if (equal_folded(scan.text({begin, end}), "key")) {
        begin = dotted_begin(scan, begin);
        for (const std::string_view first : kFirst) {
            if (follows(scan, begin, first)) begin -= first.size();
        }
    }
    return {begin, end};
}

std::size_t past_name(const Scan& scan, Place name) {
    constexpr std::size_t kMostDigits = 2;
    if (scan.at(name.end) == '}' && follows(scan, name.begin, "{env:")) return name.end + 1;
    if (scan.at(name.end) != ' ') return name.end;
    const std::size_t end = scan.end_of(Alphabet::digit, name.end + 1, kMostDigits);
    return end > name.end + 1 && scan.at(end) == ':' ? end : name.end;
}

bool names_mark(const Scan& scan, Place name) {
    constexpr std::size_t kMostDigits = 6;
    if (!follows(scan, name.begin, kMarkBegin)) return false;
    const bool numbered = scan.at(name.end) == '#';
    const std::size_t end = numbered ? scan.end_of(Alphabet::digit, name.end + 1, kMostDigits) : name.end;
    return scan.at(end) == '>';
}

bool begins_line(const Scan& scan, std::size_t i) {
    constexpr std::size_t kIndent = 32;
    static constexpr std::string_view kFronts[] = {"export ", "set ", "ENV ",  "ARG ", "- ",
                                                   "+",       "-",    "setx ", "$env:"};
    for (const std::string_view word : kFronts) {
        if (!follows(scan, i, word)) continue;
        i -= word.size();
        break;
    }
    const std::size_t limit = i > kIndent ? i - kIndent : 0;
    while (i > limit && (scan.before(i) == ' ' || scan.before(i) == '\t')) --i;
    const char before = scan.before(i);
    return i == 0 || before == '\n' || (before == 'n' && scan.before(i - 1) == '\\');
}

bool takes_blank(const Scan& scan, Place name) {
    return follows(scan, name.begin, "ENV ") || follows_configure_set(scan, name.begin) ||
           follows_set(scan, name) || (scan.text(name) == "password" && follows_login(scan, name.begin));
}

}  // namespace kaizen::redact
