#include "ctl/sync_facts.h"

#include <fmt/core.h>

#include <algorithm>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

// Of the endpoint and of exporters.
Cell state_cell(const std::string& state) {
    if (state == "backing_off") return {"backing off", Style::yellow};
    if (state == "paused") return {state, Style::yellow};
    if (state == "disabled") return {state, Style::dim};
    return {plain(state), Style::green};
}

std::string error_facts(const Look& look, const proto::SyncStatus& sync) {
    if (!sync.last_error) return {};
    const proto::LastError& error = *sync.last_error;
    const bool over = sync.last_success_at_ms && *sync.last_success_at_ms >= error.at_ms;
    if (over) return {};
    return sentence_fact(look, "",
                         {"▲ " + age_text(look, error.at_ms) + ": " + plain(error.message), Style::yellow});
}

std::string last_sent(const Look& look, const proto::SyncStatus& sync) {
    if (sync.endpoint.empty()) return {};
    return sync.last_success_at_ms ? "last sent " + age_text(look, sync.last_success_at_ms)
                                   : "nothing sent yet";
}

// While it is held up: when it goes on by itself, and what makes it go on at once.
std::string next_step(const Look& look, const proto::SyncStatus& sync) {
    const bool paused = sync.state == "paused";
    if (!paused && sync.state != "backing_off") return {};
    const std::string command = paused ? "kaizenctl sync resume" : "kaizenctl flush --now";
    const std::string when = sync.next_attempt_at_ms
                                 ? "tries again " + ahead_text(look, *sync.next_attempt_at_ms) + "; at once: "
                                 : "";
    return sentence_fact(look, "", {"→ " + when + command, Style::dim});
}

std::vector<Cell> by_kind(const proto::PendingRows& pending) {
    const auto of = [](std::int64_t number, std::string_view one) {
        return Cell{number > 0 ? plural(number, one) : ""};
    };
    return {of(pending.events, "event"), of(pending.tool_spans, "tool span"),
            of(pending.repo_snapshots, "repo snapshot"), of(pending.workspace_facts, "workspace fact")};
}

std::int64_t all_of(const proto::PendingRows& pending) {
    return pending.events + pending.tool_spans + pending.repo_snapshots + pending.workspace_facts;
}

std::string waiting_facts(const Look& look, const proto::Status& status) {
    const proto::OutboxStatus& outbox = status.outbox;
    if (all_of(outbox.pending) == 0) return {};
    std::vector<Cell> waiting = by_kind(outbox.pending);
    waiting.push_back(
        {outbox.oldest_pending_at_ms ? "the oldest of " + age_text(look, outbox.oldest_pending_at_ms) : "",
         Style::dim});
    std::string out = fact(look, "Waiting", waiting);
    if (status.sync.enabled) return out;
    return out + sentence_fact(look, "", {"→ sync is off, so they stay: kaizenctl outbox", Style::dim});
}

std::string dead_facts(const Look& look, std::int64_t dead) {
    if (dead == 0) return {};
    return fact(look, "Dead", {{plural(dead, "row was", "rows were") + " given up", Style::red}}) +
           sentence_fact(look, "", {"→ kaizenctl outbox dead", Style::dim});
}

std::string exporter_problem(const Look& look, const proto::ExporterStatus& exporter) {
    const auto& error = exporter.last_error;
    const bool over = !error || (exporter.last_success_at_ms && *exporter.last_success_at_ms >= error->at_ms);
    const std::string what = !exporter.reason.empty() ? exporter.reason : over ? "" : error->message;
    if (what.empty()) return {};
    const std::string when = over ? "" : age_text(look, error->at_ms) + ": ";
    return sentence_fact(look, "", {"▲ " + when + plain(what), Style::yellow});
}

}  // namespace

