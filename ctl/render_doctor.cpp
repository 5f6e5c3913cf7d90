#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/text.h"
#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/severity.h"

namespace kaizen::ctl {
namespace {

constexpr int kIndent = 2;
constexpr int kGap = 2;

// Details begin below each other behind titles that are short; long ones are sentences.
int title_columns(const std::vector<proto::Check>& checks) {
    constexpr int kShort = 20;
    int columns = 0;
    for (const proto::Check& check : checks) {
        const int title = columns_of(plain(check.title));
        if (title <= kShort) columns = std::max(columns, title);
    }
    return columns;
}

// A detail goes behind its title where both fit on a line, else below it.
std::string said(const Look& look, const Cell& title, const Cell& detail, int columns) {
    if (detail.text.empty()) return paragraph(look, kIndent, title);
    const int title_end = kIndent + std::max(columns, columns_of(title.text));
    if (title_end + kGap + columns_of(detail.text) > look.width)
        return paragraph(look, kIndent, title) + paragraph(look, kIndent, detail);
    return std::string(kIndent, ' ') + left(look, title, columns) + std::string(kGap, ' ') +
           paint(look, detail.style, detail.text) + "\n";
}

// What follows the first line is to be copied as it is.
std::string fix_lines(const Look& look, const std::string& fix) {
    std::string out;
    for (const std::string_view line : split(fix, '\n')) {
        if (fix.empty()) break;
        out += out.empty() ? paragraph(look, kIndent, {"→ " + plain(line)})
                           : std::string(2 * kIndent, ' ') + plain(line) + "\n";
    }
    return out;
}

std::string check_lines(const Look& look, const proto::Check& check, int columns) {
    const Cell mark = severity_mark(check.severity);
    const Cell title{plain(check.title), is_trouble(check.severity) ? Style::bold : Style::plain};
    const std::string text = said(look, title, {plain(check.detail), Style::dim}, columns);
    return left(look, mark, kIndent) + text.substr(kIndent) + fix_lines(look, check.fix);
}

std::string counts(const Look& look, const std::vector<proto::Check>& checks) {
    const auto of = [&](std::string_view severity) {
        return std::count_if(checks.begin(), checks.end(),
                             [&](const proto::Check& check) { return check.severity == severity; });
    };
    const std::int64_t errors = of("error");
    const std::int64_t warnings =
        std::count_if(checks.begin(), checks.end(),
                      [](const proto::Check& check) { return is_trouble(check.severity); }) -
        errors;
    const std::string all = plural(static_cast<std::int64_t>(checks.size()), "check");
    const std::int64_t notes = of("info");
    if (errors + warnings + notes == 0)
        return paint(look, Style::green, "✔ all well") + paint(look, Style::dim, " · " + all) + "\n";
    std::string out = all + fmt::format(" · {} ok", of("ok"));
    if (notes > 0) out += " · " + plural(notes, "note");
    if (warnings > 0) out += " · " + paint(look, Style::yellow, plural(warnings, "warning"));
    if (errors > 0) out += " · " + paint(look, Style::red, plural(errors, "error"));
    return out + "\n";
}

}  // namespace

std::string render_doctor(const Look& look, const proto::Doctor& doctor) {
    const int columns = title_columns(doctor.checks);
    std::string out;
    for (const proto::Check& check : doctor.checks) out += check_lines(look, check, columns);
    return out + "\n" + counts(look, doctor.checks);
}

}  // namespace kaizen::ctl
