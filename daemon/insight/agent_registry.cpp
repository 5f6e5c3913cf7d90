#include "daemon/insight/agent_registry.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/json.h"
#include "common/small_file.h"
#include "common/text.h"

namespace kaizen::insight {
namespace {

namespace fs = std::filesystem;
using session::Status;

constexpr std::size_t kMostEntries = 1000;
constexpr UnixMs kSettles = 15'000;  // so long after its last line a session that is not there has ended
constexpr std::array<int, 3> kFirstVersion = {2, 1, 139};

bool is_entry(const std::string& name) {
    constexpr std::string_view kEnding = ".json";
    if (!name.ends_with(kEnding) || name.size() == kEnding.size()) return false;
    return std::all_of(name.begin(), name.end() - kEnding.size(),
                       [](char c) { return c >= '0' && c <= '9'; });
}

// In clock ticks since the system started, as /proc says it; empty: the process is not there, or the system
// has no /proc.
std::string start_of(std::int64_t pid) {
    constexpr int kField = 22;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::size_t name_end = text.rfind(')');  // a name may hold anything
    if (name_end == std::string::npos) return {};
    int field = 2;
    for (const std::string_view word : split(std::string_view(text).substr(name_end + 1), ' ')) {
        if (!word.empty() && ++field == kField) return std::string(word);
    }
    return {};
}

bool runs(std::int64_t pid, const std::string& started) {
    if (pid <= 0) return false;
    const std::string start = start_of(pid);
    if (!start.empty() && !started.empty()) return start == started;
    return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

std::string text_of(const JsonValue& object, std::string_view key) {
    if (const auto text = find_string(object, key)) return std::string(*text);
    const auto number = find_int(object, key);
    return number ? std::to_string(*number) : std::string();
}

bool has_registry(const std::string& version) {
    std::array<int, 3> numbers{};
    const char* at = version.data();
    const char* const end = at + version.size();
    for (int& number : numbers) {
        const auto [rest, error] = std::from_chars(at, end, number);
        if (error != std::errc()) return false;
        at = rest == end ? end : rest + 1;
    }
    return numbers >= kFirstVersion;
}

}  // namespace

std::vector<std::string> AgentRegistry::directories(const std::string& home, const Env& env) {
    std::vector<std::string> all;
    for (const std::string& root : session_roots("claude", home, env))
        all.push_back((fs::path(root).parent_path() / "sessions").string());
    return all;
}

AgentRegistry AgentRegistry::read(const std::vector<std::string>& directories, LookForAgents look) {
    AgentRegistry registry;
    registry.look_ = std::move(look);
    JsonDocument document;
    std::size_t entries = 0;
    for (const std::string& directory : directories) {
        std::error_code error;
        fs::directory_iterator listing(directory, error);
        registry.exists_ = registry.exists_ || !error;
        for (; !error && listing != fs::directory_iterator() && entries < kMostEntries;
             listing.increment(error)) {
            if (!is_entry(listing->path().filename().string())) continue;
            ++entries;
            const auto file = read_small_file(listing->path().string());
            if (!file || !*file || !document.parse((*file)->text)) continue;
            const JsonValue& entry = document.root();
            const std::string id = text_of(entry, "sessionId");
            if (id.empty()) continue;
            Entry& known = registry.sessions_[id];
            if (known.runs) continue;  // resumed: another process is gone
            known = {insight::runs(find_int(entry, "pid").value_or(0), text_of(entry, "procStart")),
                     text_of(entry, "status")};
        }
    }
    return registry;
}

bool AgentRegistry::has_running() const {
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [](const auto& entry) { return entry.second.runs; });
}

std::optional<Status> AgentRegistry::status_of(const session::SessionState& state, UnixMs now) const {
    if (state.agent == "codex" && is_gone(state, now)) return Status::done;
    if (state.agent != "claude" || !exists_) return std::nullopt;
    const auto entry = sessions_.find(state.id);
    if (entry == sessions_.end() || !entry->second.runs) {
        const bool would_be_there =
            state.entry_point == "cli" && state.parent.empty() && has_registry(state.agent_version);
        const bool killed = entry != sessions_.end();
        const bool quiet = now - state.last_activity.value_or(now) >= kSettles;
        return quiet && (killed || would_be_there) ? std::optional(Status::done) : std::nullopt;
    }
    const std::string& says = entry->second.status;
    if (says == "busy" || says == "shell") return Status::running;
    if (says == "waiting") return Status::waiting;
    if (says == "idle" && session::status_at(state, now) == Status::running) return Status::waiting;
    return std::nullopt;
}

// A session that somebody sits before waits as long as its process is there. One in a container writes while
// it works, and is left to its file then.
bool AgentRegistry::is_gone(const session::SessionState& state, UnixMs now) const {
    const bool quiet = now - state.last_activity.value_or(now) >= kSettles;
    if (!look_ || !quiet || state.entry_point != "cli" || !state.parent.empty()) return false;
    if (session::status_at(state, now) != Status::waiting) return false;
    if (!seen_) seen_ = look_();
    const auto& running = seen_->running;
    return seen_->looked && std::find(running.begin(), running.end(), state.agent) == running.end();
}

}  // namespace kaizen::insight