std::string server_of(std::string_view endpoint) {
    constexpr std::string_view kSecure = "https://";
    constexpr std::string_view kOpen = "http://";
    const bool open = endpoint.starts_with(kOpen);
    if (endpoint.starts_with(kSecure)) endpoint.remove_prefix(kSecure.size());
    if (open) endpoint.remove_prefix(kOpen.size());
    endpoint = endpoint.substr(0, endpoint.find('/'));
    const std::size_t user = endpoint.rfind('@');
    if (user != std::string_view::npos) endpoint.remove_prefix(user + 1);
    return (open ? std::string(kOpen) : std::string()) + plain(endpoint);
}

std::string sync_facts(const Look& look, const proto::SyncStatus& sync) {
    if (!sync.enabled) return fact(look, "Sync", {{"off"}, {"nothing leaves this machine", Style::dim}});
    const bool alone = sync.endpoint.empty();
    std::string out = fact(look, "Sync",
                           {alone && sync.state != "paused" ? Cell{} : state_cell(sync.state),
                            {alone ? "to exporters only" : server_of(sync.endpoint)},
                            {last_sent(look, sync)}});
    const bool said = sync.last_error && sync.last_error->message == sync.reason;
    if (!said && !sync.reason.empty()) out += sentence_fact(look, "", {plain(sync.reason)});
    out += error_facts(look, sync) + next_step(look, sync);
    if (sync.batches_sent == 0) return out;
    return out +
           fact(look, "Sent",
                {{plural(sync.rows_sent, "row") + " in " + plural(sync.batches_sent, "batch", "batches")},
                 {sync.rows_deduped > 0 ? count_text(sync.rows_deduped) + " already there" : ""}});
}

std::string outbox_facts(const Look& look, const proto::Status& status) {
    return waiting_facts(look, status) + dead_facts(look, status.outbox.dead) +
           withheld_fact(look, status.outbox);
}

std::string exporter_facts(const Look& look, const std::vector<proto::ExporterStatus>& exporters) {
    std::string out;
    for (const proto::ExporterStatus& exporter : exporters) {
        const std::string type = exporter.type == exporter.name ? "" : plain(exporter.type);
        const auto number = [](std::int64_t count, std::string_view what) {
            return count > 0 ? fmt::format("{} {}", count_text(count), what) : std::string();
        };
        out += fact(look, out.empty() ? "Exporters" : "",
                    {{plain(exporter.name), Style::bold},
                     {type},
                     state_cell(exporter.state),
                     {count_text(exporter.rows_sent) + " sent"},
                     {exporter.backlog > 0 ? plural(exporter.backlog, "batch waits", "batches wait") : ""},
                     {number(exporter.dropped, "dropped"), Style::yellow},
                     {number(exporter.dead, "dead"), Style::red},
                     {number(exporter.rejected, "rejected by it"), Style::yellow}});
        out += exporter_problem(look, exporter);
    }
    return out;
}

std::string balance_fact(const Look& look, const proto::Balance& balance) {
    if (balance.enqueued == 0) return {};
    const auto term = [](std::string_view sign, std::int64_t rows, std::string_view where) {
        return Cell{fmt::format("{} {} {}", sign, count_text(rows), where)};
    };
    const auto if_any = [&](std::int64_t rows, std::string_view where) {
        return rows > 0 ? term("+", rows, where) : Cell{};
    };
    return fact(look, "Rows",
                {{count_text(balance.enqueued) + " enqueued"},
                 term("=", balance.delivered, "delivered"),
                 term("+", balance.pending, "waiting"),
                 if_any(balance.dead, "dead"),
                 if_any(balance.dropped_by_user, "dropped by you")},
                {" "});
}

std::string withheld_fact(const Look& look, const proto::OutboxStatus& outbox) {
    const auto number = [](std::int64_t count, std::string_view why) {
        return count > 0 ? fmt::format("{} {}", count_text(count), why) : std::string();
    };
    return fact(look, "Withheld",
                {{number(outbox.refused, "refused by the redactor"), Style::yellow},
                 {number(outbox.excluded, "excluded")},
                 {number(outbox.sampled_out, "sampled out")}});
}

}  // namespace kaizen::ctl
