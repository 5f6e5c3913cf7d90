// Mail addresses, phone numbers, payment cards, bank accounts, and names that are known.

#include <algorithm>
#include <array>

#include "daemon/redact/find.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kCardDigits = 16;

// Domains that stand for nobody, and local parts of machines.
bool is_nobodys_mail(std::string_view local, std::string_view domain) {
    static constexpr std::string_view kLocals[] = {"git", "noreply", "no-reply", "donotreply", "hg", "svn"};
    static constexpr std::string_view kDomains[] = {"example.com", "example.org", "example.net", "localhost"};
    static constexpr std::string_view kEndings[] = {".example",     ".test",        ".invalid",
                                                    ".example.com", ".example.org", ".example.net"};
    return std::any_of(std::begin(kLocals), std::end(kLocals),
                       [&](std::string_view one) { return equal_folded(local, one); }) ||
           std::any_of(std::begin(kDomains), std::end(kDomains),
                       [&](std::string_view one) { return equal_folded(domain, one); }) ||
           std::any_of(std::begin(kEndings), std::end(kEndings),
                       [&](std::string_view one) { return domain.ends_with(one); });
}

// Top-level domains of more than two letters that people have mail in; of two letters all count.
constexpr std::string_view kTopLevels[] = {
    "com",      "org",        "net",         "edu",       "gov",        "mil",        "int",
    "info",     "biz",        "name",        "pro",       "dev",        "app",        "tech",
    "cloud",    "online",     "site",        "store",     "shop",       "blog",       "xyz",
    "email",    "world",      "agency",      "company",   "team",       "work",       "works",
    "studio",   "design",     "digital",     "software",  "systems",    "network",    "solutions",
    "services", "consulting", "engineering", "academy",   "school",     "university", "ventures",
    "capital",  "finance",    "bank",        "health",    "care",       "life",       "live",
    "news",     "media",      "art",         "games",     "space",      "website",    "host",
    "page",     "link",       "club",        "community", "foundation", "global",     "international",
    "earth",    "berlin",     "london",      "paris",     "nyc",        "tokyo",      "hamburg",
    "swiss",    "wien",       "coop",        "aero",      "museum",     "mobi",       "asia",
    "tel",      "travel",     "jobs",        "cat",       "eus",        "gal",        "legal",
    "law",      "ngo",        "ong",         "group",     "gmbh",       "ltd",        "inc",
    "llc",      "local",      "localdomain", "lan",       "home",       "internal",   "corp",
    "intranet", "me",         "social",      "chat"};

bool is_top_level(std::string_view label) {
    if (!all_in(Alphabet::letter, label)) return false;
    if (label.size() == 2)
        return !equal_folded(label, "py") && !equal_folded(label, "js") && !equal_folded(label, "ts") &&
               !equal_folded(label, "md");
    return std::any_of(std::begin(kTopLevels), std::end(kTopLevels),
                       [&](std::string_view one) { return equal_folded(label, one); });
}

// The longest front of `domain` that ends in a top-level domain; empty when there is none.
std::string_view mail_domain(std::string_view domain) {
    while (!domain.empty()) {
        while (!domain.empty() && (domain.back() == '.' || domain.back() == '-')) domain.remove_suffix(1);
        const std::size_t dot = domain.rfind('.');
        if (dot == std::string_view::npos || dot == 0) return {};
        const std::string_view label = domain.substr(dot + 1);
        if (is_top_level(label) && domain[dot - 1] != '.') return domain;
        domain = domain.substr(0, dot);
    }
    return {};
}

// Countries' calling codes: how many digits the code has, 0 for none.
std::size_t calling_code(std::string_view digits) {
    if (digits[0] == '1' || digits[0] == '7') return 1;
    static constexpr std::string_view kTwo[] = {
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};
    const std::string_view two = digits.substr(0, 2);
    if (std::find(std::begin(kTwo), std::end(kTwo), two) != std::end(kTwo)) return 2;
    static constexpr std::string_view kThree =
        "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 85 87 88 96 97 99";
    return kThree.find(two) != std::string_view::npos ? 3 : 0;
}

