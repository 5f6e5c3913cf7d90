// Passwords that commands take without an option: as a word at a known position, or from what is piped into
// them.

#include <algorithm>
#include <vector>

#include "daemon/redact/find.h"
#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr int kMostOptions = 12;                // a command with more of them was made to be slow
constexpr std::string_view kSigns = "|;&<>\n";  // of the shell, which end a word and a command

// The words of a command from `i` on, without their quotes.
class Words {
  public:
    Words(Scan& scan, std::size_t i) : scan_(scan), at_(i) {}
    Words(Scan& scan, std::size_t i, int most) : scan_(scan), at_(i), left_(most) {}

    std::optional<Place> next() {
        while (scan_.at(at_) == ' ' || scan_.at(at_) == '\t') ++at_;
        if (at_ >= scan_.text().size() || is_any_of(scan_.at(at_), kSigns) || left_-- == 0)
            return std::nullopt;
        const Value value = value_at(scan_, at_);
        // What was redacted ends the command, also in quotes.
        const std::size_t mark = scan_.text(value.place).find(kMarkBegin);
        if (mark != std::string_view::npos) {
            at_ = value.place.begin + mark;
            return std::nullopt;
        }
        at_ = std::max(at_ + 1, value.place.end);
        while (at_ < scan_.text().size() && !in(Alphabet::space, scan_.at(at_)) &&
               !is_any_of(scan_.at(at_), kSigns))
            ++at_;
        return value.quote == '\0' ? bare_word(value.place.begin) : value.place;
    }

    // Up to where they have been read.
    [[nodiscard]] std::size_t at() const { return at_; }

  private:
    // Up to what closes the parenthesis or the clause that the command stands in.
    [[nodiscard]] Place bare_word(std::size_t begin) const {
        std::size_t end = at_;
        while (end > begin && is_any_of(scan_.before(end), ",)`\"'")) --end;
        return {begin, end};
    }

    Scan& scan_;
    std::size_t at_;
    int left_ = -1;  // words; -1: all
};

void add_password(Scan& scan, const Rule& rule, Place word) {
    constexpr std::size_t kShortest = 4;
    const std::string_view text = scan.text(word);
    if (text.size() < kShortest || is_reference(text) || is_placeholder(text) || text.front() == '-') return;
    scan.add(rule, word);
}

// Several words in quotes are rather a text.
void add_argument(Scan& scan, const Rule& rule, Place word) {
    const std::string_view text = scan.text(word);
    if (std::none_of(text.begin(), text.end(), [](char c) { return in(Alphabet::space, c); }))
        add_password(scan, rule, word);
}

// sudo reads a password with -S only; the other literals are options of that meaning themselves.
bool reads_password(Scan& scan, Place literal) {
    if (scan.text(literal) != "sudo") return true;
    if (!scan.has(literal.end, Alphabet::space)) return false;
    Words words(scan, literal.end, kMostOptions);
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
    Words words(scan, begin);
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
    Words words(scan, literal.end + here + 3);
    if (const auto word = words.next()) add_argument(scan, rule, *word);
}

void find_first_argument(Scan& scan, const Rule& rule, Place literal) {
    if (!begins_word(scan.text(), literal.begin) || !scan.has(literal.end, Alphabet::space)) return;
    Words words(scan, literal.end, kMostOptions);
    while (const auto word = words.next()) {
        if (scan.text(*word).starts_with('-')) continue;
        const bool is_setting = scan.text(*word).find('=') < word->size() - 1;
        return is_setting ? void() : add_argument(scan, rule, *word);
    }
}

void find_net_password(Scan& scan, const Rule& rule, Place literal) {
    // net use [drive:] \\host\share password [/user:name]; net user name password [/add]
    if (scan.at(literal.end) != ' ') return;
    const bool is_share = equal_folded(scan.text().substr(literal.end, 5), " use ");
    const bool is_user = equal_folded(scan.text().substr(literal.end, 6), " user ");
    if (!(is_share || is_user) || !begins_word(scan.text(), literal.begin)) return;
    bool named = false;
    Words words(scan, literal.end + (is_share ? 5 : 6), kMostOptions);
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
    Words words(scan, literal.end, kMostOptions);
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
