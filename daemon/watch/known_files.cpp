#include "daemon/watch/known_files.h"

#include <algorithm>

#include "common/hash.h"

namespace kaizen::watch {

void KnownFiles::begin_look() {
    ++look_;
    forget_from_ = 0;
    any_unseen_ = false;
}

bool KnownFiles::update(std::string_view path, std::uint64_t stamp) {
    const Known now{hash64(path), stamp, look_};
    std::vector<Known>& table = tables_[now.path % tables_.size()];
    const auto known = place_in(table, now.path);
    if (known == table.end() || known->path != now.path) {
        table.insert(known, now);
        ++size_;
        return true;
    }
    const bool changed = known->stamp != stamp;
    *known = now;
    return changed;
}

bool KnownFiles::forget(std::string_view path) {
    const std::uint64_t hash = hash64(path);
    std::vector<Known>& table = tables_[hash % tables_.size()];
    const auto known = place_in(table, hash);
    if (known == table.end() || known->path != hash) return false;
    table.erase(known);
    --size_;
    return true;
}

std::vector<KnownFiles::Known>::iterator KnownFiles::place_in(std::vector<Known>& table, std::uint64_t path) {
    return std::lower_bound(table.begin(), table.end(), path,
                            [](const Known& known, std::uint64_t hash) { return known.path < hash; });
}

bool KnownFiles::forget_unseen(StepBudget& budget) {
    for (; forget_from_ < tables_.size(); ++forget_from_) {
        if (!budget.take()) return false;
        const std::size_t unseen =
            std::erase_if(tables_[forget_from_], [this](const Known& file) { return file.look != look_; });
        size_ -= unseen;
        any_unseen_ = any_unseen_ || unseen > 0;
    }
    return true;
}

}  // namespace kaizen::watch
