#include <fmt/core.h>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/sync_facts.h"

namespace kaizen::ctl {

std::string render_flush(const Look& look, const proto::Flush& flush) {
    if (flush.outcome == "disabled")
        return "sync is off: there is nothing to send, and nothing leaves this machine\n";
    const bool drained = flush.outcome == "drained";
    std::string out =
        paint(look, drained ? Style::green : Style::yellow, drained ? "✔ all sent" : "▲ not all sent") + "  ";
    out += fmt::format("{} in {}", plural(flush.rows, "row"), plural(flush.batches, "batch", "batches"));
    if (flush.deduped > 0) out += fmt::format(", {} were there already", count_text(flush.deduped));
    if (flush.pending > 0) out += fmt::format(" · {} waiting", count_text(flush.pending));
    if (flush.dead > 0) out += " · " + paint(look, Style::red, count_text(flush.dead) + " refused for good");
    if (!flush.error.empty()) out += "\n" + paint(look, Style::yellow, plain(flush.error));
    return out + "\n";
}

std::string render_sync(const Look& look, const proto::SyncStatus& sync) { return sync_facts(look, sync); }

std::string render_sync_test(const Look& look, const proto::SyncTest& test) {
    std::string out =
        paint(look, test.ok ? Style::green : Style::red, test.ok ? "✔ works" : "✖ does not work") + "  " +
        plain(test.url) + "\n";
    std::string answer;
    if (test.status) answer = fmt::format("answers {}", *test.status);
    if (test.took_ms) answer += (answer.empty() ? "no answer in " : " in ") + duration_text(test.took_ms);
    if (!answer.empty()) out += paragraph(look, 2, {answer, Style::dim});
    if (!test.message.empty()) out += paragraph(look, 2, {plain(test.message)});
    if (!test.fix.empty()) out += paragraph(look, 2, {"→ " + plain(test.fix), Style::dim});
    return out;
}

std::string render_backfill(const Look& look, const proto::Backfill& backfill) {
    const bool any = backfill.events > 0 || backfill.tool_spans > 0;
    const std::string sessions = plural(backfill.sessions, "session");
    std::string out;
    if (any)
        out = paint(look, Style::green, "✔ enqueued") +
              fmt::format("  {} and {} of {}\n", plural(backfill.events, "event"),
                          plural(backfill.tool_spans, "tool span"), sessions);
    else if (backfill.sessions == 0)
        out = "no session was active since then: nothing to enqueue\n";
    else
        out = fmt::format("nothing new in {}: what may leave was enqueued before\n", sessions);
    const auto sessions_fact = [](std::int64_t count, std::string_view why) {
        return count > 0 ? fmt::format("{} {}", plural(count, "session"), why) : std::string();
    };
    out += fact(
        look, "Withheld",
        {{sessions_fact(backfill.excluded, "excluded")},
         {sessions_fact(backfill.sampled_out, "sampled out")},
         {backfill.refused > 0 ? plural(backfill.refused, "row") + " not redactable" : "", Style::yellow}});
    return any ? out +
                     paint(look, Style::dim,
                           "→ kaizenctl outbox shows them, kaizenctl flush sends them now") +
                     "\n"
               : out;
}

}  // namespace kaizen::ctl
