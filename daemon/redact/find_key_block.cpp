// Private keys as text: whole or cut off, indented, numbered, in a diff, with line breaks written as \n, on
// one line.

#include <algorithm>

#include "daemon/redact/find.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kLongestLabel = 80;
constexpr std::size_t kLongestFirstLine = 160;  // of PuTTY's files

// The parts of a block: between line breaks (also written as \n, \\n, \r\n) and blanks.
bool is_break(char c) {
    return c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '\\' || c == '"' || c == '\'' || c == ',';
}

bool is_private_label(std::string_view label) {
    return label.find("PRIVATE KEY") != std::string_view::npos ||
           label.find("PRIVATE-KEY") != std::string_view::npos;
}

// What may stand before the base64 in a line: indent, + - > | # *, line numbers and their arrow (U+2192).
bool is_decoration(std::string_view part) {
    if (part == "\xE2\x86\x92" || part == "//" || part == "n" || part == "r" || part == "t") return true;
    if (part.size() > 6) return false;
    return std::all_of(part.begin(), part.end(),
                       [](char c) { return in(Alphabet::digit, c) || is_any_of(c, "+->|#*:;."); });
}

// A line's worth of base64; letters and an arrow may be glued to it by an escape.
bool is_key_text(std::string_view part) {
    const std::size_t arrow = part.find("\xE2\x86\x92");
    if (arrow != std::string_view::npos && all_in(Alphabet::digit, part.substr(0, arrow)))
        part.remove_prefix(arrow + 3);
    while (!part.empty() &&
           (part.front() == '+' || part.front() == '-' || part.front() == '>' || part.front() == '|'))
        part.remove_prefix(1);
    while (!part.empty() && part.back() == '=') part.remove_suffix(1);
    if (part.size() > 1 && part.front() == '=') part.remove_prefix(1);  // PGP's own checksum
    return all_in(Alphabet::base64, part);
}

std::size_t part_end(const Scan& scan, std::size_t i, std::size_t limit) {
    while (i < limit && !is_break(scan.at(i))) ++i;
    return i;
}

// `Proc-Type: 4,ENCRYPTED` and the like end with their line.
std::size_t past_header(const Scan& scan, std::size_t i, std::size_t limit) {
    static constexpr std::string_view kHeaders[] = {
        "Proc-Type:",      "DEK-Info:",     "Version:",       "Comment:",     "Hash:",
        "Encryption:",     "Public-Lines:", "Private-Lines:", "Private-MAC:", "Charset:",
        "Key-Derivation:", "Argon2-",       "MessageID:"};
    while (i < limit && (scan.at(i) == ' ' || scan.at(i) == 'n' || scan.at(i) == 'r')) ++i;
    for (const std::string_view header : kHeaders) {
        if (!scan.starts(i, header)) continue;
        while (i < limit && scan.at(i) != '\n' && scan.at(i) != '\\') ++i;
        return i;
    }
    return std::string_view::npos;
}

// Behind the key text that begins at `i`: all parts that look like it, and the END line when there is one.
std::size_t key_text_end(const Scan& scan, std::size_t i) {
    const std::size_t limit = scan.text().size();
    std::size_t end = i;
    std::size_t words = 0;  // short parts that are also words: prose after a key that was cut off
    while (i < limit) {
        if (is_break(scan.at(i))) {
            ++i;
            continue;
        }
        if (const std::size_t header = past_header(scan, i, limit); header != std::string_view::npos) {
            i = end = header;
            continue;
        }
        const std::size_t part = part_end(scan, i, limit);
        std::string_view text = scan.text({i, part});
        if (scan.before(i) == '\\' && (text.front() == 'n' || text.front() == 'r')) text.remove_prefix(1);
        if (const std::size_t dashes = text.find("----");
            dashes != std::string_view::npos && text.find("BEGIN") == std::string_view::npos) {
            const std::size_t label =
                scan.text().substr(0, std::min(limit, part + kLongestLabel)).find("----", part);
            return label == std::string_view::npos ? part : scan.end_of(Alphabet::name, label, 8);
        }
        const bool decoration = is_decoration(text);
        if (!decoration && !is_key_text(text)) break;
        words = !decoration && text.size() < 16 && all_in(Alphabet::letter, text) ? words + 1 : 0;
        if (words > 1) break;
        if (!decoration && words == 0) end = part;
        i = part;
    }
    return end;
}

