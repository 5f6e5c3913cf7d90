#include "daemon/control/metrics.h"

#include <fmt/core.h>

#include <map>
#include <string_view>
#include <utility>

#include "proto/left_out.h"

namespace kaizen::control {
namespace {

// Values of labels are ours (agents, kinds, states) or configured (names of exporters).
std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\\' || c == '"') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

class Metrics {
  public:
    void begin(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_ += fmt::format("# HELP kaizen_{0} {1}\n# TYPE kaizen_{0} {2}\n", name, help, type);
    }
    void value(std::int64_t number) { out_ += fmt::format("kaizen_{} {}\n", name_, number); }
    void value(std::string_view label, std::string_view of, std::int64_t number) {
        out_ += fmt::format("kaizen_{}{{{}=\"{}\"}} {}\n", name_, label, escaped(of), number);
    }
    void one(std::string_view name, std::string_view type, std::string_view help, std::int64_t number) {
        begin(name, type, help);
        value(number);
    }
    [[nodiscard]] std::string text() && { return std::move(out_); }

  private:
    std::string name_;
    std::string out_;
};

void add_sources(Metrics& out, const proto::Status& status) {
    using Member = std::int64_t proto::SourceStatus::*;
    const auto by_agent = [&](std::string_view name, std::string_view type, std::string_view help,
                              Member member) {
        std::map<std::string, std::int64_t> sums;
        for (const proto::SourceStatus& source : status.sources) sums[source.agent] += source.*member;
        out.begin(name, type, help);
        for (const auto& [agent, sum] : sums) out.value("agent", agent, sum);
    };
    by_agent("read_bytes_total", "counter", "Bytes of session files read.", &proto::SourceStatus::bytes_read);
    by_agent("behind_bytes", "gauge", "Bytes of session files not read yet.",
             &proto::SourceStatus::bytes_behind);
    by_agent("events_total", "counter", "Events stored.", &proto::SourceStatus::events);
    by_agent("bad_lines_total", "counter", "Lines that could not be read.", &proto::SourceStatus::bad_lines);
    const std::vector<proto::LeftOut> left_out = proto::left_out_of(status.sources);
    if (left_out.empty()) return;
    out.begin("left_out_files", "gauge", "What lies below the places that are watched and is not read.");
    for (const proto::LeftOut& kind : left_out) out.value("reason", kind.reason, kind.count);
}

void add_outbox(Metrics& out, const proto::Status& status) {
    out.begin("outbox_pending_rows", "gauge", "Rows that wait to be sent.");
    out.value("kind", "events", status.outbox.pending.events);
    out.value("kind", "tool_spans", status.outbox.pending.tool_spans);
    out.value("kind", "repo_snapshots", status.outbox.pending.repo_snapshots);
    out.value("kind", "workspace_facts", status.outbox.pending.workspace_facts);
    out.one("outbox_enqueued_rows_total", "counter", "Rows that came into the outbox.",
            status.balance.enqueued);
    out.one("outbox_delivered_rows_total", "counter", "Rows that were delivered.", status.balance.delivered);
    out.one("outbox_dead_rows", "gauge", "Rows that the server refused.", status.balance.dead);
    out.one("outbox_dropped_rows_total", "counter", "Rows that the user dropped.",
            status.balance.dropped_by_user);
    out.one("redaction_refused_rows_total", "counter", "Rows that could not be redacted, so they stay here.",
            status.outbox.refused);
}

void add_sync(Metrics& out, const proto::SyncStatus& sync) {
    out.begin("sync_state", "gauge", "1 for the state that sending is in.");
    for (const char* state : {"disabled", "idle", "flushing", "backing_off", "paused"})
        out.value("state", state, sync.state == state ? 1 : 0);
    out.one("sync_batches_sent_total", "counter", "Requests that were taken.", sync.batches_sent);
    out.one("sync_rows_sent_total", "counter", "Rows in them.", sync.rows_sent);
    out.one("sync_rows_deduped_total", "counter", "Of these, rows that the server had already.",
            sync.rows_deduped);
    if (sync.last_success_at_ms)
        out.one("sync_last_success_seconds", "gauge", "Unix time of the last request that was taken.",
                *sync.last_success_at_ms / 1000);
}

void add_exporters(Metrics& out, const std::vector<proto::ExporterStatus>& exporters) {
    if (exporters.empty()) return;
    using Member = std::int64_t proto::ExporterStatus::*;
    const auto by_name = [&](std::string_view name, std::string_view type, std::string_view help,
                             Member member) {
        out.begin(name, type, help);
        for (const proto::ExporterStatus& exporter : exporters)
            out.value("exporter", exporter.name, exporter.*member);
    };
    by_name("exporter_rows_sent_total", "counter", "Rows that the exporter took.",
            &proto::ExporterStatus::rows_sent);
    by_name("exporter_backlog_batches", "gauge", "Batches that wait for the exporter.",
            &proto::ExporterStatus::backlog);
    by_name("exporter_dropped_rows_total", "counter", "Rows that were given up, since its backlog was full.",
            &proto::ExporterStatus::dropped);
    by_name("exporter_dead_rows", "gauge", "Rows that the exporter refused.", &proto::ExporterStatus::dead);
}

}  // namespace

std::string metrics_text(const proto::Status& status) {
    Metrics out;
    out.one("up_ms", "gauge", "How long the daemon has been running.", status.uptime_ms);
    out.one("resident_bytes", "gauge", "Resident memory.", status.process.rss_bytes);
    out.one("cpu_ms_total", "counter", "CPU time used.", status.process.cpu_ms);
    out.one("store_bytes", "gauge", "Size of the database.", status.store.bytes);
    out.one("sessions", "gauge", "Sessions stored.", status.store.sessions);
    out.begin("health_items", "gauge", "What stands in kaizenctl status under health.");
    for (const char* severity : {"info", "warning", "error"}) {
        std::int64_t items = 0;
        for (const proto::HealthItem& item : status.health) items += item.severity == severity ? 1 : 0;
        out.value("severity", severity, items);
    }
    out.one("control_refused_peers_total", "counter", "Connections of other users, closed unheard.",
            status.control.refused_peers);
    out.one("control_turned_away_total", "counter", "Connections beyond the 64 that may be open.",
            status.control.turned_away);
    add_sources(out, status);
    add_outbox(out, status);
    add_sync(out, status.sync);
    add_exporters(out, status.exporters);
    return std::move(out).text();
}

}  // namespace kaizen::control
