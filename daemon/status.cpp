#include "daemon/status.h"

#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace kaizen {
namespace {

constexpr std::int64_t kNamedFiles = 20;

std::int64_t resident_bytes() {
#ifdef __linux__
    std::ifstream in("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    if (in >> total >> resident) return resident * ::sysconf(_SC_PAGESIZE);
#endif
    return 0;
}

std::int64_t milliseconds(const timeval& time) {
    return std::int64_t{time.tv_sec} * 1000 + time.tv_usec / 1000;
}

}  // namespace

StoredFacts ask_stored_facts(insight::Reader& reader, UnixMs now) {
    insight::History& history = reader.history();
    StoredFacts facts = {history.store_status(),
                         history.sources(),
                         history.unreadable_files(kNamedFiles),
                         history.unknown_kinds(),
                         history.usage().today(now),
                         reader.outbox().summary(),
                         {}};
    facts.damaged = store::set_aside_before(facts.store.path);
    return facts;
}

std::vector<proto::SourceStatus> join_sources(const std::vector<WatchedTree>& trees,
                                              std::vector<proto::SourceStatus> stored,
                                              const std::vector<std::int64_t>& bytes_unread) {
    std::vector<proto::SourceStatus> all;
    for (const WatchedTree& tree : trees) {
        proto::SourceStatus source;
        const auto known = std::find_if(stored.begin(), stored.end(), [&](const proto::SourceStatus& one) {
            return one.root == tree.root && one.agent == tree.agent;
        });
        if (known != stored.end()) {
            source = std::move(*known);
            stored.erase(known);
        }
        source.agent = tree.agent;
        source.root = tree.root;
        source.present = tree.state.present;
        source.watching = tree.state.polling ? "poll" : "inotify";
        source.files = std::max(source.files, static_cast<std::int64_t>(tree.state.files));
        if (all.size() < bytes_unread.size())
            source.bytes_behind = std::max(source.bytes_behind, bytes_unread[all.size()]);
        all.push_back(std::move(source));
    }
    for (proto::SourceStatus& source : stored) all.push_back(std::move(source));
    return all;
}

void Health::begin(UnixMs now) {
    now_ = now;
    items_.clear();
}

void Health::add(std::string code, std::string severity, std::string title, std::string fix) {
    proto::HealthItem item;
    item.since_ms = since_.try_emplace(code, now_).first->second;
    item.code = std::move(code);
    item.severity = std::move(severity);
    item.title = std::move(title);
    item.fix = std::move(fix);
    items_.push_back(std::move(item));
}

std::vector<proto::HealthItem> Health::finish() {
    std::erase_if(since_, [&](const auto& entry) {
        return std::none_of(items_.begin(), items_.end(),
                            [&](const auto& item) { return item.code == entry.first; });
    });
    return std::move(items_);
}

void add_stored_health(Health& health, const StoredFacts& facts) {
    if (!facts.unreadable.empty()) {
        const proto::SessionFile& first = facts.unreadable.front();
        const std::string more =
            facts.unreadable.size() > 1 ? fmt::format(" and {} more", facts.unreadable.size() - 1) : "";
        health.add("files_unreadable", "warning",
                   fmt::format("cannot read {}{}: {}", first.path, more, first.problem),
                   fmt::format("check its permissions: ls -l '{}'", first.path));
    }
    if (!facts.unknown_kinds.empty()) {
        const store::LineKind& first = facts.unknown_kinds.front();
        health.add("unknown_records", "info",
                   fmt::format("{} writes records this version does not know ({}, {} lines; {} kinds in "
                               "all); they are counted "
                               "and skipped",
                               first.agent, first.kind, first.lines, facts.unknown_kinds.size()),
                   "a newer kaizend may know them");
    }
}

void add_outbox_health(Health& health, const StoredFacts& facts, const std::string& redaction_problem,
                       bool sync_is_on) {
    const outbox::Balance& balance = facts.outbox.balance;
    if (!redaction_problem.empty()) {
        health.add("redaction_failing", "warning",
                   fmt::format("{} rows stay here, they could not be redacted: {}",
                               facts.outbox.withheld.refused, redaction_problem),
                   "nothing unredacted leaves; please report this");
    }
    if (balance.dead > 0) {
        health.add("outbox_dead", "warning",
                   fmt::format("{} rows were refused and will not be sent by themselves", balance.dead),
                   "kaizenctl outbox dead");
    }
    if (balance.pending > 0 && !sync_is_on) {
        health.add("outbox_waits", "info",
                   fmt::format("{} rows wait in the outbox, and sync is off", balance.pending),
                   "turn sync on again, or kaizenctl outbox drop");
    }
    const std::int64_t sum = balance.delivered + balance.pending + balance.dead + balance.dropped;
    if (balance.enqueued != sum) {
        health.add("outbox_balance", "error",
                   fmt::format("{} rows were enqueued, {} are accounted for", balance.enqueued, sum),
                   "please report this");
    }
}

void add_watch_health(Health& health, const std::vector<WatchedTree>& trees) {
    for (const WatchedTree& tree : trees) {
        if (tree.state.problem.empty()) continue;
        health.add("watch_" + tree.agent + ":" + tree.root, "warning", tree.state.problem,
                   tree.state.polling ? "changes there are found by looking every poll_interval_ms" : "");
    }
}

proto::OutboxStatus outbox_status(const outbox::Summary& outbox) {
    using proto::ingest::Kind;
    const auto pending = [&](Kind kind) { return outbox.pending[static_cast<std::size_t>(kind)]; };
    proto::OutboxStatus status;
    status.pending = {pending(Kind::events), pending(Kind::tool_spans), pending(Kind::repo_snapshots),
                      pending(Kind::workspace_facts)};
    status.oldest_pending_at_ms = outbox.oldest_at;
    status.dead = outbox.balance.dead;
    status.refused = outbox.withheld.refused;
    status.excluded = outbox.withheld.excluded;
    status.sampled_out = outbox.withheld.sampled_out;
    return status;
}

proto::Balance balance(const outbox::Summary& outbox) {
    const outbox::Balance& from = outbox.balance;
    return {from.enqueued, from.delivered, from.pending, from.dead, from.dropped};
}

proto::ProcessStatus process_status() {
    proto::ProcessStatus status;
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    status.rss_bytes = resident_bytes();
    status.cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
    status.wakeups = usage.ru_nvcsw;
    return status;
}

}  // namespace kaizen
