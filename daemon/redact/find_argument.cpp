// Passwords that commands take without an option: as a word at a known position, or from what is piped into
// them.

#include <algorithm>
#include <vector>

#include "daemon/redact/command_words.h"
#include "daemon/redact/find.h"

namespace kaizen::redact {
namespace {

// Whether a command begins with what stands at `i`, perhaps by its path, perhaps behind sudo.
bool begins_command(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongestPath = 64;
    const std::size_t limit = i > kLongestPath ? i - kLongestPath : 0;
    while (i > limit && scan.has(i - 1, Alphabet::path)) --i;
    while (i > 0 && scan.before(i) == ' ') --i;
    if (i >= 4 && scan.starts(i - 4, "sudo")) i -= 4;
    while (i > 0 && scan.before(i) == ' ') --i;
    return i == 0 || is_any_of(scan.before(i), "|;&\n\"'");
}

// sudo reads a password with -S only. Of the other literals options and subcommands say so themselves.
bool reads_password(Scan& scan, Place literal) {
    const std::string_view name = scan.text(literal);
    if (name == "kinit" || name == "vncpasswd" || name == "smbpasswd")
        return begins_command(scan, literal.begin);
    if (name != "sudo") return true;
    if (!scan.has(literal.end, Alphabet::space)) return false;
    CommandWords words(scan, literal.end, kMostWords);
    while (const auto word = words.next()) {
        const std::string_view text = scan.text(*word);
        if (!text.starts_with('-')) return false;
        if (text == "--stdin" || (!text.starts_with("--") && text.ends_with('S'))) return true;
    }
    return false;
}

bool ends_command(const Scan& scan, std::size_t i) {
    return is_any_of(scan.at(i), "|;\n") || scan.starts(i, "&&");
}

// The command that stands around `literal`, without the signs at its ends.
Place command_around(const Scan& scan, Place literal) {
    Place command = literal;
    while (command.begin > 0 && !ends_command(scan, command.begin - 1)) --command.begin;
    while (command.end < scan.text().size() && !ends_command(scan, command.end)) ++command.end;
    return command;
}

// Behind the last "echo " or "printf " in `command`.
std::optional<std::size_t> behind_echo(const Scan& scan, Place command) {
    for (const std::string_view name : {"echo ", "printf "}) {
        const std::size_t at = scan.text(command).rfind(name);
        if (at != std::string_view::npos) return command.begin + at + name.size();
    }
    return std::nullopt;
}

// Nothing when the words reach over `end`, which then is in quotes.
std::optional<Place> last_word(Scan& scan, std::size_t begin, std::size_t end) {
    std::optional<Place> last;
    CommandWords words(scan, begin);
    while (const auto word = words.next()) last = word;
    return words.at() <= end ? last : std::nullopt;
}

// What is written into the pipe at `pipe`: by the next echo to the left, or by all of a group.
std::vector<Place> piped_words(Scan& scan, std::size_t pipe) {
    constexpr int kMostCommands = 8;  // between an echo and the pipe; also those that only seem to be some
    std::size_t end = pipe;
    while (scan.before(end) == ' ') --end;
    const bool group = scan.before(end) == ')' || scan.before(end) == '}';
    std::vector<Place> words;
    for (int n = 0; n < kMostCommands && end > 0; ++n) {
        Place command{end, end};
        while (command.begin > 0 && !ends_command(scan, command.begin - 1)) --command.begin;
        const std::size_t mark = scan.text(command).rfind(kMarkBegin);
        if (mark != std::string_view::npos) command.begin += mark + kMarkBegin.size();
        const auto arguments = behind_echo(scan, command);
        const auto word = arguments ? last_word(scan, *arguments, pipe) : std::nullopt;
        if (word) words.push_back(*word);
        const bool begins_group = scan.text(command).find_first_of("({") != std::string_view::npos;
        if (mark != std::string_view::npos || (group ? begins_group : arguments.has_value())) break;
        end = command.begin > 0 ? command.begin - 1 : 0;
    }
    return words;
}

// PowerShell's: "x" | command, from where the command begins.
std::optional<Place> quoted_before_pipe(Scan& scan, std::size_t i) {
    while (scan.before(i) == ' ') --i;
    if (scan.before(i) != '|') return std::nullopt;
    --i;
    while (scan.before(i) == ' ') --i;
    const char quote = scan.before(i);
    if (quote != '"' && quote != '\'') return std::nullopt;
    std::size_t end = i - 1;
    while (scan.before(end) == '\\') --end;
    std::size_t begin = end;
    while (begin > 0 && scan.before(begin) != quote && scan.before(begin) != '\n') --begin;
    const Place place{begin, end};
    scan.spend(place.size());
    const bool is_text =
        scan.before(begin) == quote && scan.text(place).find(kMarkBegin) == std::string_view::npos;
    return is_text ? std::optional(place) : std::nullopt;
}

}  // namespace

void find_piped_password(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin) || !reads_password(scan, literal)) return;
    // One password for one command, unless it is chpasswd, which takes lines.
    const Place command = command_around(scan, literal);
    static_cast<void>(scan.first_try(rule, literal.begin, command.end));
    if (scan.before(command.begin) == '|') {
        for (Place word : piped_words(scan, command.begin - 1)) {
            if (scan.text(literal) == "chpasswd")
                word.begin += std::min(word.size(), scan.text(word).find(':') + 1);  // user:password
            add_argument(scan, rule, word);
        }
        return;
    }
    const std::size_t here = scan.text({literal.end, command.end}).find("<<<");
    if (here == std::string_view::npos) return;
    CommandWords words(scan, literal.end + here + 3);
    if (const auto word = words.next()) add_argument(scan, rule, *word);
}

