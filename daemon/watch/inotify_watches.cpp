#include "daemon/watch/inotify_watches.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace kaizen::watch {
namespace {

constexpr unsigned kNames = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB;
constexpr unsigned kItself = IN_DELETE_SELF | IN_MOVE_SELF;

bool is_in(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool concerns(const Drop& drop, const Place& place) {
    if (place.tree != drop.tree) return false;
    return drop.whole_tree || (place.role == Place::Role::directory && is_in(place.name, drop.directory));
}

bool same(const Place& a, const Place& b) { return a.tree == b.tree && a.role == b.role && a.name == b.name; }

}  // namespace

int InotifyWatches::add_directory(int fd, std::size_t tree, const std::string& path) {
    // By descriptor, so that what is watched is what will be listed, whatever was renamed in between.
    const unsigned own = path.empty() ? kItself : 0;
    return add("/proc/self/fd/" + std::to_string(fd), kNames | IN_MODIFY | IN_ONLYDIR | own,
               Place{tree, Place::Role::directory, path});
}

int InotifyWatches::add_name(const std::string& directory, std::size_t tree, const std::string& name) {
    return add(directory, kNames | IN_ONLYDIR, Place{tree, Place::Role::name, name});
}

int InotifyWatches::add_itself(const std::string& path, std::size_t tree) {
    struct stat info {};
    // A link that is removed or replaced says so with IN_ATTRIB at once. Of a directory that would tell of
    // what is in it, too.
    const bool is_link = ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
    const unsigned attributes = is_link ? IN_ATTRIB : 0;
    return add(path, kItself | attributes | IN_DONT_FOLLOW, Place{tree, Place::Role::itself, {}});
}

bool InotifyWatches::is_watched(const std::string& path, std::size_t tree) {
    const int watch = ::inotify_add_watch(inotify_, path.c_str(), kItself | IN_ONLYDIR | IN_MASK_ADD);
    const auto entry = places_.find(watch);
    if (watch >= 0 && entry == places_.end()) ::inotify_rm_watch(inotify_, watch);
    const Place root{tree, Place::Role::directory, {}};
    return entry != places_.end() && std::any_of(entry->second.begin(), entry->second.end(),
                                                 [&root](const Place& place) { return same(place, root); });
}

int InotifyWatches::add(const std::string& path, unsigned mask, Place place) {
    const int watch = ::inotify_add_watch(inotify_, path.c_str(), mask | IN_MASK_ADD);
    if (watch < 0) return errno;
    std::vector<Place>& places = places_[watch];
    const auto is_same = [&place](const Place& other) { return same(place, other); };
    if (std::none_of(places.begin(), places.end(), is_same)) places.push_back(std::move(place));
    return 0;
}

bool InotifyWatches::drop(Drop& drop, StepBudget& budget) {
    auto entry = places_.lower_bound(drop.next_watch);
    while (entry != places_.end()) {
        drop.next_watch = entry->first;
        if (!budget.take()) return false;
        entry = erase_places(entry, [&drop](const Place& place) { return concerns(drop, place); });
    }
    return true;
}

void InotifyWatches::drop_names(std::size_t tree, const std::string& but) {
    for (auto entry = places_.begin(); entry != places_.end();) {
        entry = erase_places(entry, [&](const Place& place) {
            return place.tree == tree && place.role == Place::Role::name && place.name != but;
        });
    }
}

template <class Concerns>
InotifyWatches::Places::iterator InotifyWatches::erase_places(Places::iterator entry,
                                                              const Concerns& concerns) {
    auto& [watch, places] = *entry;
    std::erase_if(places, concerns);
    if (!places.empty()) return std::next(entry);
    ::inotify_rm_watch(inotify_, watch);
    return places_.erase(entry);
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
