#include "ctl/bug_report.h"

#include <fmt/core.h>
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "common/small_file.h"
#include "common/text.h"
#include "common/version.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/service_manager.h"

namespace kaizen::ctl {
namespace {

// Keys whose text is one of a few words, never one of the user's own.
constexpr std::array<std::string_view, 5> kChoices = {"watch.agents", "store.text", "sync.workspace_identity",
                                                      "sync.content", "log.level"};
// Checks whose details are numbers and words of ours.
constexpr std::array<std::string_view, 6> kPlainDetails = {"watches",   "disk",        "store",
                                                           "retention", "protections", "sync_clock"};

template <class List>
bool among(const List& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

std::string shown_value(const Setting& setting) {
    if (setting.secret) return "***";
    const bool number = !setting.value.empty() &&
                        std::string_view("\"[{").find(setting.value.front()) == std::string_view::npos;
    return number || among(kChoices, setting.key) ? setting.value : "(set)";
}

// "<file>:12" is "line 12".
std::string shown_origin(const std::string& origin) {
    const std::size_t colon = origin.rfind(':');
    return colon == std::string::npos ? origin : "line " + origin.substr(colon + 1);
}

std::string versions(const BugFacts& facts) {
    return fmt::format("kaizenctl {}\nkaizend {}\nsystem {}\n", kVersion,
                       facts.daemon_version.empty() ? "does not run" : plain(facts.daemon_version),
                       plain(facts.system));
}

std::string configuration(const BugFacts& facts) {
    if (!facts.config) return "it cannot be read\n";
    std::string out;
    for (const Setting& setting : facts.config->settings) {
        if (setting.origin == "default") continue;
        out += fmt::format("{} = {}  ({})\n", setting.key, plain(shown_value(setting)),
                           shown_origin(setting.origin));
    }
    out += out.empty() ? "all as by default\n" : "";
    return out + fmt::format("warnings: {}\n", facts.config->warnings.size());
}

std::string status(const BugFacts& facts) {
    if (!facts.status) return "kaizend does not answer\n";
    const proto::Status& from = *facts.status;
    std::string out = fmt::format("{}, up {}, {} resident\n", plain(from.state),
                                  duration_text(from.uptime_ms), bytes_text(from.process.rss_bytes));
    for (const proto::SourceStatus& source : from.sources) {
        out += fmt::format("source {}: {}, {}, {} files, {} sessions, {} events, {} bad lines, {} behind",
                           plain(source.agent), source.present ? "there" : "not there",
                           plain(source.watching), source.files, source.sessions, source.events,
                           source.bad_lines, bytes_text(source.bytes_behind));
        for (const proto::LeftOut& one : source.left_out)
            out += fmt::format(", {} {}", plain(one.reason), one.count);
        out += "\n";
    }
    out += fmt::format("store: {}, {} sessions, {} events, {} tool calls\n", bytes_text(from.store.bytes),
                       from.store.sessions, from.store.events, from.store.tool_spans);
    out += fmt::format("outbox: {} enqueued, {} delivered, {} waiting, {} dead, {} dropped\n",
                       from.balance.enqueued, from.balance.delivered, from.balance.pending, from.balance.dead,
                       from.balance.dropped_by_user);
    return out + fmt::format("sync: {}, {} batches sent\n", plain(from.sync.state), from.sync.batches_sent);
}

// What follows a colon is the user's: a place, or the name of an exporter.
std::string without_name(const std::string& code) { return code.substr(0, code.find(':')); }

// Codes only: titles name places.
std::string health(const BugFacts& facts) {
    std::string out;
    if (facts.status) {
        for (const proto::HealthItem& item : facts.status->health)
            out += fmt::format("{} {}\n", plain(item.severity), plain(without_name(item.code)));
    }
    return out.empty() ? "nothing is said\n" : out;
}

std::string checks(const BugFacts& facts) {
    std::string out;
    for (const proto::Check& check : facts.checks) {
        out += fmt::format("{} {}: {}", plain(check.severity), plain(without_name(check.code)),
                           plain(check.title));
        if (among(kPlainDetails, check.code)) out += fmt::format(" ({})", plain(check.detail));
        out += "\n";
    }
    return out;
}

struct Section {
    const char* name;
    const char* holds;
    std::string (*text)(const BugFacts&);
};

constexpr Section kSections[] = {
    {"versions", "of both programs and of the system", versions},
    {"configuration", "which keys are set; values of numbers and choices only", configuration},
    {"status", "counts, by agent", status},
    {"health", "codes of what stands", health},
    {"checks", "what doctor says, without places", checks},
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Whole words only, so that a user named "or" leaves the rest readable.
std::string without_word(std::string text, std::string_view word, std::string_view instead) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
        const std::size_t end = at + word.size();
        const bool whole = (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
        if (whole) text.replace(at, word.size(), instead);
        at += whole ? instead.size() : word.size();
    }
    return text;
}

}  // namespace

std::string bug_report(const BugFacts& facts) {
    std::string out = "kaizend bug report, form 1\n\nsections:\n";
    for (const Section& section : kSections) out += fmt::format("  {:<15}{}\n", section.name, section.holds);
    out += "not in it: content of sessions, secrets, log lines, names of people, machines and directories\n";
    std::string body;
    for (const Section& section : kSections)
        body += fmt::format("\n== {}\n{}", section.name, section.text(facts));
    if (facts.home.size() > 1) body = replaced(std::move(body), facts.home, "~");
    for (const std::string& name : facts.names) body = without_word(std::move(body), name, "<name>");
    return out + body;
}

std::string system_text() {
    constexpr std::string_view kName = "PRETTY_NAME=";
    std::string out;
    if (const auto file = read_small_file("/etc/os-release"); file && *file) {
        for (const std::string_view line : split((*file)->text, '\n')) {
            if (line.starts_with(kName))
                out = replaced(std::string(line.substr(kName.size())), "\"", "") + ", ";
        }
    }
    utsname system{};
    if (::uname(&system) != 0) return out;
    return out + fmt::format("{} {} {}", system.sysname, system.release, system.machine);
}

std::vector<std::string> names_to_hide(const Env& env) {
    std::vector<std::string> names;
    const auto add = [&](std::string name) {
        if (!name.empty()) names.push_back(std::move(name));
    };
    for (const char* name : {"USER", "LOGNAME", "HOSTNAME"}) add(env(name) != nullptr ? env(name) : "");
    if (const passwd* user = ::getpwuid(::geteuid()); user != nullptr) add(user->pw_name);
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0) {
        const std::string full = host.data();
        add(full);
        add(full.substr(0, full.find('.')));
    }
    return names;
}

}  // namespace kaizen::ctl