// Where the label that begins at `i` ends, dashes included; nothing when it names no private key. It stands
// in one line, and no mark in it.
std::optional<std::size_t> private_label_end(const Scan& scan, std::size_t i) {
    std::string_view label = scan.text().substr(i, kLongestLabel);
    label = label.substr(0, std::min(label.find('\n'), label.find(kMarkBegin)));
    const std::size_t dashes = label.find("-----");
    const std::string_view name = label.substr(0, dashes);
    if (!is_private_label(name)) return std::nullopt;
    if (dashes == std::string_view::npos) return i + name.size();
    return scan.end_of(Alphabet::name, i + dashes, 5);
}

// The line that begins at `literal` and ends at `line_end`, and those below it that go on with it.
void add_key_text(Scan& scan, const Rule& rule, Place literal, std::size_t line_end) {
    const std::size_t end = std::max(line_end, key_text_end(scan, literal.begin));
    static_cast<void>(scan.first_try(rule, literal.begin, end));
    scan.spend(end - literal.begin);
    scan.add(rule, {literal.begin, end});
}

}  // namespace

void find_key_block(Scan& scan, const Rule& rule, Place literal) {
    if (scan.was_tried(rule, literal.begin)) return;
    const bool putty = scan.at(literal.begin) != '-';
    std::size_t begin_of_text = literal.end;
    if (putty) {
        while (begin_of_text < literal.end + kLongestFirstLine && scan.at(begin_of_text) != '\n' &&
               scan.at(begin_of_text) != '\\' && begin_of_text < scan.text().size())
            ++begin_of_text;
    } else {
        const auto label_end = private_label_end(scan, literal.end);
        if (!label_end) return;
        begin_of_text = *label_end;
    }
    const std::size_t end = std::max(begin_of_text, key_text_end(scan, begin_of_text));
    static_cast<void>(scan.first_try(rule, literal.begin, end));
    scan.spend(end - literal.begin);
    scan.add(rule, {literal.begin, end});
}

void find_key_block_end(Scan& scan, const Rule& rule, Place literal) {
    const auto label_end = private_label_end(scan, literal.end);
    if (!label_end) return;
    std::size_t begin = literal.begin;
    for (std::size_t i = literal.begin; i > 0;) {
        if (is_break(scan.before(i))) {
            --i;
            continue;
        }
        const std::size_t end = i;
        while (i > 0 && !is_break(scan.before(i))) --i;
        std::string_view text = scan.text({i, end});
        if (scan.before(i) == '\\' && (text.front() == 'n' || text.front() == 'r')) text.remove_prefix(1);
        if (is_decoration(text)) continue;
        const bool word = text.size() < 16 && begin != literal.begin;
        if (word || !is_key_text(text)) break;
        begin = i;
    }
    scan.spend(*label_end - begin);
    scan.add(rule, {begin, *label_end});
}

void find_key_body(Scan& scan, const Rule& rule, Place literal) {
    constexpr std::size_t kShortest = 48;
    const Place line = scan.run(Alphabet::base64, literal.begin);
    if (scan.was_tried(rule, literal.begin)) return;
    if (literal.begin != line.begin && !begins_word(scan.text(), literal.begin)) return;
    if (line.end - literal.begin < kShortest) return;
    add_key_text(scan, rule, literal, line.end);
}

void find_wrapped_key(Scan& scan, const Rule& rule, Place literal) {
    constexpr std::size_t kLabel = 64;  // enough for -----BEGIN ENCRYPTED PRIVATE KEY-----
    if (scan.was_tried(rule, literal.begin)) return;
    const Place run = scan.run(Alphabet::base64, literal.begin);
    const auto front = decode_base64(scan.text({literal.begin, std::min(run.end, literal.begin + kLabel)}));
    if (!front || !is_private_label(*front)) return;
    std::size_t end = run.end;
    while (scan.at(end) == '=') ++end;
    add_key_text(scan, rule, literal, end);
}

}  // namespace kaizen::redact