void find_first_argument(Scan& scan, const Rule& rule, Place literal) {
    if (!begins_word(scan.text(), literal.begin) || !scan.has(literal.end, Alphabet::space)) return;
    CommandWords words(scan, literal.end, kMostWords);
    while (const auto word = words.next()) {
        if (scan.text(*word).starts_with('-')) continue;
        const bool is_setting = scan.text(*word).find('=') < word->size() - 1;
        return is_setting ? void() : add_argument(scan, rule, *word);
    }
}

void find_secure_string(Scan& scan, const Rule& rule, Place literal) {
    // ConvertTo-SecureString [-String] "x"; "x" | ConvertTo-SecureString
    if (const auto piped = quoted_before_pipe(scan, literal.begin)) add_password(scan, rule, *piped);
    if (!scan.has(literal.end, Alphabet::space)) return;
    bool is_named = false;
    bool is_code = false;
    CommandWords words(scan, literal.end, kMostWords);
    while (const auto word = words.next()) {
        const std::string_view text = scan.text(*word);
        const bool is_quoted = is_any_of(scan.before(word->begin), "\"'");
        if (!is_quoted && text.starts_with('-')) {
            is_named = equal_folded(text, "-string");
        } else if (!is_quoted && !text.empty() && is_any_of(text[0], "($")) {
            is_code = true;  // -Key (1..16), or the string itself
        } else if (is_named || is_quoted || !is_code) {
            return add_password(scan, rule, *word);
        }
    }
}

void find_net_password(Scan& scan, const Rule& rule, Place literal) {
    // net use [drive:] \\host\share password [/user:name]; net user name password [/add]
    if (scan.at(literal.end) != ' ') return;
    const bool is_share = equal_folded(scan.text().substr(literal.end, 5), " use ");
    const bool is_user = equal_folded(scan.text().substr(literal.end, 6), " user ");
    if (!(is_share || is_user) || !begins_word(scan.text(), literal.begin)) return;
    bool named = false;
    CommandWords words(scan, literal.end + (is_share ? 5 : 6), kMostWords);
    while (const auto place = words.next()) {
        const std::string_view word = scan.text(*place);
        if (word.starts_with('/')) continue;
        if (named) return add_password(scan, rule, *place);
        named = is_user || word.starts_with("\\\\");
    }
}

void find_htpasswd(Scan& scan, const Rule& rule, Place literal) {
    // htpasswd -b file user password; with -n there is no file
    if (scan.was_tried(rule, literal.begin) || !scan.has(literal.end, Alphabet::space)) return;
    bool in_batch = false;
    std::size_t position = 3;
    CommandWords words(scan, literal.end, kMostWords);
    while (const auto place = words.next()) {
        const std::string_view word = scan.text(*place);
        if (!word.starts_with('-')) {
            if (--position > 0) continue;
            static_cast<void>(scan.first_try(rule, literal.begin, place->begin));
            if (in_batch) add_argument(scan, rule, *place);
            return;
        }
        in_batch = in_batch || word.find('b') != std::string_view::npos;
        if (word.find('n') != std::string_view::npos) position = 2;
        if (word == "-C" || word == "-r") static_cast<void>(words.next());  // a number follows
    }
    static_cast<void>(scan.first_try(rule, literal.begin, words.at()));
}

}  // namespace kaizen::redact
