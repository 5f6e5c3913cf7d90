#include "common/workspace_aliases.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/paths.h"

namespace kaizen {
namespace {

using Map = WorkspaceAliases::Map;

// Beyond that a question goes by whole old directories: aliases that merge again and again could double them
// each time.
constexpr std::size_t kMostRoots = 1000;

bool overlap(const std::string& a, const std::string& b) {
    return is_in_or_below(a, b) || is_in_or_below(b, a);
}

// The old directories on the way from one back to it; empty: it does not lead back. An alias leads to each
// other that may be for something in or below its new directory: where none leads back, resolving ends.
std::vector<std::string> circle_of(const Map& aliases, const std::string& from) {
    Map reached_from;
    std::vector<std::string> reached = {from};
    for (std::size_t i = 0; i < reached.size() && !reached_from.contains(from); ++i) {
        const std::string at = reached[i];
        for (const auto& [next, to] : aliases) {
            if (overlap(aliases.at(at), next) && reached_from.emplace(next, at).second)
                reached.push_back(next);
        }
    }
    if (!reached_from.contains(from)) return {};
    std::vector<std::string> circle = {from};
    do circle.push_back(reached_from.at(circle.back()));
    while (circle.back() != from);
    std::reverse(circle.begin(), circle.end());
    return circle;
}

std::vector<std::string> without_those_below_others(std::vector<std::string> directories) {
    std::sort(directories.begin(), directories.end());  // one comes before those below it
    std::vector<std::string> out;
    for (std::string& each : directories) {
        const auto is_above = [&](const std::string& other) { return is_in_or_below(each, other); };
        if (std::none_of(out.begin(), out.end(), is_above)) out.push_back(std::move(each));
    }
    return out;
}

}  // namespace

std::string WorkspaceAliases::complaint(const Map& aliases, const std::string& from) {
    const std::string& to = aliases.at(from);
    if (from == to) return fmt::format("{} is to count as itself", from);
    if (overlap(from, to)) return fmt::format("one of {} and {} lies in the other", from, to);
    const auto circle = circle_of(aliases, from);
    return circle.empty() ? "" : fmt::format("{} leads back to itself: {}", from, fmt::join(circle, " → "));
}

// That of the directory, else of the first one above it.
Map::const_iterator WorkspaceAliases::nearest(std::string directory) const {
    auto found = aliases_.end();
    while (!directory.empty() && found == aliases_.end()) {
        found = aliases_.find(directory);
        const std::size_t slash = directory.rfind('/');
        directory.resize(slash == std::string::npos ? 0 : slash);
    }
    return found;
}

std::string WorkspaceAliases::resolve(std::string directory) const {
    if (aliases_.empty()) return directory;
    for (auto alias = nearest(directory); alias != aliases_.end(); alias = nearest(directory))
        directory.replace(0, alias->first.size(), alias->second);
    return directory;
}

std::vector<std::string> WorkspaceAliases::seen_as(const std::string& directory) const {
    std::vector<std::string> all = {resolve(directory)};
    for (std::size_t i = 0; i < all.size() && all.size() <= kMostRoots; ++i) {
        const std::string at = all[i];
        for (const auto& [from, to] : aliases_) {
            if (is_in_or_below(to, at))
                all.push_back(from);
            else if (is_in_or_below(at, to))
                all.push_back(from + at.substr(to.size()));
        }
    }
    if (all.size() > kMostRoots) {
        all.resize(1);
        for (const auto& [from, to] : aliases_) all.push_back(from);
    }
    return without_those_below_others(std::move(all));
}

WorkspaceFilter::WorkspaceFilter(const std::string& directory, WorkspaceAliases aliases)
    : directory_(aliases.resolve(directory)), aliases_(std::move(aliases)) {
    if (!directory.empty()) roots_ = aliases_.seen_as(directory_);
}

bool WorkspaceFilter::takes(const std::string& workspace) const {
    return takes_all() || is_in_or_below(aliases_.resolve(workspace), directory_);
}

}  // namespace kaizen
