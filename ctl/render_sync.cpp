#include <fmt/core.h>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/sync_facts.h"

namespace kaizen::ctl {
namespace {

Cell flush_outcome(const proto::Flush& flush) {
    if (flush.outcome == "drained")
        return {flush.batches > 0 ? "✔ all sent" : "✔ nothing waits", Style::green};
    if (flush.outcome == "started") return {"✔ sending begins", Style::green};
    if (flush.outcome == "timeout") return {"▲ not done in time", Style::yellow};
    return {flush.rows > 0 ? "▲ not all sent" : "▲ not sent", Style::yellow};
}

std::string flush_of_nothing(std::int64_t waiting) {
    const std::string what =
        waiting > 0 ? plural(waiting, "row waits", "rows wait") : "there is nothing to send";
    return "sync is off: " + what + ", and nothing leaves this machine\n";
}

}  // namespace

std::string render_flush(const Look& look, const proto::Flush& flush) {
    if (flush.outcome == "disabled") return flush_of_nothing(flush.pending);
    const Cell outcome = flush_outcome(flush);
    std::string out = paint(look, outcome.style, outcome.text);
    const std::string sent = plural(flush.rows, "row") + " in " + plural(flush.batches, "batch", "batches");
    std::string_view gap = "  ";
    for (const Cell& cell : {Cell{flush.batches > 0 ? sent : ""},
                             Cell{flush.deduped > 0 ? count_text(flush.deduped) + " already there" : ""},
                             Cell{flush.pending > 0 ? plural(flush.pending, "row waits", "rows wait") : ""},
                             Cell{flush.dead > 0 ? count_text(flush.dead) + " dead" : "", Style::red}}) {
        if (cell.text.empty()) continue;
        out += paint(look, Style::dim, gap) + paint(look, cell.style, cell.text);
        gap = " · ";
    }
    out += "\n";
    if (!flush.error.empty()) out += paragraph(look, 2, {plain(flush.error), Style::yellow});
    return flush.dead > 0 ? out + paragraph(look, 2, {"→ kaizenctl outbox dead", Style::dim}) : out;
}

std::string render_sync(const Look& look, const proto::SyncStatus& sync) { return sync_facts(look, sync); }

std::string render_sync_test(const Look& look, const proto::SyncTest& test) {
    const Cell outcome = test.ok ? Cell{"✔ works", Style::green} : Cell{"✖ does not work", Style::red};
    std::string out = paint(look, outcome.style, outcome.text);
    if (!test.url.empty()) out += "  " + plain(test.url);
    out += "\n";
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
    out += fact(look, "Withheld",
                {{sessions_fact(backfill.excluded, "excluded")},
                 {sessions_fact(backfill.sampled_out, "sampled out")},
                 {backfill.refused > 0 ? plural(backfill.refused, "row") + " refused by the redactor" : "",
                  Style::yellow}});
    if (!any) return out;
    return out +
           paragraph(look, 0, {"→ kaizenctl outbox shows them, kaizenctl flush sends them now", Style::dim});
}

}  // namespace kaizen::ctl