bool is_card_number(std::string_view digits) {
    const auto starts = [digits](int low, int high, std::size_t count) {
        int front = 0;
        for (const char c : digits.substr(0, count)) front = front * 10 + (c - '0');
        return front >= low && front <= high;
    };
    if (digits.size() == 15) return starts(34, 34, 2) || starts(37, 37, 2);
    if (digits.size() == 14) return starts(300, 305, 3) || starts(36, 36, 2) || starts(38, 39, 2);
    if (digits.size() != 16) return false;
    return starts(4, 4, 1) || starts(51, 55, 2) || starts(2221, 2720, 4) || starts(6011, 6011, 4) ||
           starts(644, 659, 3) || starts(3528, 3589, 4);
}

// Digits, with one and the same separator now and then between them.
struct Spaced {
    std::string digits;
    std::size_t end = 0;
    std::size_t separators = 0;
};

Spaced spaced_digits(const Scan& scan, std::size_t begin, std::string_view separators, std::size_t most) {
    Spaced out;
    std::size_t i = begin;
    out.end = i;
    while (out.digits.size() < most) {
        const char c = scan.at(i);
        if (in(Alphabet::digit, c)) {
            out.digits.push_back(c);
            out.end = ++i;
        } else if (c != '\0' && is_any_of(c, separators) &&
                   (i == out.end || (i == out.end + 1 && (c == '(' || scan.before(i) == ')')))) {
            out.separators += i == out.end ? 1 : 0;
            ++i;
        } else {
            break;
        }
    }
    return out;
}

// user:password@host of a URL has a rule of its own.
bool is_user_info(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLook = 96;
    std::size_t begin = i;
    while (begin > 0 && i - begin < kLook && in(Alphabet::password_url, scan.before(begin))) --begin;
    return begin >= 3 && scan.text({begin - 3, begin}) == "://";
}

bool glued(const Scan& scan, Place place) {
    const char before = scan.before(place.begin);
    return (in(Alphabet::word, before) && !begins_word(scan.text(), place.begin)) || before == '.' ||
           scan.has(place.end, Alphabet::word) ||
           (scan.at(place.end) == '.' && scan.has(place.end + 1, Alphabet::digit));
}

// Behind the last %XX of a local part that stands for a sign that ends one: %3D, %22, %20.
std::size_t behind_escape(const Scan& scan, Place local) {
    const std::string_view text = scan.text(local);
    for (std::size_t i = text.size(); i > 0; --i) {
        if (text[i - 1] != '%') continue;
        const std::string_view code = text.substr(i, 2);
        const bool of_local = equal_folded(code, "2E") || equal_folded(code, "2B") ||
                              equal_folded(code, "2D") || equal_folded(code, "5F");
        if (code.size() == 2 && !of_local && all_in(Alphabet::any_hex, code)) return local.begin + i + 2;
    }
    return local.begin;
}

// What may stand between the groups of a card's number, in a form or a URL, too.
std::string_view gap_between_groups(const Scan& scan, std::size_t i) {
    for (const std::string_view gap : {" ", "-", "+", "%20"}) {
        if (scan.starts(i, gap) && scan.has(i + gap.size(), Alphabet::digit)) return gap;
    }
    return {};
}

// Digits with the same gap between the groups.
Spaced grouped_digits(const Scan& scan, std::size_t i, std::string_view gap, std::size_t most) {
    Spaced out;
    while (out.digits.size() < most) {
        if (scan.has(i, Alphabet::digit))
            out.digits.push_back(scan.at(i++));
        else if (!gap.empty() && scan.starts(i, gap) && scan.has(i + gap.size(), Alphabet::digit))
            i += gap.size();
        else
            break;
    }
    out.end = i;
    return out;
}

// A month, a year's end, a check number may follow in the same spelling; another group of four says that it
// is no card but a row of numbers.
Spaced without_what_follows(const Scan& scan, std::size_t begin, std::string_view gap) {
    const Spaced card = grouped_digits(scan, begin, gap, kCardDigits);
    const std::size_t next = card.end + gap.size();
    const bool row = scan.end_of(Alphabet::digit, next, 5) == next + 4;
    return row || !scan.starts(card.end, gap) ? Spaced{} : card;
}

}  // namespace

