#include "ctl/facts.h"

#include <algorithm>
#include <iterator>

#include "common/text.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

constexpr int kIndent = 2;
constexpr int kLabel = 12;

// The front of the first line; the others have as many spaces.
struct Front {
    int indent;
    std::string_view label;
    int columns;
};

// Puts the parts on as few lines as hold them, below each other behind the front.
std::string laid_out(const Look& look, const Front& front, const std::vector<Cell>& parts,
                     const Cell& between) {
    const int room = std::max(20, look.width - front.indent - front.columns);
    std::string out;
    int used = room;
    for (const Cell& part : parts) {
        const Cell shown{cut_to(part.text, room), part.style};
        const int columns = columns_of(shown.text);
        if (used + columns_of(between.text) + columns > room) {
            const Cell label{out.empty() ? std::string(front.label) : std::string(), Style::dim};
            out += (out.empty() ? "" : "\n") + std::string(static_cast<std::size_t>(front.indent), ' ') +
                   left(look, label, front.columns);
            used = 0;
        } else {
            out += paint(look, between.style, between.text);
            used += columns_of(between.text);
        }
        out += paint(look, shown.style, shown.text);
        used += columns;
    }
    return out.empty() ? out : out + "\n";
}

std::vector<Cell> words_of(const Cell& sentence) {
    std::vector<Cell> words;
    for (const std::string_view word : split(sentence.text, ' '))
        words.push_back({std::string(word), sentence.style});
    return words;
}

}  // namespace

std::string fact(const Look& look, std::string_view label, const std::vector<Cell>& things,
                 const Cell& between) {
    std::vector<Cell> said;
    std::copy_if(things.begin(), things.end(), std::back_inserter(said),
                 [](const Cell& cell) { return !cell.text.empty(); });
    return laid_out(look, {kIndent, label, kLabel}, said, between);
}

std::string sentence_fact(const Look& look, std::string_view label, const Cell& sentence) {
    return laid_out(look, {kIndent, label, kLabel}, words_of(sentence), {" "});
}

std::string paragraph(const Look& look, int indent, const Cell& sentence) {
    return laid_out(look, {indent, {}, 0}, words_of(sentence), {" "});
}

}  // namespace kaizen::ctl
