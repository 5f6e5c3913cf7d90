#include "daemon/watch/known_files.h"

#include <algorithm>

#include "common/hash.h"

namespace kaizen::watch {

void KnownFiles::begin_look() {
    ++look_;
    forget_from_ = 0;
}

bool KnownFiles::update(std::string_view path, std::uint64_t stamp) {
    const Known now{hash64(path), stamp, look_};
    std::vector<Known>& table = tables_[now.path % tables_.size()];
    const auto known = std::lower_bound(table.begin(), table.end(), now,
                                        [](const Known& a, const Known& b) { return a.path < b.path; });
    if (known == table.end() || known->path != now.path) {
        table.insert(known, now);
        ++size_;
        return true;
    }
    const bool changed = known->stamp != stamp;
    *known = now;
    return changed;
}

bool KnownFiles::forget_unseen(StepBudget& budget) {
    for (; forget_from_ < tables_.size(); ++forget_from_) {
        if (!budget.take()) return false;
        size_ -=
            std::erase_if(tables_[forget_from_], [this](const Known& file) { return file.look != look_; });
    }
    return true;
}

}  // namespace kaizen::watch
