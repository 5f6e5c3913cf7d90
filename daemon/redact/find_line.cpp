// Secrets that are told by the lines around them: an answer to a prompt, a file of cookies, a file that is
// nothing but a key.

#include <algorithm>
#include <array>

#include "daemon/redact/find.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

// Whether a prompt for a password stands shortly before, and no other answer since. What was redacted ends
// the look back: its mark may be shorter, and may be called like a prompt itself.
bool follows_prompt(Scan& scan, std::size_t i) {
    constexpr std::size_t kNear = 160;
    constexpr std::size_t kLongestMark = 64;
    std::string_view before = scan.text({i - std::min(i, kNear + kLongestMark), i});
    scan.spend(before.size());
    const std::size_t mark_ends = before.find('>', std::min(before.rfind(kMarkBegin), before.size()));
    if (mark_ends != std::string_view::npos) before.remove_prefix(mark_ends);
    before.remove_prefix(before.size() - std::min(before.size(), kNear));
    if (const std::size_t other = before.rfind("send"); other != std::string_view::npos)
        before.remove_prefix(other);
    return before.find("assword") != std::string_view::npos ||
           before.find("assphrase") != std::string_view::npos;
}

// Without the return key that sends it.
Place without_return(const Scan& scan, Place place) {
    while (place.size() >= 2 && scan.before(place.end - 1) == '\\' &&
           is_any_of(scan.before(place.end), "rn")) {
        place.end -= 2;
        while (place.size() > 0 && scan.before(place.end) == '\\') --place.end;
    }
    return place;
}

// A tab, also written as \t.
std::size_t past_tab(const Scan& scan, std::size_t i) {
    if (scan.at(i) == '\t') return i + 1;
    return scan.starts(i, "\\t") ? i + 2 : i;
}

std::size_t field_end(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongestField = 512;
    const std::size_t limit = std::min(scan.text().size(), i + kLongestField);
    while (i < limit && !is_any_of(scan.at(i), "\t\n\r\\\"")) ++i;
    return i;
}

// cat config/master.key, and what it holds in the next line.
Place key_below(Scan& scan, std::size_t name_end) {
    std::size_t i = name_end;
    while (is_any_of(scan.at(i), "\"'\r")) ++i;
    const std::size_t begin = scan.starts(i, "\\n") ? i + 2 : i + 1;
    if (begin == i + 1 && scan.at(i) != '\n') return {};
    return {begin, std::max(begin, scan.run(Alphabet::dotted, begin).end)};
}

// echo … > config/master.key
Place key_written_to(Scan& scan, std::size_t name_begin) {
    constexpr std::size_t kNear = 200;
    const std::size_t from = name_begin > kNear ? name_begin - kNear : 0;
    const std::string_view before = scan.text({from, name_begin});
    scan.spend(before.size());
    const std::size_t arrow = before.rfind('>');
    if (arrow == std::string_view::npos || before.find('\n', arrow) != std::string_view::npos) return {};
    std::size_t end = from + arrow;
    while (end > 0 && is_any_of(scan.before(end), " \"'>")) --end;
    return end > 0 ? Place{scan.run(Alphabet::dotted, end - 1).begin, end} : Place{};
}

bool is_key_text(std::string_view text) {
    constexpr std::size_t kHexKey = 32;
    return looks_secret(text) || (text.size() == kHexKey && all_in(Alphabet::hex, text));
}

}  // namespace

void find_answer(Scan& scan, const Rule& rule, Place literal) {
    // expect "assword:"; send "password\r"; child.sendline("password")
    std::size_t i = literal.end;
    if (scan.starts(i, "line("))
        i += 5;
    else if (scan.at(i++) != ' ')
        return;
    if (scan.starts(i, "-- ")) i += 3;
    if (!is_quoted(scan.text(), i) || !follows_prompt(scan, literal.begin)) return;
    const Place password = without_return(scan, value_at(scan, i).place);
    const std::string_view text = scan.text(password);
    if (text.size() >= 4 && text[0] != '$' && !is_reference(text) && !is_placeholder(text))
        scan.add(rule, password);
}

void find_cookie_line(Scan& scan, const Rule& rule, Place literal) {
    // Netscape's file of cookies: domain, TRUE, path, FALSE, expiry, name, value; the literal is the TRUE.
    if (scan.was_tried(rule, literal.begin)) return;
    std::array<Place, 5> fields;
    std::size_t i = literal.end;
    for (Place& field : fields) {
        const std::size_t begin = past_tab(scan, i);
        if (begin == i) return;
        field = {begin, field_end(scan, begin)};
        i = field.end;
    }
    const auto [path, secure, expiry, name, value] = fields;
    const std::string_view flag = scan.text(secure);
    if (scan.at(path.begin) != '/' || (flag != "TRUE" && flag != "FALSE") || expiry.size() == 0 ||
        !all_in(Alphabet::digit, scan.text(expiry)))
        return;
    const Place whole{value.begin, std::max(value.begin, scan.run(Alphabet::setting, value.begin).end)};
    static_cast<void>(scan.first_try(rule, literal.begin, whole.end));
    if (whole.size() >= 4 && !is_reference(scan.text(whole).substr(0, 256))) scan.add(rule, whole);
}

void find_key_file(Scan& scan, const Rule& rule, Place literal) {
    for (const Place key : {key_below(scan, literal.end), key_written_to(scan, literal.begin)}) {
        if (is_key_text(scan.text(key).substr(0, 256))) scan.add(rule, key);
    }
}

}  // namespace kaizen::redact
