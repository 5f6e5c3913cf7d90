// Oracle's user/password: in JDBC's URLs, behind its programs, and in statements that connect.

#include <algorithm>

#include "daemon/redact/command_words.h"
#include "daemon/redact/find.h"
#include "daemon/redact/references.h"

namespace kaizen::redact {
namespace {

// Programs whose first word may be a login without an '@' behind it. The others are called like too much
// else, as in "exp a/b@1.2".
constexpr std::string_view kPrograms[] = {"sqlplus", "sqlldr", "expdp", "impdp", "rman"};
constexpr std::string_view kKeywords[] = {"target", "catalog", "auxiliary",
                                          "userid"};  // a login follows them

template <std::size_t kCount>
bool is_one_of(std::string_view word, const std::string_view (&words)[kCount]) {
    return std::any_of(std::begin(words), std::end(words),
                       [word](std::string_view one) { return equal_folded(word, one); });
}

// Without the keyword in "userid=user/password".
Place without_keyword(const Scan& scan, Place word) {
    const std::size_t sign = scan.text(word).find('=');
    if (sign == std::string_view::npos || !is_one_of(scan.text(word).substr(0, sign), kKeywords)) return word;
    return {word.begin + sign + 1, word.end};
}

std::size_t past_quotes(const Scan& scan, std::size_t i, std::size_t end) {
    while (i < end && is_any_of(scan.at(i), "\"\\")) ++i;
    return i;
}

struct Login {
    Place password;
    bool is_whole = false;  // an '@' or "as sysdba" follows
};

// Behind the '/' of user/, the user perhaps in quotes.
std::optional<std::size_t> past_user(const Scan& scan, Place word) {
    constexpr std::size_t kLongestUser = 128;
    const std::size_t user = past_quotes(scan, word.begin, word.end);
    const std::size_t end = scan.end_of(Alphabet::dollar, user, kLongestUser);
    const std::size_t slash = past_quotes(scan, end, word.end);
    if (end == user || scan.has(user, Alphabet::digit) || slash >= word.end || scan.at(slash) != '/')
        return std::nullopt;
    return slash + 1;
}

// user/password[@database]
std::optional<Login> login_in(const Scan& scan, Place word) {
    const auto after = past_user(scan, word);
    if (!after) return std::nullopt;
    const std::size_t begin = past_quotes(scan, *after, word.end);
    const std::string_view rest = scan.text({begin, word.end});
    const bool quoted = begin > *after;
    std::size_t length = quoted ? rest.find_first_of("\"\\") : rest.rfind('@');
    if (!quoted && length == std::string_view::npos) length = rest.find_first_of(" \"\\");
    length = std::min(length, rest.size());
    return Login{{begin, begin + length}, length < rest.size()};
}

// Behind a name that says little else than "export": no path, and no version behind the '@'.
bool is_plain_login(const Scan& scan, const Login& login) {
    return scan.text(login.password).find('/') == std::string_view::npos &&
           !scan.has(login.password.end + 1, Alphabet::digit);
}

bool is_last_before(CommandWords words, const Scan& scan) {
    const auto next = words.next();
    if (!next || next->size() == 0) return true;
    const std::string_view text = scan.text(*next);
    return is_any_of(text[0], "@-") || equal_folded(text, "as") || text.find('=') != std::string_view::npos;
}

}  // namespace

void find_oracle_login(Scan& scan, const Rule& rule, Place literal) {
    if (!scan.has(literal.end, Alphabet::space) || scan.was_tried(rule, literal.begin) ||
        !begins_word(scan.text(), literal.begin))
        return;
    const bool is_program = is_one_of(scan.text(literal), kPrograms);
    bool is_expected = true;
    CommandWords words(scan, literal.end, kMostWords);
    while (const auto word = words.next()) {
        const std::string_view text = scan.text(*word);
        const bool is_option = text.empty() || text[0] == '-' || all_in(Alphabet::digit, text);
        if (is_option) continue;
        const Place place = without_keyword(scan, *word);
        if (is_expected || place != *word) {
            const auto login = login_in(scan, place);
            const bool is_whole = login && login->is_whole && (is_program || is_plain_login(scan, *login));
            if (is_whole || (login && is_program && is_last_before(words, scan)))
                add_argument(scan, rule, login->password);
        }
        is_expected = is_one_of(text, kKeywords);
    }
    static_cast<void>(scan.first_try(rule, literal.begin, words.at()));
}

void find_oracle_url(Scan& scan, const Rule& rule, Place literal) {
    // jdbc:oracle:thin:user/password@
    const std::size_t slash = scan.run(Alphabet::password_url, literal.end).end;
    if (scan.at(slash) != '/' || slash == literal.end) return;
    const std::size_t end = scan.run(Alphabet::password_url, slash + 1).end;
    const std::size_t at_sign = scan.text({slash + 1, end}).rfind('@');
    if (at_sign == std::string_view::npos || at_sign == 0) return;
    const Place password{slash + 1, slash + 1 + at_sign};
    if (!is_reference(scan.text(password))) scan.add(rule, {literal.end, password.end}, password);
}

}  // namespace kaizen::redact