void find_mail(Scan& scan, const Rule& rule, Place at_sign) {
    if (!in(Alphabet::mail_local, scan.before(at_sign.begin)) || !scan.has(at_sign.end, Alphabet::alnum))
        return;
    std::size_t begin =
        behind_escape(scan, {scan.run(Alphabet::mail_local, at_sign.begin - 1).begin, at_sign.begin});
    // An escape's letter is no part of it.
    if (scan.before(begin) == '\\' && std::string_view("nrt").find(scan.at(begin)) != std::string_view::npos)
        ++begin;
    while (begin < at_sign.begin && !in(Alphabet::alnum, scan.at(begin))) ++begin;
    if (begin == at_sign.begin) return;
    const std::size_t end = scan.run(Alphabet::mail_domain, at_sign.end).end;
    const std::string_view domain = mail_domain(scan.text({at_sign.end, end}));
    if (domain.empty() || scan.at(at_sign.end + domain.size()) == '(' || is_user_info(scan, begin)) return;
    if (is_nobodys_mail(scan.text({begin, at_sign.begin}), domain)) return;
    scan.add(rule, {begin, at_sign.end + domain.size()});
}

void find_word(Scan& scan, const Rule& rule, Place literal) {
    if (begins_word(scan.text(), literal.begin) && !scan.has(literal.end, Alphabet::alnum))
        scan.add(rule, literal);
}

void find_phone(Scan& scan, const Rule& rule, Place digits) {
    constexpr std::string_view kSeparators = " -()./";
    constexpr std::size_t kFewest = 8;
    if (scan.before(digits.begin) != '+' || digits.begin < 1) return;
    if (digits.size() < kFewest && !is_any_of(scan.at(digits.end), kSeparators)) return;
    const std::size_t plus = digits.begin - 1;
    if (in(Alphabet::alnum, scan.before(plus)) && !begins_word(scan.text(), plus)) return;
    const Spaced number =
        spaced_digits(scan, digits.begin, kSeparators, scan.at(digits.begin) == '1' ? 11 : 16);
    if (number.digits.size() < kFewest || number.digits.size() > 15) return;
    const std::size_t code = calling_code(number.digits);
    if (code == 0) return;
    const std::size_t national = number.digits.size() - code;
    if (number.digits[0] == '1' ? national != 10 : national < 7) return;
    // A line that a diff added: a number with nothing before it.
    const bool added_line = number.separators == 0 && scan.before(plus) == '\n';
    if (added_line || scan.has(number.end, Alphabet::word)) return;
    scan.add(rule, {plus, number.end});
}

void find_card(Scan& scan, const Rule& rule, Place digits) {
    constexpr std::size_t kLongestNumber = 20;
    const std::string_view gap = digits.size() == 4 ? gap_between_groups(scan, digits.end) : "";
    if (digits.size() < 14 && gap.empty()) return;
    Spaced number = grouped_digits(scan, digits.begin, gap, kLongestNumber);
    if (!gap.empty() && number.digits.size() > kCardDigits)
        number = without_what_follows(scan, digits.begin, gap);
    if (!is_card_number(number.digits)) return;
    const Place place{digits.begin, number.end};
    if (glued(scan, place) || scan.before(digits.begin) == '-' || !luhn_holds(number.digits)) return;
    if (number.digits.find_first_not_of(number.digits[0]) == std::string::npos) return;
    scan.add(rule, place);
}

void find_iban(Scan& scan, const Rule& rule, Place digits) {
    // Two letters, two check digits, up to 30 letters and digits in groups of four or in one.
    constexpr std::string_view kCountries =
        "AD AE AL AT AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE "
        "IL IQ IS IT JO KW KZ "
        "LB LC LI LT LU LV LY MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RS SA SC SD SE SI SK SM ST SV TL "
        "TN TR UA VA VG XK";
    if (digits.begin < 2) return;
    const std::size_t begin = digits.begin - 2;
    const std::string_view country = scan.text({begin, digits.begin});
    if (!all_in(Alphabet::upper, country) || !all_in(Alphabet::letter, country) ||
        !begins_word(scan.text(), begin))
        return;
    if (kCountries.find(country) == std::string_view::npos) return;
    std::size_t end = digits.begin;
    std::size_t letters = 2;
    while (letters < 34) {
        if (scan.has(end, Alphabet::alnum) && !(scan.at(end) >= 'a' && scan.at(end) <= 'z'))
            ++end, ++letters;
        else if (scan.at(end) == ' ' && letters % 4 == 0 && scan.has(end + 1, Alphabet::upper))
            ++end;
        else
            break;
    }
    // What follows behind a blank may be another word.
    for (; letters >= 15; --end) {
        if (scan.at(end - 1) == ' ') continue;
        if (!scan.has(end, Alphabet::alnum) && mod97_holds(scan.text({begin, end})))
            return scan.add(rule, {begin, end});
        --letters;
    }
}

}  // namespace kaizen::redact
