#include "daemon/redact/xml_value.h"

#include <algorithm>

#include "daemon/redact/setting_name.h"

namespace kaizen::redact {
namespace {

// Elements that hold the value of what their "key" or "name" says. Those of web pages, and Android's
// "string", hold text for people.
constexpr std::string_view kEntries[] = {"entry", "property", "param", "parameter", "setting",
                                         "item",  "env",      "var",   "config"};
constexpr std::string_view kValues[] = {"value", "string", "param-value"};  // beside the element of a name

template <std::size_t kCount>
bool is_one_of(std::string_view word, const std::string_view (&words)[kCount]) {
    return std::any_of(std::begin(words), std::end(words),
                       [word](std::string_view one) { return equal_folded(word, one); });
}

// The name of the element that a '<' at `i` opens.
std::string_view element_at(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongest = 32;
    return scan.at(i) == '<' ? scan.text({i + 1, scan.end_of(Alphabet::name, i + 1, kLongest)})
                             : std::string_view();
}

// <name, <ns:name; but not the type in List<name>.
bool opens_element(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongestPrefix = 16;
    if (scan.before(i) == ':') {
        const std::size_t limit = i > kLongestPrefix ? i - kLongestPrefix : 0;
        --i;
        while (i > limit && in(Alphabet::name, scan.before(i))) --i;
    }
    return scan.before(i) == '<' && begins_word(scan.text(), i - 1);
}

// <entry key=", <property id="1" name='
bool names_entry(const Scan& scan, std::size_t i) {
    constexpr std::size_t kNear = 96;
    if (!is_any_of(scan.before(i), "\"'")) return false;
    --i;
    while (scan.before(i) == '\\') --i;
    const std::string_view before = scan.text({i - std::min(i, kNear), i});
    if (!before.ends_with(" key=") && !before.ends_with(" name=")) return false;
    const std::size_t open = before.rfind('<');
    return open != std::string_view::npos && before.find('>', open) == std::string_view::npos &&
           is_one_of(element_at(scan, i - before.size() + open), kEntries);
}

// Behind the '>' that closes the tag in which `i` lies; nothing when the value stands in it, or it has none.
std::optional<std::size_t> past_tag(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongest = 160;
    const std::string_view rest = scan.text().substr(i, kLongest);
    const std::size_t close = rest.find_first_of("<>\n");
    if (close == std::string_view::npos || rest[close] != '>') return std::nullopt;
    const std::string_view attributes = rest.substr(0, close);
    const bool has_value = attributes.ends_with('/') || contains_folded(attributes, "value=");
    const bool is_tag = attributes.empty() || is_any_of(attributes[0], " \t\"'\\");
    return has_value || !is_tag ? std::nullopt : std::optional(i + close + 1);
}

// Behind </name> <value>
std::optional<std::size_t> past_value_tag(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongest = 32;
    const std::size_t close = scan.text().substr(i, kLongest).find('>');
    if (close == std::string_view::npos) return std::nullopt;
    const std::size_t next = scan.past_blanks(i + close + 1);
    const std::string_view element = element_at(scan, next);
    if (!is_one_of(element, kValues) || scan.at(next + 1 + element.size()) != '>') return std::nullopt;
    return next + element.size() + 2;
}

std::optional<std::size_t> tag_end(Scan& scan, Place name) {
    if (scan.starts(name.end, "</")) return past_value_tag(scan, name.end);
    if (opens_element(scan, name.begin) || names_entry(scan, dotted_begin(scan, name.begin)))
        return past_tag(scan, name.end);
    return std::nullopt;
}

// Whether a closing tag follows the value at `i`, which no placeholder like "<password> <host>" has.
bool closes_element(const Scan& scan, std::size_t i) {
    return scan.starts(i, "<!") || scan.starts(scan.past_blanks(xml_value_end(scan, i)), "</");
}

}  // namespace

std::optional<std::size_t> xml_value(Scan& scan, Place name) {
    constexpr std::string_view kCdata = "<![CDATA[";
    const auto end = tag_end(scan, name);
    if (!end) return std::nullopt;
    std::size_t i = scan.past_blanks(*end);
    const bool is_apart = i > *end;
    const std::string_view inner = element_at(scan, i);
    if (is_one_of(inner, kValues) && scan.at(i + 1 + inner.size()) == '>')
        i = scan.past_blanks(i + inner.size() + 2);
    else if (is_apart && !closes_element(scan, i))
        return std::nullopt;
    if (scan.starts(i, kCdata)) i += kCdata.size();
    return scan.at(i) == '<' ? std::nullopt : std::optional(i);
}

std::size_t xml_value_end(const Scan& scan, std::size_t begin) {
    const std::string_view rest = scan.text().substr(begin);
    std::size_t end = std::min(rest.size(), rest.find_first_of("<\r\n\\\"]"));
    if (end == rest.size() || rest[end] != '<') end = std::min(end, rest.find_first_of(" \t"));
    while (end > 0 && is_any_of(rest[end - 1], " \t")) --end;
    return begin + end;
}

}  // namespace kaizen::redact
