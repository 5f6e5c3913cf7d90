#include <fmt/core.h>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"

namespace kaizen::ctl {
namespace {

Style style_of(const ServiceState& state) {
    if (state.state == "active") return Style::green;
    return state.state == "failed" ? Style::red : Style::yellow;
}

}  // namespace

std::string render_service(const Look& look, const ServiceState& state) {
    if (!state.installed())
        return paint(look, Style::dim, "○") + " kaizend is not installed as a service\n" +
               paragraph(look, 2, {"→ kaizenctl service install"});
    const Style style = style_of(state);
    std::string out = paint(look, style, "●") + " " + paint(look, Style::bold, "kaizend as a service") +
                      "  " + paint(look, style, plain(state.state));
    if (state.pid) out += paint(look, Style::dim, fmt::format(" · pid {}", *state.pid));
    out += "\n\n";
    if (!state.reason.empty()) out += sentence_fact(look, "Why", {plain(state.reason), Style::red});
    out += fact(look, "Unit", {{with_tilde(look, state.file)}});
    out += fact(look, "Runs", {{with_tilde(look, state.program)}});
    out += fact(look, "At log-in", {{state.enabled ? "starts by itself" : "does not start (not enabled)"}});
    if (state.lingers)
        out += fact(look, "At log-out",
                    {{*state.lingers ? "goes on (lingering)" : "ends; loginctl enable-linger changes that"}});
    if (state.state == "failed") out += sentence_fact(look, "", {"→ kaizenctl service logs"});
    if (state.state == "inactive") out += sentence_fact(look, "", {"→ kaizenctl service start"});
    if (state.state == "masked") out += sentence_fact(look, "", {"→ systemctl --user unmask kaizend"});
    return out;
}

}  // namespace kaizen::ctl
