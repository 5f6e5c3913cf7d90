#include "daemon/redact/command_words.h"

#include <algorithm>

#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::string_view kSigns = "|;&<>\n";  // of the shell, which end a word and a command

}  // namespace

std::optional<Place> CommandWords::next() {
    while (scan_.at(at_) == ' ' || scan_.at(at_) == '\t') ++at_;
    if (at_ >= scan_.text().size() || is_any_of(scan_.at(at_), kSigns) || left_-- == 0) return std::nullopt;
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
    if (scan_.starts(at_, kMarkBegin)) return std::nullopt;  // the rest of the word is unknown
    return value.quote == '\0' ? bare_word(value.place.begin) : value.place;
}

// Up to what closes the quotes, the parenthesis or the clause that the command stands in.
Place CommandWords::bare_word(std::size_t begin) const {
    std::size_t end = at_;
    for (const char quote : {'"', '\''}) {
        const std::string_view word = scan_.text({begin, end});
        if (std::count(word.begin(), word.end(), quote) % 2 == 1) end = begin + word.rfind(quote);
    }
    while (end > begin && is_any_of(scan_.before(end), ",)`\"'\\")) --end;
    return {begin, end};
}

void add_password(Scan& scan, const Rule& rule, Place word) {
    constexpr std::size_t kShortest = 4;
    const std::string_view text = scan.text(word);
    if (text.size() < kShortest || is_reference(text) || is_placeholder(text) || text.front() == '-') return;
    scan.add(rule, word);
}

void add_argument(Scan& scan, const Rule& rule, Place word) {
    const std::string_view text = scan.text(word);
    if (std::none_of(text.begin(), text.end(), [](char c) { return in(Alphabet::space, c); }))
        add_password(scan, rule, word);
}

}  // namespace kaizen::redact
