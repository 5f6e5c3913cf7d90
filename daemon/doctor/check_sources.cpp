// Of what is watched: the kernel's limits, the agents' places and files, and how long they keep them.

#include <dirent.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "common/json.h"
#include "common/paths.h"
#include "common/small_file.h"
#include "daemon/doctor/checks.h"
#include "daemon/watch/inotify_limits.h"
#include "proto/left_out.h"

namespace kaizen::doctor {
namespace {

constexpr UnixMs kDay = 86'400'000;

std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
    while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    return names;
}

struct InotifyUse {
    int processes = 0;  // that could be looked into
    std::int64_t watches = 0;
    std::int64_t instances = 0;
};

std::int64_t watches_in(const std::string& fdinfo) {
    std::ifstream in(fdinfo);
    std::int64_t count = 0;
    for (std::string line; std::getline(in, line);) count += line.starts_with("inotify ") ? 1 : 0;
    return count;
}

// `known_watches`: of a process that knows.
InotifyUse inotify_use(const std::string& process, std::optional<std::int64_t> known_watches) {
    InotifyUse use;
    use.watches = known_watches.value_or(0);
    const std::vector<std::string> fds = names_in(process + "/fd");
    use.processes = fds.empty() ? 0 : 1;
    for (const std::string& fd : fds) {
        std::error_code error;
        const auto target = std::filesystem::read_symlink(process + "/fd/" + fd, error);
        if (error || target != "anon_inode:inotify") continue;
        ++use.instances;
        if (!known_watches) use.watches += watches_in(process + "/fdinfo/" + fd);
    }
    return use;
}

// Of all processes that we may look into, at best all of this user's, for whom the limits are. Ends early on
// a machine with very many. To list the watches of one keeps the kernel, and one of two cores, busy for as
// long as 30 ms where they are 50,000: `own_watches` spares the daemon that.
InotifyUse inotify_use_of_user(std::int64_t own_watches) {
    const std::string own_name = std::to_string(::getpid());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    InotifyUse all;
    for (const std::string& name : names_in("/proc")) {
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto known = name == own_name ? std::optional(own_watches) : std::nullopt;
        const InotifyUse one = inotify_use("/proc/" + name, known);
        all.processes += one.processes;
        all.watches += one.watches;
        all.instances += one.instances;
        if (std::chrono::steady_clock::now() > deadline) break;
    }
    return all;
}

bool scarce(std::int64_t used, std::int64_t limit) { return used > limit - limit / 10; }

// "30 days" of Claude Code's settings, or nothing where they say nothing that makes sense.
std::optional<std::int64_t> cleanup_days(const std::string& settings) {
    constexpr std::int64_t kMost = 36'500;
    const auto file = read_small_file(settings);
    JsonDocument document;
    if (!file || !*file || !document.parse((*file)->text)) return std::nullopt;
    const auto days = find_int(document.root(), "cleanupPeriodDays");
    return days && *days >= 0 && *days <= kMost ? days : std::nullopt;
}

std::string ahead(UnixMs at, UnixMs now) {
    if (at <= now) return "at its next start";
    if (at - now < kDay) return "within a day";
    return "in " + count_of((at - now) / kDay, "day");
}

struct Deadline {
    UnixMs at = 0;
    std::int64_t unread = 0;
    std::int64_t days = 0;
};

// When Claude Code removes the next transcript that is not read to its end; nothing to lose: at is 0.
Deadline next_removal(const Facts& facts) {
    constexpr std::int64_t kUsualDays = 30;
    Deadline next;
    for (const Source& source : facts.sources) {
        if (source.agent != "claude" || !source.watch.present) continue;
        const std::string settings =
            std::filesystem::path(source.root).parent_path().string() + "/settings.json";
        const std::int64_t days = cleanup_days(settings).value_or(kUsualDays);
        if (next.days == 0) next.days = days;
        next.unread += source.unread_files;
        if (!source.oldest_unread_at) continue;
        const UnixMs at = *source.oldest_unread_at + days * kDay;
        if (next.at != 0 && next.at <= at) continue;
        next.at = at;
        next.days = days;
    }
    return next;
}

}  // namespace

