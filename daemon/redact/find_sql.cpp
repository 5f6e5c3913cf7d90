// Passwords in statements of SQL.

#include <algorithm>
#include <vector>

#include "daemon/redact/find.h"
#include "daemon/redact/names.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kShortest = 4;

bool says(const Scan& scan, std::size_t i, std::string_view word) {
    return i < scan.text().size() && equal_folded(scan.text().substr(i, word.size()), word);
}

// Behind the parenthesis of "INSERT INTO table (", from behind the first word.
std::optional<std::size_t> columns_begin(const Scan& scan, std::size_t i) {
    constexpr std::size_t kLongest = 200;
    const std::string_view front = scan.text().substr(i, kLongest);
    const std::size_t open = front.find_first_of("();");
    if (open == std::string_view::npos || front[open] != '(') return std::nullopt;
    const std::string_view head = front.substr(0, open);
    if (!contains_folded(head, "into ") || head.find(kMarkBegin) != std::string_view::npos)
        return std::nullopt;
    return i + open + 1;
}

struct Columns {
    std::vector<Sensitivity> kinds;
    std::size_t end = 0;  // behind the parenthesis
};

// Nothing when none of them is sensitive.
std::optional<Columns> columns_at(Scan& scan, std::size_t i) {
    constexpr std::size_t kLongest = 4096;
    const std::string_view front = scan.text().substr(i, kLongest);
    const std::string_view list = front.substr(0, front.find(')'));
    scan.spend(list.size());
    if (list.size() == front.size() || list.find(kMarkBegin) != std::string_view::npos) return std::nullopt;
    Columns columns{{}, i + list.size() + 1};
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.size(), list.find(',', at));
        std::size_t begin = scan.past_blanks(i + at);
        while (begin < i + comma && !scan.has(begin, Alphabet::name)) ++begin;
        columns.kinds.push_back(
            sensitivity(scan.text({begin, scan.end_of(Alphabet::name, begin, i + comma - begin)})));
        at = comma + 1;
    }
    const bool any = std::any_of(columns.kinds.begin(), columns.kinds.end(),
                                 [](Sensitivity kind) { return kind != Sensitivity::none; });
    return any ? std::optional(columns) : std::nullopt;
}

// A text between quotes, of which two stand for one inside it, and line breaks are allowed.
std::optional<Place> sql_text(const Scan& scan, std::size_t i) {
    constexpr std::size_t kDeepestEscape = 40;
    std::size_t quote = i;
    while (scan.at(quote) == '\\' && quote < i + kDeepestEscape) ++quote;
    const bool escaped = quote > i;
    const char c = scan.at(quote);
    if (c != '\'' && c != '"') return std::nullopt;
    for (std::size_t at = quote + 1; at < scan.text().size(); ++at) {
        const bool backslash = scan.at(at) == '\\';
        const bool closes = scan.at(at + (backslash ? 1 : 0)) == c && backslash == escaped;
        if (closes && (escaped || scan.at(at + 1) != c)) return Place{quote + 1, at};
        if (closes || backslash) ++at;
    }
    return std::nullopt;
}

struct SqlValue {
    Place text;             // empty when it is none
    std::size_t until = 0;  // where it ends, or where the search for its end did
    bool ends = false;      // at a comma or a parenthesis
};

// A value of a row: a text, or what computes one.
SqlValue sql_value(const Scan& scan, std::size_t i) {
    SqlValue value;
    int depth = 0;
    for (; i < scan.text().size() && scan.at(i) != ';' && !scan.starts(i, kMarkBegin); ++i) {
        value.ends = depth == 0 && is_any_of(scan.at(i), ",)");
        if (value.ends) break;
        if (const auto text = sql_text(scan, i)) {
            if (depth == 0) value.text = *text;
            i = text->end;
            while (scan.at(i) == '\\') ++i;
        } else {
            depth += scan.at(i) == '(' ? 1 : scan.at(i) == ')' ? -1 : 0;
        }
    }
    value.until = i;
    return value;
}

bool is_secret(Sensitivity kind, std::string_view text) {
    if (text.size() < kShortest || is_reference(text) || is_placeholder(text) || is_prose(text)) return false;
    if (kind == Sensitivity::password) return text[0] != '%' && text[0] != ':';
    const bool is_url = text.find("://") != std::string_view::npos;
    if (kind == Sensitivity::none || is_url || is_path(text) || is_term(text)) return false;
    return looks_secret(text) || (kind == Sensitivity::key && text.find_first_of("0123456789") < text.size());
}

// The row behind the parenthesis at `i`; behind it, or nothing when it does not end like one.
std::optional<std::size_t> add_row(Scan& scan, const Rule& rule, const Columns& columns, std::size_t i) {
    for (std::size_t column = 0;; ++column) {
        const SqlValue value = sql_value(scan, scan.past_blanks(i));
        scan.spend(std::max(i, value.until) - i);
        const std::string_view text = scan.text(value.text);
        if (!value.ends || text.find(kMarkBegin) != std::string_view::npos) return std::nullopt;
        if (column < columns.kinds.size() && is_secret(columns.kinds[column], text))
            scan.add(rule, value.text);
        i = value.until + 1;
        if (scan.at(value.until) == ')') return i;
    }
}

// Oracle's users have their passwords without quotes.
bool follows_user(const Scan& scan, std::size_t i) {
    constexpr std::size_t kNear = 96;
    const std::string_view before = scan.text({i - std::min(i, kNear), i});
    return contains_folded(before, "create user ") || contains_folded(before, "alter user ");
}

}  // namespace

void find_sql_insert(Scan& scan, const Rule& rule, Place literal) {
    if (!scan.has(literal.end, Alphabet::space) || scan.was_tried(rule, literal.begin)) return;
    const auto begin = columns_begin(scan, literal.end);
    const auto columns = begin ? columns_at(scan, *begin) : std::nullopt;
    if (!columns) return;
    std::size_t i = scan.past_blanks(columns->end);
    if (!says(scan, i, "values")) return;
    i = scan.past_blanks(i + 6);
    while (scan.at(i) == '(') {
        const auto end = add_row(scan, rule, *columns, i + 1);
        if (!end) break;
        i = scan.past_blanks(*end);
        if (scan.at(i) == ',') i = scan.past_blanks(i + 1);
    }
    static_cast<void>(scan.first_try(rule, literal.begin, i));
}

void find_sql_identified(Scan& scan, const Rule& rule, Place literal) {
    // IDENTIFIED [WITH plugin] BY 'x'
    constexpr std::size_t kLongestPlugin = 48;
    const std::size_t limit = literal.end + kLongestPlugin;
    std::size_t i = literal.end;
    while (i < limit && !says(scan, i, " by ")) ++i;
    if (i == limit) return;
    i = scan.past_blanks(i + 4);
    if (says(scan, i, "values ")) i = scan.past_blanks(i + 7);
    if (!is_quoted(scan.text(), i) && !follows_user(scan, literal.begin)) return;
    const Value password = value_at(scan, i);
    const std::string_view text = scan.text(password.place);
    const bool is_word = password.quote == '\0' && is_placeholder(text);
    if (text.size() >= 3 && !is_reference(text) && !is_word) scan.add(rule, password.place);
}

}  // namespace kaizen::redact
