// What is said of sync: in status, health and metrics.

#include <fmt/core.h>

#include <algorithm>

#include "daemon/sync.h"

namespace kaizen {

// Why nothing can be sent to it.
std::optional<Error> Sync::problem_of(const Way& way) const {
    for (const PlannedReceiver& receiver : plan_.receivers) {
        if (receiver.receiver == way.receiver && receiver.problem) return receiver.problem;
    }
    if (!plan_.gate && !plan_.problems.empty()) return plan_.problems.front();
    return std::nullopt;
}

proto::SyncStatus Sync::status() const {
    proto::SyncStatus status = endpoint().flusher->status();
    const bool alone = is_on() && !status.enabled;  // the exporters are, of whom some may be paused
    status.enabled = is_on();
    if (alone && is_paused_by_user()) {
        const outbox::Receiver& receiver = endpoint().flusher->stock().receiver;
        status.state = "paused";
        status.reason = receiver.pause_title + ": " + receiver.pause_fix;
    }
    if (!problem_.empty()) status.reason = problem_;
    return status;
}

proto::ExporterStatus Sync::describe(const Way& way) const {
    const proto::SyncStatus sending = way.flusher->status();
    proto::ExporterStatus status;
    status.name = way.name;
    status.type = way.type;
    status.place = way.place;
    status.state = sending.enabled ? sending.state : "disabled";
    status.reason = sending.reason;
    if (const auto problem = problem_of(way)) status.reason = problem->message;
    status.last_success_at_ms = sending.last_success_at_ms;
    status.next_attempt_at_ms = sending.next_attempt_at_ms;
    status.batches_sent = sending.batches_sent;
    status.rows_sent = sending.rows_sent;
    status.backlog = way.stock.backlog;
    status.dropped = way.stock.receiver.rows_dropped;
    status.dead = way.stock.dead;
    status.rejected = way.stock.receiver.items_rejected;
    status.last_error = sending.last_error;
    return status;
}

std::vector<proto::ExporterStatus> Sync::exporters() const {
    std::vector<proto::ExporterStatus> all;
    for (const WayPtr& way : exporter_ways()) all.push_back(describe(*way));
    return all;
}

void Sync::add_health(Health& health) const {
    constexpr UnixMs kDay = 24 * UnixMs{3'600'000};
    const auto failing = std::find_if(ways_.begin(), ways_.end(),
                                      [](const WayPtr& way) { return !way->flusher->problem().empty(); });
    if (failing != ways_.end()) {
        health.add("outbox_failing", "error",
                   "the outbox cannot be worked on, rows wait: " + (*failing)->flusher->problem(),
                   "free disk space or mend the database; nothing is lost meanwhile");
    }
    if (!problem_.empty()) {
        health.add("sync_unusable", "error", "sync is off although it is configured: " + problem_,
                   "kaizenctl doctor says what to do; then kaizenctl reload");
    }
    const proto::SyncStatus sync = status();
    if (sync.state == "paused")
        health.add("sync_paused", "warning", "rows wait, sending is paused: " + sync.reason,
                   "kaizenctl sync resume");
    for (const WayPtr& way : exporter_ways()) {
        const proto::ExporterStatus exporter = describe(*way);
        const std::string label = "exporter " + exporter.name;
        const auto problem = problem_of(*way);
        if (problem && problem_.empty())
            health.add("exporter_unusable:" + exporter.name, "error",
                       "nothing can be sent to " + problem->message,
                       problem->hint + "; then kaizenctl reload");
        if (exporter.state == "paused" && sync.state != "paused")
            health.add("exporter_paused:" + exporter.name, "warning", label + " is paused, rows wait for it",
                       "kaizenctl export test " + exporter.name + " says what to mend");
        if (exporter.dead > 0)
            health.add("exporter_dead:" + exporter.name, "warning",
                       fmt::format("{} refused {} rows", label, exporter.dead), "kaizenctl outbox dead");
        if (now() - way->stock.receiver.last_drop_at.value_or(0) < kDay)
            health.add(
                "exporter_dropped:" + exporter.name, "warning",
                fmt::format("{} was away too long: {} rows will never reach it", label, exporter.dropped),
                "export.exporter_backlog_max says how many batches are kept");
    }
}

}  // namespace kaizen
