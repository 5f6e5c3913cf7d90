// Addresses of machines: public IPv4 and IPv6, MAC.

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/redact/find.h"

namespace kaizen::redact {
namespace {

using Octets = std::array<int, 4>;

// Private, loopback, link-local, documentation, shared, multicast, reserved.
bool is_public(const Octets& ip) {
    const auto [a, b, c, d] = ip;
    if (a == 0 || a == 10 || a == 127 || a >= 224) return false;
    if ((a == 100 && b >= 64 && b < 128) || (a == 169 && b == 254) || (a == 172 && b >= 16 && b < 32))
        return false;
    if (a == 192 && (b == 168 || (b == 0 && (c == 0 || c == 2)))) return false;
    if ((a == 198 && (b == 18 || b == 19 || (b == 51 && c == 100))) || (a == 203 && b == 0 && c == 113))
        return false;
    return true;
}

// Resolvers that everybody asks.
bool is_well_known(std::string_view ip) {
    static constexpr std::string_view kKnown[] = {"8.8.8.8",        "8.8.4.4",        "1.1.1.1",
                                                  "1.0.0.1",        "9.9.9.9",        "149.112.112.112",
                                                  "208.67.222.222", "208.67.220.220", "1.2.3.4"};
    return std::find(std::begin(kKnown), std::end(kKnown), ip) != std::end(kKnown);
}

struct Ipv4 {
    Octets octets{};
    std::size_t end = 0;
};

std::optional<Ipv4> read_ipv4(const Scan& scan, std::size_t i) {
    Ipv4 ip;
    for (std::size_t part = 0; part < 4; ++part) {
        const std::size_t end = scan.end_of(Alphabet::digit, i, 4);
        if (end == i || end - i > 3 || (end - i > 1 && scan.at(i) == '0')) return std::nullopt;
        for (; i < end; ++i) ip.octets[part] = ip.octets[part] * 10 + (scan.at(i) - '0');
        if (ip.octets[part] > 255) return std::nullopt;
        if (part < 3 && scan.at(i++) != '.') return std::nullopt;
    }
    ip.end = i;
    return ip;
}

// What it hides may have been such a word.
bool follows_mark(const Scan& scan, std::size_t begin) {
    constexpr std::size_t kLongestMark = 64;
    const std::string_view left = scan.text({begin - std::min(begin, kLongestMark), begin});
    const std::size_t mark_ends = left.find('>', std::min(left.rfind(kMarkBegin), left.size()));
    return mark_ends != std::string_view::npos &&
           left.find_first_not_of("> ", mark_ends) == std::string_view::npos;
}

// A version of four parts looks the same: what stands to the left of it in its line tells.
bool follows_version_mark(const Scan& scan, std::size_t begin) {
    constexpr std::size_t kLook = 20;
    const char before = scan.before(begin);
    if (before == '/')
        return !(begin >= 2 && scan.before(begin - 1) == '/');  // Chrome/120.0.6099.109, not ://
    if (before == '-' || before == '^' || before == '~' || before == '_') return true;
    if (before == '=' && std::string_view("=><~!").find(scan.before(begin - 1)) != std::string_view::npos &&
        begin >= 2)
        return true;
    const std::size_t from = begin > kLook ? begin - kLook : 0;
    std::string_view left = scan.text({from, begin});
    if (const std::size_t line = left.rfind('\n'); line != std::string_view::npos)
        left.remove_prefix(line + 1);
    return contains_folded(left, "version") || contains_folded(left, " ver") ||
           contains_folded(left, "release") || contains_folded(left, "oid") ||
           contains_folded(left, "build ") || left.ends_with(" v ") || contains_folded(left, "upgrade");
}

bool is_global_ipv6(std::string_view text) {
    // 2000::/3 without documentation (2001:db8::/32) and the resolvers that everybody asks.
    const std::size_t colon = text.find(':');
    if (colon != 4 || (text[0] != '2' && text[0] != '3')) return false;
    if (equal_folded(text.substr(0, 9), "2001:db8:") || equal_folded(text.substr(0, 10), "2001:0db8:"))
        return false;
    return !text.starts_with("2001:4860:4860::") && !text.starts_with("2606:4700:4700::");
}

struct Groups {
    int count = 0;
    int with_letter = 0;
    bool compressed = false;
    bool valid = true;
};

Groups read_groups(std::string_view text) {
    Groups groups;
    std::size_t i = 0;
    while (i < text.size() && groups.valid) {
        std::size_t end = std::min(text.size(), text.find(':', i));
        const std::string_view group = text.substr(i, end - i);
        if (group.empty()) {
            // "::" once; a single colon at an end is no address.
            groups.valid = !groups.compressed && end < text.size();
            groups.compressed = true;
        } else {
            groups.valid = group.size() <= 4 && all_in(Alphabet::any_hex, group);
            ++groups.count;
            groups.with_letter += all_in(Alphabet::digit, group) ? 0 : 1;
        }
        i = end + 1;
    }
    return groups;
}

}  // namespace

void find_ipv4(Scan& scan, const Rule& rule, Place digits) {
    if (digits.size() > 3 || scan.at(digits.end) != '.') return;
    const char before = scan.before(digits.begin);
    if ((in(Alphabet::word, before) && !begins_word(scan.text(), digits.begin)) || before == '.') return;
    const auto ip = read_ipv4(scan, digits.begin);
    if (!ip || !is_public(ip->octets)) return;
    const Place place{digits.begin, ip->end};
    const char next = scan.at(place.end);
    if (scan.has(place.end, Alphabet::word) || next == '-' || next == '+') return;
    if (next == '.' && scan.has(place.end + 1, Alphabet::alnum)) return;
    if (is_well_known(scan.text(place)) || follows_version_mark(scan, place.begin) ||
        follows_mark(scan, place.begin))
        return;
    scan.add(rule, place);
}

void find_ipv6(Scan& scan, const Rule& rule, Place colon) {
    constexpr std::size_t kLongest = 39;
    if (scan.was_tried(rule, colon.begin)) return;
    Place place = scan.run(Alphabet::address, colon.begin);
    if (!scan.first_try(rule, place.begin, place.end)) return;
    while (place.size() > 0 && (scan.at(place.end - 1) == '.' ||
                                (scan.at(place.end - 1) == ':' && scan.before(place.end - 1) != ':')))
        --place.end;
    if (place.size() > kLongest || place.size() < 6 || !begins_word(scan.text(), place.begin)) return;
    const std::string_view text = scan.text(place);
    if (scan.has(place.end, Alphabet::word) || !is_global_ipv6(text)) return;
    std::string_view groups_text = text;
    if (groups_text.ends_with("::")) groups_text.remove_suffix(1);
    const Groups groups = read_groups(groups_text);
    if (!groups.valid || (groups.compressed ? groups.count > 7 : groups.count != 8)) return;
    if (groups.with_letter < 2 && !(groups.compressed && groups.count >= 3)) return;
    scan.add(rule, place);
}

void find_mac(Scan& scan, const Rule& rule, Place separator) {
    // Six pairs; the first separator calls.
    constexpr std::size_t kBytes = 17;
    const char sign = scan.at(separator.begin);
    if (separator.begin < 2 || !in(Alphabet::any_hex, scan.before(separator.begin))) return;
    if (scan.at(separator.begin + 3) != sign || scan.at(separator.begin + 6) != sign) return;
    const std::size_t begin = separator.begin - 2;
    const char before = scan.before(begin);
    if (before == sign || (in(Alphabet::word, before) && !begins_word(scan.text(), begin))) return;
    if (scan.has(begin + kBytes, Alphabet::word) || scan.at(begin + kBytes) == sign) return;
    bool any_letter = false;
    bool same = true;
    for (std::size_t i = 0; i < kBytes; ++i) {
        const char c = scan.at(begin + i);
        if (i % 3 == 2 ? c != sign : !in(Alphabet::any_hex, c)) return;
        any_letter = any_letter || (i % 3 != 2 && in(Alphabet::letter, c));
        same = same && (i % 3 == 2 || c == scan.at(begin));
    }
    // Dates and times with dashes have no letters; 00:00:… and ff:ff:… are nobody's.
    if (!same && (any_letter || sign == ':')) scan.add(rule, {begin, begin + kBytes});
}

}  // namespace kaizen::redact
