#include "common/plain_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "common/text.h"

namespace kaizen {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Characters without a shape of their own, which reorder, join, break or hide text (controls, bidi controls,
// joiners, line separators, variation selectors, skin tones, tags). Terminals disagree about the width of
// what they join, so the parts are shown one by one.
constexpr Range kInvisible[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164}, {0xD800, 0xDFFF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1F3FB, 0x1F3FF}, {0xE0000, 0xE0FFF},
};

bool is_invisible(char32_t c) {
    const auto* after =
        std::upper_bound(std::begin(kInvisible), std::end(kInvisible), c,
                         [](char32_t value, const Range& range) { return value < range.first; });
    return after != std::begin(kInvisible) && c <= std::prev(after)->last;
}

bool is_space(char32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// Bytes of the escape sequence that `text` begins with: "ESC [ … letter", "ESC ] … BEL", or ESC and what
// follows it.
std::size_t escape_length(std::string_view text) {
    if (text.size() < 2) return text.size();
    if (text[1] == '[') {
        std::size_t end = 2;
        while (end < text.size() && text[end] >= 0x20 && text[end] < 0x40) ++end;
        const bool final_byte = end < text.size() && text[end] >= 0x40 && text[end] <= 0x7E;
        return end + (final_byte ? 1 : 0);
    }
    if (text[1] == ']' || text[1] == 'P' || text[1] == '_' || text[1] == '^' || text[1] == 'X') {
        const std::size_t end = text.find_first_of("\a\x1b\n", 2);
        if (end == std::string_view::npos) return text.size();
        return text[end] == '\a' ? end + 1 : end;  // ESC begins "ESC \\", the other terminator
    }
    return static_cast<unsigned char>(text[1]) < 0x80 ? 2 : 1;
}

}  // namespace

Character first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, text.substr(0, 1)};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    char32_t code = lead & (0x7FU >> length);
    for (const char c : text.substr(1, length - 1))
        code = (code << 6) | (static_cast<unsigned char>(c) & 0x3FU);
    return {code, text.substr(0, length)};
}

std::string plain(std::string_view text, std::size_t max_bytes) {
    const std::string valid = replace_invalid_utf8(truncate_utf8(text, max_bytes));
    std::string_view rest = truncate_utf8(valid, max_bytes);  // what takes the place of a byte has three
    std::string out;
    out.reserve(rest.size());
    while (!rest.empty()) {
        if (rest.front() == '\x1b') {
            rest.remove_prefix(escape_length(rest));
            continue;
        }
        const Character next = first_character(rest);
        rest.remove_prefix(next.bytes.size());
        if (is_space(next.code)) {
            if (!out.empty() && out.back() != ' ') out.push_back(' ');
        } else if (!is_invisible(next.code)) {
            out.append(next.bytes);
        }
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

std::string visible_json(std::string_view json) {
    const std::string valid = replace_invalid_utf8(json);
    std::string_view rest = valid;
    std::string out;
    out.reserve(valid.size());
    while (!rest.empty()) {
        const Character next = first_character(rest);
        rest.remove_prefix(next.bytes.size());
        if (!is_invisible(next.code))
            out.append(next.bytes);
        else if (next.code < 0x10000)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(next.code));
        else
            out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((next.code - 0x10000) >> 10),
                               0xDC00 + ((next.code - 0x10000) & 0x3FFU));
    }
    return out;
}

}  // namespace kaizen
