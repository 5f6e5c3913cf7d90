// Passwords that programs take by their position behind a command of theirs, and functions behind other
// arguments.

#include <algorithm>

#include "daemon/redact/command_words.h"
#include "daemon/redact/find.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr int kRandomLetters = 12;

enum class Proof : std::uint8_t {
    none,
    no_word,  // the place may be one of a sentence, too
    url,      // the second argument is one
};

// The password is the argument number `position` behind `first` and `second`; a name that ends in '.' stands
// for all that begin so.
struct Position {
    std::string_view program;
    std::string_view first;
    std::string_view second;
    int position;
    Proof proof = Proof::none;
};
constexpr Position kPositions[] = {
    {"mc", "alias", "set", 4, Proof::url},
    {"mc", "host", "add", 4, Proof::url},
    {"mcli", "alias", "set", 4, Proof::url},
    {"rabbitmqctl", "add_user", "", 2},
    {"rabbitmqctl", "change_password", "", 2},
    {"rabbitmqctl", "authenticate_user", "", 2},
    {"samba-tool", "user", "create", 2},
    {"drush", "user:password", "", 2},
    {"drush", "upwd", "", 2},
    {"dscl", "-passwd", "", 2},
    {"poetry", "config", "http-basic.", 2},
    {"poetry", "config", "pypi-token.", 1},
    {"neo4j-admin", "set-initial-password", "", 1},
    {"ansible-vault", "encrypt_string", "", 1},
    {"nmcli", "password", "", 1},
    {"nmcli", "wifi-sec.psk", "", 1},
    {"vault", "login", "", 1, Proof::no_word},
    {"cf", "auth", "", 2, Proof::no_word},
    {"bw", "login", "", 2, Proof::no_word},
    {"bw", "unlock", "", 1, Proof::no_word},
    {"rclone", "obscure", "", 1, Proof::no_word},
    {"ngrok", "authtoken", "", 1, Proof::no_word},
    {"ngrok", "add-authtoken", "", 1, Proof::no_word},
    {"isql", "", "", 3, Proof::no_word},
    {"wpa_passphrase", "", "", 2, Proof::no_word},
    {"requirepass", "", "", 1, Proof::no_word},
    {"redis-cli", "AUTH", "", 1, Proof::no_word},
    {"openssl", "passwd", "", 1},
    {"masterauth", "", "", 1, Proof::no_word},
};

struct Call {
    std::string_view function;  // with what opens its arguments, where that is always the same
    int position;
    Proof proof = Proof::none;
};
constexpr Call kCalls[] = {
    {"mysqli_connect(", 3},
    {"mysqli(", 3},
    {"getConnection(", 3},
    {"HTTPBasicAuth(", 2},
    {"NetworkCredential", 2},
    {"changeUserPassword(", 2},
    {"PASSWORD(", 1},
    {".login(", 2, Proof::no_word},
    {".auth(", 2, Proof::no_word},
    {"auth=(", 2, Proof::no_word},
    {"create_user(", 3, Proof::no_word},
};

// As a sentence or a label has them.
bool is_word(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return in(Alphabet::letter, c) || is_any_of(c, ".,:;?!'-_/");
    });
    return plain && randomness(text) < kRandomLetters;
}

bool is_named(std::string_view word, std::string_view name) {
    return name.ends_with('.') ? word.starts_with(name) : word == name;
}

// The next argument that is no option.
std::optional<Place> next_argument(const Scan& scan, CommandWords& words) {
    auto word = words.next();
    while (word && scan.text(*word).starts_with('-')) word = words.next();
    return word;
}

// Whether one of the next words is `name`, with the words before it read.
bool skip_to(const Scan& scan, CommandWords& words, std::string_view name) {
    constexpr int kMostBefore = 6;
    if (name.empty()) return true;
    for (int n = 0; n < kMostBefore; ++n) {
        const auto word = words.next();
        if (!word) return false;
        if (is_named(scan.text(*word), name)) return true;
    }
    return false;
}

std::optional<Place> argument_at(Scan& scan, std::size_t at, const Position& position) {
    CommandWords words(scan, at, kMostWords);
    if (!skip_to(scan, words, position.first) || !skip_to(scan, words, position.second)) return std::nullopt;
    for (int n = 1;; ++n) {
        const auto word = next_argument(scan, words);
        if (!word || n == position.position) return word;
        const bool is_url = scan.text(*word).find("://") != std::string_view::npos;
        if (position.proof == Proof::url && n == 2 && !is_url) return std::nullopt;
    }
}

std::size_t past_space(const Scan& scan, std::size_t i) {
    while (scan.has(i, Alphabet::space)) ++i;
    return i;
}

// Behind an argument of a call and its comma.
std::optional<std::size_t> past_argument(Scan& scan, std::size_t i) {
    constexpr std::size_t kLongest = 160;
    if (is_quoted(scan.text(), i)) {
        i = value_at(scan, i).place.end;
        while (is_any_of(scan.at(i), "\\\"'`")) ++i;
        i = past_space(scan, i);
    } else {
        const std::size_t limit = std::min(scan.text().size(), i + kLongest);
        while (i < limit && !is_any_of(scan.at(i), ",();\n<")) ++i;
    }
    return scan.at(i) == ',' ? std::optional(past_space(scan, i + 1)) : std::nullopt;
}

bool is_proven(std::string_view text, Proof proof) {
    return proof != Proof::no_word || !(is_word(text) || is_path(text));
}

}  // namespace

void find_by_position(Scan& scan, const Rule& rule, Place literal) {
    if (!scan.has(literal.end, Alphabet::space) || !begins_word(scan.text(), literal.begin)) return;
    for (const Position& position : kPositions) {
        if (scan.text(literal) != position.program) continue;
        const auto word = argument_at(scan, literal.end, position);
        if (!word || scan.text(*word).find('=') < word->size() - 1) continue;  // name=value
        const bool is_quoted = is_any_of(scan.before(word->begin), "\"'");
        if (is_quoted || is_proven(scan.text(*word), position.proof)) add_argument(scan, rule, *word);
    }
}

void find_in_call(Scan& scan, const Rule& rule, Place literal) {
    std::size_t i = literal.end;
    if (scan.starts(i, "]::new")) i += 6;
    if (scan.before(i) != '(' && scan.at(i++) != '(') return;
    const std::string_view name = scan.text(literal);
    const auto call = std::find_if(std::begin(kCalls), std::end(kCalls),
                                   [name](const Call& one) { return one.function == name; });
    if (call == std::end(kCalls)) return;
    i = past_space(scan, i);
    for (int n = 1; n < call->position; ++n) {
        const auto next = past_argument(scan, i);
        if (!next) return;
        i = *next;
    }
    if (!is_quoted(scan.text(), i)) return;
    const Place word = value_at(scan, i).place;
    if (is_proven(scan.text(word), call->proof)) add_argument(scan, rule, word);
}

}  // namespace kaizen::redact
