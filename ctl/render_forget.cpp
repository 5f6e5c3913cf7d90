#include <fmt/core.h>

#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/table.h"

namespace kaizen::ctl {
namespace {

std::string line(const Look& look, std::string_view text) { return paint(look, Style::dim, text) + "\n"; }

}  // namespace

std::string render_forgotten(const Look& look, const proto::Forgotten& forgotten, bool done) {
    if (forgotten.sessions == 0)
        return std::string(forgotten.pinned > 0 ? "nothing to forget but pinned sessions"
                                                : "nothing to forget") +
               "\n";
    std::string out =
        fmt::format("{} {} · {} · {}\n", done ? "forgot" : "would forget",
                    paint(look, Style::bold, plural(forgotten.sessions, "session")),
                    plural(forgotten.events, "event"), plural(forgotten.tool_spans, "tool call"));
    if (forgotten.outbox_rows > 0)
        out += plural(forgotten.outbox_rows, "row") + " of the outbox will not be sent\n";
    if (forgotten.outbox_rows_leaving > 0)
        out += paint(look, Style::yellow, plural(forgotten.outbox_rows_leaving, "row")) +
               " are being sent and cannot be called back\n";
    if (forgotten.responses > 0)
        out += "tokens and cost of " + plural(forgotten.responses, "response") + " are in no sum any more\n";
    if (forgotten.pinned > 0)
        out += line(look, plural(forgotten.pinned, "pinned session") + " stayed; name one to forget it");
    if (done) return out + line(look, "the agents' own files are untouched, and are not read into it again");
    return out + line(look, "their tokens and cost stay in the sums, unless --usage takes them out") +
           "\nWhat is forgotten does not come back: --yes does it\n";
}

std::string render_pinned(const Look& look, const proto::Pinned& pinned) {
    return fmt::format("{} {}\n", paint(look, Style::bold, short_id(plain(pinned.session))),
                       pinned.pinned ? "is pinned: retention leaves it alone" : "is not pinned");
}

}  // namespace kaizen::ctl
