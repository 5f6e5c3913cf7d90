#include <fmt/core.h>

#include <algorithm>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/sync_facts.h"

namespace kaizen::ctl {
namespace {

bool sent_any(const proto::Flush& flush) {
    return flush.batches > 0 || std::any_of(flush.exporters.begin(), flush.exporters.end(),
                                            [](const auto& exporter) { return exporter.batches > 0; });
}

Cell flush_outcome(const proto::Flush& flush) {
    if (flush.outcome == "drained") return {sent_any(flush) ? "✔ all sent" : "✔ nothing waits", Style::green};
    if (flush.outcome == "started") return {"✔ sending begins", Style::green};
    if (flush.outcome == "timeout") return {"▲ not done in time", Style::yellow};
    return {flush.rows > 0 ? "▲ not all sent" : "▲ not sent", Style::yellow};
}

std::string exporter_flush(const Look& look, const proto::ExporterFlush& exporter) {
    if (exporter.outcome == "disabled") return {};
    const Cell mark = exporter.waiting > 0 ? Cell{"▲ ", Style::yellow} : Cell{"✔ ", Style::green};
    std::string out =
        "  " + paint(look, mark.style, mark.text) + paint(look, Style::bold, plain(exporter.name));
    std::string_view gap = "  ";
    for (const Cell& cell :
         {Cell{exporter.rows > 0 ? plural(exporter.rows, "row") + " sent" : ""},
          Cell{exporter.waiting > 0 ? plural(exporter.waiting, "row waits", "rows wait") : ""},
          Cell{exporter.dead > 0 ? count_text(exporter.dead) + " dead" : "", Style::red}}) {
        if (cell.text.empty()) continue;
        out += paint(look, Style::dim, gap) + paint(look, cell.style, cell.text);
        gap = " · ";
    }
    out += "\n";
    return exporter.error.empty() ? out : out + paragraph(look, 4, {plain(exporter.error), Style::yellow});
}

std::string flush_of_nothing(std::int64_t waiting) {
    const std::string what =
        waiting > 0 ? plural(waiting, "row waits", "rows wait") : "there is nothing to send";
    return "sync is off: " + what + ", and nothing leaves this machine\n";
}

// Over plain http anybody on the way may answer.
std::string_view proof_text(std::string_view proof) {
    if (proof == "header") return "the header X-Kaizen-Ingest shows that it is the endpoint";
    if (proof == "body") return "the body of the answer shows that it is the endpoint";
    if (proof == "none") return "neither header nor body shows that it is the endpoint";
    return {};
}

std::string test_details(const Look& look, const proto::SyncTest& test) {
    std::string out;
    std::string answer;
    if (test.status) answer = fmt::format("answers {}", *test.status);
    const std::string_view what = !answer.empty() ? " in " : test.ok ? "done in " : "no answer in ";
    if (test.took_ms) answer.append(what).append(duration_text(test.took_ms));
    if (!answer.empty()) out += paragraph(look, 2, {answer, Style::dim});
    if (!test.message.empty()) out += paragraph(look, 2, {plain(test.message)});
    const std::string_view proof = proof_text(test.proof);
    if (!proof.empty()) out += paragraph(look, 2, {std::string(proof), Style::dim});
    if (!test.fix.empty()) out += paragraph(look, 2, {"→ " + plain(test.fix), Style::dim});
    return out;
}

std::string late_line(const Look& look, const proto::Backfill& backfill) {
    constexpr std::int64_t kHour = 3'600'000;
    if (backfill.late_rows == 0 || backfill.late_for.empty()) return {};
    const std::string line =
        fmt::format("▲ {} of {} are older than {} h: {} takes them under the time of their arrival",
                    count_text(backfill.late_rows), plural(backfill.events + backfill.tool_spans, "row"),
                    backfill.late_after_ms / kHour, plain(backfill.late_for));
    return paragraph(look, 2, {line, Style::yellow});
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
    for (const proto::ExporterFlush& exporter : flush.exporters) out += exporter_flush(look, exporter);
    return flush.dead > 0 ? out + paragraph(look, 2, {"→ kaizenctl outbox dead", Style::dim}) : out;
}

std::string render_sync(const Look& look, const proto::SyncStatus& sync) { return sync_facts(look, sync); }

std::string render_sync_test(const Look& look, const proto::SyncTest& test) {
    const Cell outcome = test.ok ? Cell{"✔ works", Style::green} : Cell{"✖ does not work", Style::red};
    std::string out = paint(look, outcome.style, outcome.text);
    if (!test.url.empty()) out += "  " + plain(test.url);
    return out + "\n" + test_details(look, test);
}

std::string render_export_test(const Look& look, const proto::ExportTest& tests) {
    if (tests.exporters.empty())
        return "no exporter is configured\n" +
               paragraph(look, 2, {"→ [[export.to]] in the file that kaizenctl paths names", Style::dim});
    std::string out;
    for (const proto::ExporterTest& exporter : tests.exporters) {
        const bool ok = exporter.test.ok;
        out += paint(look, ok ? Style::green : Style::red, ok ? "✔ " : "✖ ") +
               paint(look, Style::bold, plain(exporter.name)) + "  " + plain(exporter.test.url) + "\n" +
               test_details(look, exporter.test);
    }
    return out;
}

std::string render_backfill(const Look& look, const proto::Backfill& backfill) {
    const bool any = backfill.events > 0 || backfill.tool_spans > 0;
    const std::string sessions = plural(backfill.sessions, "session");
    std::string out;
    if (any)
        out = paint(look, Style::green, backfill.dry_run ? "would enqueue" : "✔ enqueued") +
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
    out += late_line(look, backfill);
    if (!any) return out;
    const char* const next = backfill.dry_run
                                 ? "→ the same without --dry-run does it"
                                 : "→ kaizenctl outbox shows them, kaizenctl flush sends them now";
    return out + paragraph(look, 0, {next, Style::dim});
}

}  // namespace kaizen::ctl
