// Of the process and the machine below it: configuration, disk, database, protections.

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fstream>
#include <map>
#include <string_view>

#include "common/paths.h"
#include "daemon/doctor/checks.h"
#include "daemon/store/file_check.h"

namespace kaizen::doctor {
namespace {

std::uint64_t bytes_of(const std::string& file) {
    struct stat info {};
    return ::stat(file.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

// "NoNewPrivs:	1" and the like, of this process.
std::map<std::string, std::string> process_status() {
    std::map<std::string, std::string> all;
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::size_t value = line.find_first_not_of(" \t", colon + 1);
        all[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
    }
    return all;
}

bool is_read_only(const std::string& path) {
    struct statvfs info {};
    return ::statvfs(path.c_str(), &info) == 0 && (info.f_flag & ST_RDONLY) != 0;
}

}  // namespace

Finding finding(std::string severity, std::string title, std::string detail, std::string fix) {
    return {std::move(severity), std::move(title), std::move(detail), std::move(fix)};
}

std::string size_text(std::uint64_t bytes) {
    const auto amount = static_cast<double>(bytes);
    if (amount >= 1e9) return fmt::format("{:.1f} GB", amount / 1e9);
    if (amount >= 1e6) return fmt::format("{:.1f} MB", amount / 1e6);
    return fmt::format("{:.0f} kB", amount / 1e3);
}

std::string count_of(std::int64_t number, std::string_view one) {
    return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

Found check_config(const Facts& facts) {
    const std::string& file = facts.paths.config_file;
    if (!facts.warnings.empty())
        return finding("warning", "The configuration has flaws",
                       fmt::format("{}", fmt::join(facts.warnings, "; ")),
                       "mend it, then kaizenctl reload; kaizend --check-config shows all");
    struct stat info {};
    return finding("ok", "Configuration",
                   ::stat(file.c_str(), &info) == 0 ? file : "none, the defaults hold");
}

Found check_disk(const Facts& facts) {
    constexpr std::uint64_t kLittle = 1'000'000'000;
    constexpr std::uint64_t kNothing = 100'000'000;
    struct statvfs info {};
    if (::statvfs(facts.paths.data_dir.c_str(), &info) != 0) return {};
    const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
    const std::string detail = size_text(free) + " free where the database is";
    const char* const fix = "make room; until then sessions wait in the agents' own files";
    if (free < kNothing) return finding("error", "The disk is full", detail, fix);
    if (free < kLittle) return finding("warning", "The disk is nearly full", detail, fix);
    return finding("ok", "Disk", detail);
}

Found check_sandbox(const Facts& facts) {
    std::map<std::string, std::string> status = process_status();
    if (status.empty()) return {};
    std::vector<std::string> active;
    std::vector<std::string> lacking;
    const auto judge = [&](bool holds, const char* what) { (holds ? active : lacking).emplace_back(what); };
    judge(status["NoNewPrivs"] == "1", "no new privileges");
    judge(status["Seccomp"] == "2", "filtered system calls");
    judge(status["CapEff"].find_first_not_of('0') == std::string::npos, "no capabilities");
    judge(is_read_only(facts.home), "a read-only home");
    std::string detail = active.empty() ? "" : fmt::format("{}", fmt::join(active, " · "));
    if (!lacking.empty())
        detail += fmt::format("{}without: {}", active.empty() ? "" : "; ", fmt::join(lacking, " · "));
    return finding(lacking.empty() ? "ok" : "info", "Protections", detail,
                   lacking.empty() || facts.is_service ? "" : "kaizenctl service install has more of them");
}

Finding check_store(const Facts& facts, const std::function<bool()>& cancelled) {
    // SQLite checks a whole tree before it looks whether it should go on: about 1.3 ms a megabyte.
    constexpr std::uint64_t kFitsIntoAQuestion = 32'000'000;
    const std::string& file = facts.paths.database;
    const std::uint64_t bytes = bytes_of(file) + bytes_of(file + "-wal");
    const std::string size = size_text(bytes);
    store::FileCheck check{store::FileCheck::Outcome::unfinished, {}};
    if (facts.full || bytes <= kFitsIntoAQuestion) check = store::quick_check(file, cancelled);
    using Outcome = store::FileCheck::Outcome;
    if (check.outcome != Outcome::damaged && !facts.store_problem.empty())
        return finding("error", "The database gives no answer", facts.store_problem,
                       "kaizenctl service restart; kaizenctl service logs");
    if (check.outcome == Outcome::sound) return finding("ok", "Database", size + ", sound");
    if (check.outcome == Outcome::unfinished)
        return finding("info", "Database", size + "; too large to be checked at once",
                       "kaizenctl doctor --full");
    return finding("error", "The database is damaged", check.fault,
                   fmt::format("kaizenctl stop, then mv {0} {0}.damaged and start again: history is read "
                               "anew from the agents' files, as far as they are there",
                               shell_quoted(file)));
}

}  // namespace kaizen::doctor
