#include "daemon/redact/randomness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "daemon/redact/alphabet.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kSymbols = 28;  // a-z in either case, a digit, anything else
constexpr std::size_t kDigit = 26;

// Row: first symbol, column: second. A digit d stands for d - 4 bits: log2 of how often the pair comes in
// random base64, over how often it comes in written text. Counted over 550 000 different words, names and
// paths of C and Python sources and documentation.
constexpr std::array<std::string_view, kSymbols> kPairs = {
    "5433664747623383823255655764", "3545356634626535743536664652", "3545367357335515744356766763",
    "3554155537755636744546676762", "4633545764744365523375645872", "3555336627635525634446655752",
    "4646165527635344734546666762", "2665266636654634644326665662", "4433444878734134743275658574",
    "4545355545455545551545555553", "4445255536555455653554566651", "3564246727626636763444775772",
    "2454266737643633764657776761", "3733343747556526763244777763", "5532755757542243824445477883",
    "2655255447536633724336674763", "5444445545534454444414455452", "2645154738554535743355774772",
    "4646266438545544653246674771", "3646257328645635834457764772", "4244345747623263733266757664",
    "2656155636452655655563666653", "3545355425554435534555455552", "4545345646453653554255645642",
    "4545455655643352553455565551", "4555155545544345555555555442", "4444446656555565655555655632",
    "3424443446643343743455557663",
};

std::size_t symbol(char c) {
    if (in(Alphabet::letter, c)) return static_cast<std::size_t>(fold(c) - 'a');
    return in(Alphabet::digit, c) ? kDigit : kDigit + 1;
}

// The table's random text mixes both cases and all letters; these are the bits by which other random texts
// differ.
struct Spelling {
    int letter = 0;
    int digit = 0;
    bool mixed_case = false;
};

Spelling spelling_of(std::string_view text) {
    bool lower = false;
    bool upper = false;
    bool digit = false;
    bool other = false;
    for (const char c : text) {
        lower = lower || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        digit = digit || in(Alphabet::digit, c);
        other = other || !in(Alphabet::any_hex, c);
    }
    if (lower && upper) return {0, 0, true};
    return digit && !other ? Spelling{1, 2, false} : Spelling{0, 1, false};
}

int score(std::string_view text) {
    if (std::none_of(text.begin(), text.end(), [](char c) { return in(Alphabet::letter, c); })) return 0;
    const Spelling spelling = spelling_of(text);
    int best = 0;
    int current = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const bool letters = in(Alphabet::letter, text[i - 1]) && in(Alphabet::letter, text[i]);
        current += kPairs[symbol(text[i - 1])][symbol(text[i])] - '4';
        if (spelling.mixed_case && letters)
            current += ((text[i - 1] ^ text[i]) & 0x20) != 0 ? 2 : -1;
        else if (in(Alphabet::digit, text[i]))
            current += spelling.digit;
        else if (in(Alphabet::letter, text[i]))
            current += spelling.letter;
        current = std::max(current, 0);
        best = std::max(best, current);
    }
    return best;
}

}  // namespace

int randomness(std::string_view text) {
    // Parts may differ in spelling: A1B2-0f3e…
    constexpr std::size_t kShortestPart = 8;
    int best = score(text);
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        while (end < text.size() && in(Alphabet::alnum, text[end])) ++end;
        if (end - begin >= kShortestPart && end - begin < text.size())
            best = std::max(best, score(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return best;
}

bool looks_secret(std::string_view text) {
    constexpr std::size_t kShortest = 16;
    constexpr double kEntropy = 3.5;
    constexpr int kRandom = 14;
    if (text.size() < kShortest || is_placeholder(text) || is_digest(text) || is_uuid(text) || is_data(text))
        return false;
    if (all_in(Alphabet::any_hex, text)) return false;
    return shannon_entropy(text) > kEntropy && randomness(text) >= kRandom;
}

double shannon_entropy(std::string_view text) {
    std::array<int, 256> counts{};
    for (const char c : text) ++counts[static_cast<unsigned char>(c)];
    double bits = 0;
    for (const int count : counts) {
        if (count == 0) continue;
        const double share = static_cast<double>(count) / static_cast<double>(text.size());
        bits -= share * std::log2(share);
    }
    return bits;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !in(Alphabet::any_hex, text[i])) return false;
    }
    return true;
}

}  // namespace kaizen::redact