Found check_watches(const Facts& facts) {
    const auto most_watches = watch::inotify_limit(watch::kWatchLimit);
    const auto most_instances = watch::inotify_limit(watch::kInstanceLimit);
    if (!most_watches || !most_instances) return {};
    const auto limited = std::find_if(facts.sources.begin(), facts.sources.end(),
                                      [](const Source& source) { return !source.watch.limit.empty(); });
    const bool polling = std::any_of(facts.sources.begin(), facts.sources.end(),
                                     [](const Source& source) { return source.watch.polling; });
    const InotifyUse all = inotify_use_of_user(facts.watches);
    // The unit's protections hide other processes.
    const bool alone = all.processes <= 1;
    const std::string detail =
        alone ? fmt::format("kaizend has {}; all your programs together may have {}", facts.watches,
                            *most_watches)
              : fmt::format("{} of {} in use, {} by kaizend; instances {} of {}", all.watches, *most_watches,
                            facts.watches, all.instances, *most_instances);
    if (limited != facts.sources.end()) {
        const std::string& limit = limited->watch.limit;
        return finding("warning", "The kernel lets us watch no more, so changes are found by looking",
                       watch::limit_text(limit) + "; " + detail, watch::how_to_raise(limit));
    }
    if (scarce(all.watches, *most_watches))
        return finding("warning", "Nearly all watches of the kernel are in use", detail,
                       watch::how_to_raise(watch::kWatchLimit));
    if (scarce(all.instances, *most_instances))
        return finding("warning", "Nearly all inotify instances are in use", detail,
                       watch::how_to_raise(watch::kInstanceLimit));
    if (polling) return finding("info", "Changes are found by looking, not by watches", detail);
    return finding("ok", "Watches", detail);
}

Found check_sources(const Facts& facts) {
    std::vector<std::string> there;
    std::vector<std::string> missing;
    for (const Source& source : facts.sources) {
        if (!source.watch.problem.empty() && source.watch.limit.empty())
            return finding("warning", "A place of an agent cannot be followed", source.watch.problem,
                           fmt::format("look at its permissions: ls -ld {}", shell_quoted(source.root)));
        if (source.watch.present && ::access(source.root.c_str(), R_OK | X_OK) != 0)
            return finding("warning", "A place of an agent cannot be read", source.root,
                           "chmod u+rx " + shell_quoted(source.root));
        if (source.watch.present)
            there.push_back(fmt::format("{} {}", source.agent, count_of(source.files, "file")));
        else if (std::find(missing.begin(), missing.end(), source.agent) == missing.end())
            missing.push_back(source.agent);
    }
    std::erase_if(missing, [&](const std::string& agent) {
        return std::any_of(there.begin(), there.end(),
                           [&](const std::string& text) { return text.starts_with(agent + " "); });
    });
    if (facts.sources.empty()) return finding("info", "No agent is watched", {}, "[watch] agents names them");
    if (there.empty())
        return finding("info", "No agent has written anything here yet",
                       fmt::format("looked for: {}", fmt::join(missing, ", ")));
    std::string detail = fmt::format("{}", fmt::join(there, " · "));
    if (!missing.empty()) detail += fmt::format(" · not here: {}", fmt::join(missing, ", "));
    return finding("ok", "Agents", detail);
}

Found check_files(const Facts& facts) {
    if (facts.unreadable.empty()) return {};
    const proto::SessionFile& first = facts.unreadable.front();
    const std::size_t more = facts.unreadable.size() - 1;
    return finding("warning", "Session files cannot be read",
                   fmt::format("{}: {}{}", first.path, first.problem,
                               more == 0 ? "" : fmt::format(", and {} more", more)),
                   "check its permissions: ls -l " + shell_quoted(first.path));
}

Found check_agents(const Facts& facts) {
    if (facts.agents.hidden || !facts.agents.unwatched.empty()) return {};
    return finding("ok", "Environments", "no agent that runs keeps its sessions elsewhere");
}

Found check_left_out(const proto::LeftOut& left_out) {
    const std::string& reason = left_out.reason;
    if (reason == "file" || reason == "directory") return {};  // check_files, check_sources
    const proto::LeftOutKind& kind = proto::left_out_kind(reason);
    std::string detail = proto::left_out_text(reason, left_out.count);
    if (kind.severity == "ok") detail += "; what was in it stays in the history";
    if (!left_out.example.empty()) detail += (left_out.count == 1 ? ": " : ", such as ") + left_out.example;
    return finding(std::string(kind.severity), std::string(kind.title), detail, std::string(kind.fix));
}

Found check_retention(const Facts& facts) {
    constexpr UnixMs kSoon = 3 * kDay;
    const bool has_claude = std::any_of(facts.sources.begin(), facts.sources.end(), [](const Source& source) {
        return source.agent == "claude" && source.watch.present;
    });
    if (!has_claude) return {};
    const Deadline next = next_removal(facts);
    const std::string after =
        fmt::format("Claude Code removes its transcripts after {}", count_of(next.days, "day"));
    if (next.unread == 0)
        return finding("ok", "Retention", after + "; all are read, and their history is kept here");
    if (next.at == 0)  // the watcher has seen them, nobody has looked into them yet
        return finding("info", "Retention", fmt::format("{}; {} not looked at yet", after, next.unread));
    const std::string detail = fmt::format("{}; {} not read to the end, the next goes {}", after,
                                           next.unread == 1 ? "1 is" : fmt::format("{} are", next.unread),
                                           ahead(next.at, facts.now));
    if (next.at - facts.now > kSoon) return finding("info", "Retention", detail);
    return finding(
        "warning", "Transcripts may go before they are read", detail,
        "see what is unreadable, or set a larger cleanupPeriodDays in Claude Code's settings.json");
}

}  // namespace kaizen::doctor
