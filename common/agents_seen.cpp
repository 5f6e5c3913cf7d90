#include "common/agents_seen.h"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "common/agent_roots.h"
#include "common/processes.h"
#include "common/text.h"

namespace kaizen {
namespace {

constexpr std::size_t kMostPlaces = 64;
constexpr std::size_t kMostUnwatched = 16;

std::string_view value_of(std::string_view variable, std::string_view environment) {
    for (const std::string_view entry : split(environment, '\0')) {
        if (entry.starts_with(variable) && entry.substr(variable.size()).starts_with('='))
            return entry.substr(variable.size() + 1);
    }
    return {};
}

template <class List, class Value>
bool contains(const List& list, const Value& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

void add_places(const AgentHome& agent, const OwnProcess& process, std::vector<UnwatchedRoot>& places) {
    const std::string_view value = value_of(agent.variable, *process.environment);
    if (!value.starts_with('/')) return;  // of a relative one nobody knows where it begins
    for (std::string& root : session_roots(agent, value)) {
        const auto is_same = [&](const UnwatchedRoot& known) {
            return known.agent == agent.agent && known.root == root;
        };
        if (places.size() < kMostPlaces && std::none_of(places.begin(), places.end(), is_same))
            places.push_back({std::string(agent.agent), std::move(root), agent.variable, process.pid});
    }
}

bool is_same_directory(const struct stat& info, const std::string& path) {
    struct stat other {};
    return ::stat(path.c_str(), &other) == 0 && other.st_dev == info.st_dev && other.st_ino == info.st_ino;
}

bool is_unwatched(const UnwatchedRoot& place, const std::vector<WatchRoot>& watched) {
    struct stat info {};
    if (::stat(place.root.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
    return std::none_of(watched.begin(), watched.end(),
                        [&](const WatchRoot& root) { return is_same_directory(info, root.path); });
}

}  // namespace

AgentsSeen look_for_agents() {
    AgentsSeen seen;
    bool any = false;
    bool any_read = false;
    visit_own_processes([&](const OwnProcess& process) {
        any = true;
        any_read = any_read || process.environment;
        for (const AgentHome& agent : agent_homes()) {
            const bool is_it = std::any_of(process.names.begin(), process.names.end(), [&](const auto& name) {
                return contains(agent.programs, std::string_view(name));
            });
            if (is_it && !contains(seen.running, agent.agent)) seen.running.emplace_back(agent.agent);
            if (process.environment) add_places(agent, process, seen.unwatched);
        }
    });
    seen.looked = any;
    seen.hidden = any && !any_read;
    return seen;
}

AgentsSeen not_watched(const AgentsSeen& seen, const std::vector<WatchRoot>& watched) {
    const auto is_on = [&](std::string_view agent) {
        return std::any_of(watched.begin(), watched.end(),
                           [agent](const WatchRoot& root) { return root.agent == agent; });
    };
    AgentsSeen left;
    left.looked = seen.looked;
    left.hidden = seen.hidden;
    std::copy_if(seen.running.begin(), seen.running.end(), std::back_inserter(left.running), is_on);
    for (const UnwatchedRoot& place : seen.unwatched) {
        if (left.unwatched.size() < kMostUnwatched && is_on(place.agent) && is_unwatched(place, watched))
            left.unwatched.push_back(place);
    }
    return left;
}

}  // namespace kaizen
