#include "daemon/watch/left_out_things.h"

#include "common/hash.h"

namespace kaizen::watch {
namespace {

constexpr std::size_t kMost = 65'536;

}  // namespace

LeftOutThings::Kind& LeftOutThings::kind_of(std::string_view reason) {
    const auto found = kinds_.find(reason);
    if (found != kinds_.end()) return found->second;
    Kind& kind = kinds_[std::string(reason)];
    kind.shown = &counts_[std::string(reason)];
    return kind;
}

void LeftOutThings::note(std::string_view path, std::string_view reason) {
    const std::uint64_t hash = hash64(path);
    Kind& kind = kind_of(reason);
    auto known = things_.find(hash);
    if (known != things_.end() && known->second.kind != &kind) {
        forget(path);
        known = things_.end();
    }
    if (known == things_.end()) {
        if (things_.size() >= kMost) return;
        known = things_.emplace(hash, Thing{&kind, look_}).first;
        ++kind.shown->count;
    }
    known->second.look = look_;
    // An example of this look is one that is there, whatever becomes of those that were noted before it.
    if (!kind.shown->example.empty() && kind.look == look_) return;
    kind.shown->example = path;
    kind.example = hash;
    kind.look = look_;
}

bool LeftOutThings::forget(std::string_view path) {
    const auto known = things_.find(hash64(path));
    if (known == things_.end()) return false;
    Kind& kind = *known->second.kind;
    --kind.shown->count;
    if (kind.example == known->first) kind.shown->example.clear();
    things_.erase(known);
    return kind.shown->count > 0 && kind.shown->example.empty();
}

void LeftOutThings::forget_unseen() {
    for (auto thing = things_.begin(); thing != things_.end();) {
        if (thing->second.look == look_) {
            ++thing;
            continue;
        }
        Kind& kind = *thing->second.kind;
        --kind.shown->count;
        if (kind.example == thing->first) kind.shown->example.clear();
        thing = things_.erase(thing);
    }
}

}  // namespace kaizen::watch
