#include "daemon/redact/alphabet.h"

#include <algorithm>

namespace kaizen::redact {
namespace {

bool hex_run(std::string_view text, std::size_t from, std::size_t count) {
    return from + count <= text.size() && all_in(Alphabet::any_hex, text.substr(from, count));
}

// \x1b, \u003d, %3D: `mark` stands `digits` before `at`.
bool ends_code(std::string_view text, std::size_t at, std::string_view mark, std::size_t digits) {
    if (at < digits + mark.size()) return false;
    const std::size_t mark_at = at - digits - mark.size();
    return stands_at(text, mark_at, mark) && hex_run(text, at - digits, digits);
}

// ESC [ 3 2 m: the ESC itself may stand there in any spelling.
bool ends_colour(std::string_view text, std::size_t at) {
    for (std::size_t i = at - 1; i > 0; --i) {
        const char c = text[i - 1];
        if (c == '[') return true;
        if (!in(Alphabet::digit, c) && c != ';') return false;
    }
    return false;
}

}  // namespace

bool all_in(Alphabet alphabet, std::string_view text) {
    return std::all_of(text.begin(), text.end(), [alphabet](char c) { return in(alphabet, c); });
}

bool equal_folded(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return fold(x) == fold(y); });
}

bool contains_folded(std::string_view text, std::string_view lower_case) {
    return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                       [](char x, char y) { return fold(x) == y; }) != text.end();
}

bool begins_word(std::string_view text, std::size_t at) {
    if (at == 0 || !in(Alphabet::alnum, text[at - 1])) return true;
    const char last = text[at - 1];
    if (at >= 2 && text[at - 2] == '\\' && is_any_of(last, "nrtbfv0")) return true;
    if ((last == 'm' || last == 'K') && ends_colour(text, at)) return true;
    if (!in(Alphabet::any_hex, last)) return false;
    return ends_code(text, at, "%", 2) || ends_code(text, at, "\\x", 2) || ends_code(text, at, "\\u", 4);
}

}  // namespace kaizen::redact
