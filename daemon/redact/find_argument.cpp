// Passwords that commands take without an option: as a word at a known position, or from what is piped into
// them.

#include <algorithm>
#include <vector>

#include "daemon/redact/find.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kReach = 120;
constexpr std::size_t kMostWords = 12;

// The words of a command from `i` on, without their quotes; a sign of the shell ends it.
std::vector<Place> words_of(const Scan& scan, std::size_t i) {
    constexpr std::string_view kEnds = "|;&<>\n";
    std::vector<Place> words;
    const std::size_t limit = std::min(scan.text().size(), i + kReach);
    const std::string_view text = scan.text().substr(0, limit);
    while (words.size() < kMostWords) {
        while (i < limit && (text[i] == ' ' || text[i] == '\t')) ++i;
        if (i >= limit || is_any_of(text[i], kEnds)) break;
        words.push_back(value_at(text, i).place);
        i = std::max(i + 1, words.back().end);
        while (i < limit && !in(Alphabet::space, text[i]) && !is_any_of(text[i], kEnds)) ++i;
    }
    return words;
}

void add_argument(Scan& scan, const Rule& rule, Place word) {
    constexpr std::size_t kShortest = 4;
    const std::string_view text = scan.text(word);
    if (text.size() < kShortest || is_reference(text) || is_placeholder(text) || text.front() == '-' ||
        std::any_of(text.begin(), text.end(), [](char c) { return in(Alphabet::space, c); }))
        return;
    scan.add(rule, word);
}

// sudo reads a password with -S only; the other literals are options of that meaning themselves.
bool reads_password(const Scan& scan, Place literal) {
    if (scan.text(literal) != "sudo") return true;
    for (const Place word : words_of(scan, literal.end)) {
        const std::string_view text = scan.text(word);
        if (!text.starts_with('-')) return false;
        if (text == "--stdin" || (!text.starts_with("--") && text.ends_with('S'))) return true;
    }
    return false;
}

// The last word of `echo …` or `printf …`, which stands before the pipe at `pipe`.
std::optional<Place> echoed(const Scan& scan, std::size_t pipe) {
    const std::size_t from = pipe > kReach ? pipe - kReach : 0;
    const std::string_view before = scan.text({from, pipe});
    for (const std::string_view command : {"echo ", "printf "}) {
        const std::size_t at = before.rfind(command);
        if (at == std::string_view::npos) continue;
        const std::vector<Place> words = words_of(scan, from + at + command.size());
        if (!words.empty() && words.back().end <= pipe) return words.back();
    }
    return std::nullopt;
}

}  // namespace

void find_piped_password(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin) || !reads_password(scan, literal)) return;
    // One password for one command.
    const std::string_view rest = scan.text().substr(literal.end, kReach);
    const std::size_t end = std::min(rest.size(), rest.find_first_of("|;\n"));
    static_cast<void>(scan.first_try(rule, literal.begin, literal.end + end));
    const std::size_t from = literal.begin > kReach ? literal.begin - kReach : 0;
    const std::size_t sign = scan.text({from, literal.begin}).find_last_of("|;\n");
    if (sign != std::string_view::npos && scan.at(from + sign) == '|') {
        auto word = echoed(scan, from + sign);
        if (!word) return;
        if (scan.text(literal) == "chpasswd")
            word->begin += std::min(word->size(), scan.text(*word).find(':') + 1);  // user:password
        return add_argument(scan, rule, *word);
    }
    const std::size_t here = rest.substr(0, end).find("<<<");
    if (here == std::string_view::npos) return;
    const std::vector<Place> words = words_of(scan, literal.end + here + 3);
    if (!words.empty()) add_argument(scan, rule, words.front());
}

void find_htpasswd(Scan& scan, const Rule& rule, Place literal) {
    // htpasswd -b file user password; with -n there is no file
    if (scan.was_tried(rule, literal.begin)) return;
    bool in_batch = false;
    std::size_t position = 3;
    const std::vector<Place> words = words_of(scan, literal.end);
    if (!words.empty()) static_cast<void>(scan.first_try(rule, literal.begin, words.back().end));
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = scan.text(words[i]);
        if (!word.starts_with('-')) {
            if (--position > 0) continue;
            if (in_batch) add_argument(scan, rule, words[i]);
            return;
        }
        in_batch = in_batch || word.find('b') != std::string_view::npos;
        if (word.find('n') != std::string_view::npos) position = 2;
        if (word == "-C" || word == "-r") ++i;  // a number follows
    }
}

}  // namespace kaizen::redact
