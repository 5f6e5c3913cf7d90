#include "daemon/status.h"

#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "daemon/parse/formats.h"
#include "daemon/watch/inotify_limits.h"
#include "proto/left_out.h"
#include "proto/unwatched.h"

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

// Files that are known and are not there are gone, those of which nothing is missing among them. A root that
// is not there, or was not seen to its end, says nothing about that.
std::int64_t gone_and_read(const watch::TreeState& state, std::int64_t stored, std::int64_t gone_unread) {
    const auto unlisted = state.left_out.find("directory");
    const bool all_seen = unlisted == state.left_out.end() || unlisted->second.count == 0;
    if (!state.present || !state.scanned || !all_seen) return 0;
    return std::max<std::int64_t>(0, stored - static_cast<std::int64_t>(state.files) - gone_unread);
}

// `stored`: files of which there is a row.
std::vector<proto::LeftOut> left_out_below(const WatchedTree& tree, const SourceFacts& facts,
                                           std::int64_t stored) {
    std::vector<proto::LeftOut> all;
    const auto add = [&](std::string reason, std::int64_t count, const std::string& example) {
        if (count == 0) return;
        all.push_back({std::move(reason), count, example.empty() ? "" : tree.root + "/" + example});
    };
    for (const auto& [reason, left_out] : tree.state.left_out) add(reason, left_out.count, left_out.example);
    std::int64_t gone = 0;
    std::string gone_example;
    for (const store::ProblemFiles& problem : facts.problems) {
        if (problem.root != tree.root) continue;
        if (!problem.gone) add("file", problem.files, problem.example);
        if (problem.gone) gone_example = problem.example;
        gone += problem.gone ? problem.files : 0;
    }
    const std::int64_t gone_stored = gone;
    for (const ingest::FileKey& lost : facts.lost) {
        if (lost.root != tree.number) continue;
        ++gone;
        gone_example = lost.path;
    }
    add("gone_unread", gone, gone_example);
    add("gone_read", gone_and_read(tree.state, stored, gone_stored), {});
    return all;
}

std::int64_t milliseconds(const timeval& time) {
    return std::int64_t{time.tv_sec} * 1000 + time.tv_usec / 1000;
}

}  // namespace

SourceFacts ask_source_facts(insight::Reader& reader) {
    return {reader.history().sources(), reader.store().files.problems(), {}, {}};
}

StoredFacts ask_stored_facts(insight::Reader& reader, UnixMs now) {
    insight::History& history = reader.history();
    StoredFacts facts = {history.store_status(),
                         ask_source_facts(reader),
                         history.unreadable_files(kNamedFiles),
                         history.unknown_kinds(),
                         history.usage().today(now),
                         reader.outbox().summary(),
                         {}};
    facts.damaged = store::set_aside_before(facts.store.path);
    return facts;
}

std::vector<proto::SourceStatus> join_sources(const std::vector<WatchedTree>& trees, SourceFacts facts) {
    std::vector<proto::SourceStatus> all;
    for (const WatchedTree& tree : trees) {
        proto::SourceStatus source;
        const auto known = std::find_if(
            facts.stored.begin(), facts.stored.end(),
            [&](const proto::SourceStatus& one) { return one.root == tree.root && one.agent == tree.agent; });
        if (known != facts.stored.end()) {
            source = std::move(*known);
            facts.stored.erase(known);
        }
        source.agent = tree.agent;
        source.root = tree.root;
        source.present = tree.state.present;
        source.watching = tree.state.polling ? "poll" : "inotify";
        source.left_out = left_out_below(tree, facts, source.files);
        source.files = std::max(source.files, static_cast<std::int64_t>(tree.state.files));
        if (tree.number < facts.bytes_unread.size())
            source.bytes_behind = std::max(source.bytes_behind, facts.bytes_unread[tree.number]);
        all.push_back(std::move(source));
    }
    for (proto::SourceStatus& source : facts.stored) all.push_back(std::move(source));
    return all;
}

std::vector<proto::SessionFile> within(const std::vector<WatchedTree>& trees,
                                       std::vector<proto::SessionFile> files) {
    std::erase_if(files, [&trees](const proto::SessionFile& file) {
        return std::none_of(trees.begin(), trees.end(), [&file](const WatchedTree& tree) {
            return file.path.starts_with(tree.root + "/");
        });
    });
    return files;
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
        const parse::Format* format = parse::find_format(first.agent);
        const std::string_view checked = format == nullptr ? std::string_view() : format->checked_with;
        health.add("unknown_records", "info",
                   fmt::format("{} writes records this version does not know ({}, {} lines; {} kinds in "
                               "all); they are counted "
                               "and skipped",
                               first.agent, first.kind, first.lines, facts.unknown_kinds.size()),
                   checked.empty()
                       ? "a newer kaizend may know them"
                       : fmt::format("this one was checked with {} {}; a newer kaizend may know them",
                                     first.agent, checked));
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
    std::map<std::string, std::string> places;  // by the limit that is in their way
    for (const WatchedTree& tree : trees) {
        const watch::TreeState& state = tree.state;
        if (!state.limit.empty()) {
            std::string& all = places[state.limit];
            all += (all.empty() ? "" : ", ") + tree.root;
        } else if (!state.problem.empty()) {
            health.add("watch_" + tree.agent + ":" + tree.root, "warning", state.problem,
                       state.polling ? "changes there are found by looking every poll_interval_ms" : "");
        }
    }
    for (const auto& [limit, all] : places) {
        health.add("watch_limit:" + limit, "warning",
                   fmt::format("{}, so changes are found by looking every poll_interval_ms: {}",
                               watch::limit_text(limit), all),
                   watch::how_to_raise(limit));
    }
}

// What the system does not let us read has items of its own, with what to do.
void add_left_out_health(Health& health, const std::vector<proto::SourceStatus>& sources) {
    std::int64_t all = 0;
    bool troubled = false;
    for (const proto::LeftOut& one : proto::left_out_of(sources)) {
        const std::string_view severity = proto::left_out_kind(one.reason).severity;
        if (severity == "ok" || one.reason == "file" || one.reason == "directory") continue;
        all += one.count;
        troubled = troubled || severity == "warning";
    }
    if (all == 0) return;
    health.add("left_out", troubled ? "warning" : "info",
               all == 1 ? "1 thing below the watched places is not read"
                        : fmt::format("{} things below the watched places are not read", all),
               "kaizenctl doctor says where, and what to do");
}

void add_agents_health(Health& health, const AgentsSeen& agents, const std::string& config_file) {
    for (const UnwatchedRoot& root : agents.unwatched) {
        proto::Check check = proto::unwatched_check(root, config_file);
        health.add(std::move(check.code), std::move(check.severity), std::move(check.detail),
                   std::move(check.fix));
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
