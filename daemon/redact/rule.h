#pragma once

// One kind of thing that may not leave: how it begins, what it is made of, and how it is told from what only
// looks like it. All kinds stand in one list (rules.h), which the redactor and the tests walk alike.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/redact/alphabet.h"
#include "daemon/redact/checksums.h"

namespace kaizen::redact {

class Scan;
struct Rule;

// [begin, end) of the text.
struct Place {
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] constexpr std::size_t size() const { return end - begin; }
    friend constexpr bool operator==(Place, Place) = default;
    [[nodiscard]] constexpr bool holds(Place other) const { return begin <= other.begin && other.end <= end; }
};

// How a mark begins that a redactor puts. What looks around a literal looks no further: what lay behind it is
// unknown.
inline constexpr std::string_view kMarkBegin = "<REDACTED:";

// Looks at a place where one of the rule's literals stands (or its trigger) and adds what it finds to the
// scan.
using Find = void (*)(Scan& scan, const Rule& rule, Place literal);

// The rule of nearly all tokens: literal, then at least `min` bytes of the alphabet, munched to their end.
void find_token(Scan& scan, const Rule& rule, Place literal);

// What calls a rule. Bytes that are too frequent for literals are met in a walk of their own.
enum class Trigger : std::uint8_t { literal, digit, colon, dot, dash, at };

enum class Kind : std::uint8_t {
    secret,  // its value is looked for in the whole session from then on
    person,  // a person or a place: found by its rule alone
};

enum class Case : std::uint8_t { exact, any };  // of the literals

// A second part behind a separator that is no letter of the first.
struct Tail {
    char separator = '\0';
    Alphabet alphabet = Alphabet::alnum;
    std::size_t min = 0;
    bool required = false;
};

struct RuleExtra {
    Check check = nullptr;               // holds: needs no other proof
    bool must_look_random = false;       // the literal alone is too common
    Alphabet before = Alphabet::alnum;   // of what stands before a mark inside or at the end of a token
    std::size_t before_min = 0;          //
    Tail tail = {};                      //
    Find find = find_token;              //
    Trigger trigger = Trigger::literal;  //
    Kind kind = Kind::secret;            //
    Case letters = Case::exact;          //
};

struct Rule {
    std::string_view name;             // <REDACTED:name#1>
    std::string_view literals;         // separated by blanks
    Alphabet alphabet;                 // find_token: of what follows the literal
    std::size_t min;                   // find_token: bytes of it
    std::string_view example;          // must be found; shapes as in tests/redact/shapes.h, between " | "
    std::string_view counter_example;  // looks like it, and must be left alone
    RuleExtra more = {};
};

}  // namespace kaizen::redact
