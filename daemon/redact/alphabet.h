#pragma once

// Sets of bytes that tokens are made of, and where a token may begin. Pure; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kaizen::redact {

enum class Alphabet : std::uint8_t {
    digit,
    hex,           // lower case
    any_hex,       //
    lower,         // a-z 0-9
    upper,         // A-Z 0-9
    alnum,         //
    word,          // alnum _
    base64,        // alnum + /
    base64url,     // alnum _ -
    dotted,        // base64url .
    dollar,        // word $
    name,          // of a variable, key or option: alnum _ -
    mail_local,    // before the @
    mail_domain,   // alnum - .
    address,       // hex : .
    space,         // ASCII white space
    path,          // of a file's path, written without quotes
    password_url,  // what user info in a URL may hold
    authority,     // the same and /
    bare,          // a value without quotes
    setting,       // a value that only a blank, a quote or a sign of the shell ends
    command,       // of one command, without the signs that may end it
    line,          // up to a line break, a terminal's escape or a backslash
    letter,        //
    crypt,         // of a password's hash: alnum and ./+=,$_-
    count,
};

struct AlphabetTable {
    std::array<std::uint32_t, 256> bits{};
};
[[nodiscard]] constexpr AlphabetTable make_alphabets() {
    AlphabetTable table;
    const auto put = [&table](Alphabet alphabet, char c) {
        table.bits[static_cast<unsigned char>(c)] |= std::uint32_t{1} << static_cast<unsigned>(alphabet);
    };
    const auto put_all = [&put](Alphabet alphabet, std::string_view bytes) {
        for (const char c : bytes) put(alphabet, c);
    };
    constexpr std::string_view kDigits = "0123456789";
    constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (const Alphabet a :
         {Alphabet::alnum, Alphabet::word, Alphabet::base64, Alphabet::base64url, Alphabet::dotted,
          Alphabet::dollar, Alphabet::name, Alphabet::mail_local, Alphabet::mail_domain, Alphabet::crypt}) {
        put_all(a, kDigits);
        put_all(a, kLower);
        put_all(a, kUpper);
    }
    for (const Alphabet a : {Alphabet::digit, Alphabet::hex, Alphabet::any_hex, Alphabet::lower,
                             Alphabet::upper, Alphabet::address})
        put_all(a, kDigits);
    put_all(Alphabet::hex, "abcdef");
    put_all(Alphabet::any_hex, "abcdefABCDEF");
    put_all(Alphabet::address, "abcdefABCDEF:.");
    put_all(Alphabet::lower, kLower);
    put_all(Alphabet::upper, kUpper);
    put_all(Alphabet::letter, kLower);
    put_all(Alphabet::letter, kUpper);
    put_all(Alphabet::word, "_");
    put_all(Alphabet::base64, "+/");
    put_all(Alphabet::base64url, "_-");
    put_all(Alphabet::dotted, "_-.");
    put_all(Alphabet::dollar, "_$");
    put_all(Alphabet::name, "_-");
    put_all(Alphabet::mail_local, "._%+-");
    put_all(Alphabet::mail_domain, "-.");
    put_all(Alphabet::crypt, "./+=,$_-");
    put_all(Alphabet::space, " \t\n\r\f\v");
    for (int byte = 0x21; byte < 0x100; ++byte) {
        const char c = static_cast<char>(byte);
        if (std::string_view("\"'`<>|*?;,:()[]{}\\=#&!$\x7f").find(c) == std::string_view::npos)
            put(Alphabet::path, c);
        if (std::string_view("\"'`<>\\ \x7f").find(c) == std::string_view::npos) {
            put(Alphabet::authority, c);
            if (c != '/') put(Alphabet::password_url, c);
        }
        if (std::string_view("\"'`<>\\;&|,)]}\x7f").find(c) == std::string_view::npos) put(Alphabet::bare, c);
    }
    for (int byte = 0; byte < 0x100; ++byte) {
        const char c = static_cast<char>(byte);
        if (std::string_view(" \t\r\n\"'`;<>\\").find(c) == std::string_view::npos) put(Alphabet::setting, c);
        if (std::string_view("\n;|<\"'").find(c) == std::string_view::npos) put(Alphabet::command, c);
        if (std::string_view("\n\r\x1b\\").find(c) == std::string_view::npos) put(Alphabet::line, c);
    }
    return table;
}
inline constexpr AlphabetTable kAlphabets = make_alphabets();

[[nodiscard]] constexpr bool in(Alphabet alphabet, char c) {
    return (kAlphabets.bits[static_cast<unsigned char>(c)] >> static_cast<unsigned>(alphabet) & 1) != 0;
}

[[nodiscard]] constexpr char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

[[nodiscard]] constexpr bool is_any_of(char c, std::string_view bytes) {
    for (const char one : bytes) {
        if (c == one) return true;
    }
    return false;
}

// Whether `what` stands in `text` at `i`. Faster than a comparison of views, which calls memcmp: nearly
// always the first byte differs, and what is looked for is short.
[[nodiscard]] constexpr bool stands_at(std::string_view text, std::size_t i, std::string_view what) {
    if (i > text.size() || text.size() - i < what.size()) return false;
    for (std::size_t n = 0; n < what.size(); ++n) {
        if (text[i + n] != what[n]) return false;
    }
    return true;
}

// Whether all of `text` is of the alphabet (true for none).
[[nodiscard]] bool all_in(Alphabet alphabet, std::string_view text);

[[nodiscard]] bool equal_folded(std::string_view a, std::string_view b);

// Whether `text` holds `lower_case`, in any case.
[[nodiscard]] bool contains_folded(std::string_view text, std::string_view lower_case);

// Whether a token may begin at `at`: nothing like a word before it, or the end of an escape (\n, \u003d, %3D,
// a terminal's colour), which glues a letter to the token.
[[nodiscard]] bool begins_word(std::string_view text, std::size_t at);

}  // namespace kaizen::redact
