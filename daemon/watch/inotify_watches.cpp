#include "daemon/watch/inotify_watches.h"

#include <sys/inotify.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace kaizen::watch {
namespace {

constexpr unsigned kNames = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB;

bool is_in(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool concerns(const Drop& drop, const Place& place) {
    if (place.tree != drop.tree) return false;
    return drop.whole_tree || (place.role == Place::Role::directory && is_in(place.name, drop.directory));
}

bool same(const Place& a, const Place& b) { return a.tree == b.tree && a.role == b.role && a.name == b.name; }

}  // namespace

int InotifyWatches::add_directory(int fd, Place place) {
    // By descriptor, so that what is watched is what will be listed, whatever was renamed in between.
    return add("/proc/self/fd/" + std::to_string(fd), kNames | IN_MODIFY, std::move(place));
}

int InotifyWatches::add_anchor(const std::string& path, Place place) {
    return add(path, kNames, std::move(place));
}

int InotifyWatches::add(const std::string& path, unsigned mask, Place place) {
    const int watch = ::inotify_add_watch(inotify_, path.c_str(), mask | IN_ONLYDIR | IN_MASK_ADD);
    if (watch < 0) return errno;
    std::vector<Place>& places = places_[watch];
    const auto is_same = [&place](const Place& other) { return same(place, other); };
    if (std::none_of(places.begin(), places.end(), is_same)) places.push_back(std::move(place));
    return 0;
}

bool InotifyWatches::drop(Drop& drop, StepBudget& budget) {
    auto entry = places_.lower_bound(drop.next_watch);
    while (entry != places_.end()) {
        auto& [watch, places] = *entry;
        drop.next_watch = watch;
        if (!budget.take()) return false;
        std::erase_if(places, [&drop](const Place& place) { return concerns(drop, place); });
        if (places.empty()) ::inotify_rm_watch(inotify_, watch);
        entry = places.empty() ? places_.erase(entry) : std::next(entry);
    }
    return true;
}

const std::vector<Place>& InotifyWatches::places(int watch) const {
    static const std::vector<Place> kNone;
    const auto entry = places_.find(watch);
    return entry == places_.end() ? kNone : entry->second;
}

std::vector<Place> InotifyWatches::forget(int watch) {
    auto node = places_.extract(watch);
    return node.empty() ? std::vector<Place>() : std::move(node.mapped());
}

}  // namespace kaizen::watch
