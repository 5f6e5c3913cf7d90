#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/severity.h"

namespace kaizen::ctl {
namespace {

constexpr int kIndent = 2;

// A detail goes behind its title where both fit on a line.
std::string check_lines(const Look& look, const proto::Check& check) {
    const Cell mark = severity_mark(check.severity);
    const std::string title = plain(check.title);
    const std::string detail = plain(check.detail);
    const bool together = kIndent + columns_of(title) + 2 + columns_of(detail) <= look.width;
    std::string out = paint(look, mark.style, mark.text) + " ";
    const Style style = is_trouble(check.severity) ? Style::bold : Style::plain;
    if (together)
        out +=
            paint(look, style, title) + (detail.empty() ? "" : "  " + paint(look, Style::dim, detail)) + "\n";
    else
        out += paragraph(look, kIndent, {title, style}).substr(kIndent) +
               (detail.empty() ? "" : paragraph(look, kIndent, {detail, Style::dim}));
    return out + (check.fix.empty() ? "" : paragraph(look, kIndent, {"→ " + plain(check.fix)}));
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
    if (errors + warnings == 0)
        return paint(look, Style::green, "✔ all well") +
               paint(look, Style::dim, " · " + plural(static_cast<std::int64_t>(checks.size()), "check")) +
               "\n";
    std::string out =
        plural(static_cast<std::int64_t>(checks.size()), "check") + fmt::format(" · {} ok", of("ok"));
    if (warnings > 0) out += " · " + paint(look, Style::yellow, plural(warnings, "warning"));
    if (errors > 0) out += " · " + paint(look, Style::red, plural(errors, "error"));
    return out + "\n";
}

}  // namespace

std::string render_doctor(const Look& look, const proto::Doctor& doctor) {
    std::string out;
    for (const proto::Check& check : doctor.checks) out += check_lines(look, check);
    return out + "\n" + counts(look, doctor.checks);
}

}  // namespace kaizen::ctl
