#include "daemon/ingest/gone_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/log.h"
#include "common/open_below.h"

namespace kaizen::ingest {
namespace {

constexpr std::size_t kMostLost = 1000;

bool is_gone(const std::string& root, const std::string& path) {
    const auto there = stat_below(root, path);
    return !there && (there.error() == ENOENT || there.error() == ENOTDIR);
}

}  // namespace

bool GoneFiles::look(const std::vector<Root>& roots) {
    if (noticed_.empty()) return false;
    const std::set<std::string> unfinished = unfinished_roots();
    bool noted = false;
    for (; !noticed_.empty(); noticed_.erase(noticed_.begin())) {
        const std::string& root = roots[*noticed_.begin()].path;
        if (!unfinished.contains(root)) continue;
        store::Transaction transaction(store_.database);
        for (store::FileRow& row : store_.files.unfinished(root)) {
            if (is_gone(root, row.path)) noted = note(std::move(row), 0) || noted;
        }
        transaction.commit();
    }
    return noted;
}

// Below the others all was read.
std::set<std::string> GoneFiles::unfinished_roots() {
    std::set<std::string> roots;
    for (const store::SourceTotals& source : store_.files.totals()) {
        if (source.bytes_behind > 0) roots.insert(source.root);
    }
    for (const store::ProblemFiles& problem : store_.files.problems()) {
        if (!problem.gone) roots.insert(problem.root);
    }
    return roots;
}

void GoneFiles::take(const std::string& root, const FileKey& key, std::int64_t size) {
    if (auto row = store_.files.find(root, key.path)) {
        (void)note(std::move(*row), size);
        return;
    }
    if (size == 0 || lost_.size() >= kMostLost || !lost_.insert(key).second) return;
    log::warn("a session file is gone before anything of it was read", "file={}/{} bytes={}", root, key.path,
              size);
}

void GoneFiles::forget_root(std::size_t root) {
    noticed_.erase(root);
    std::erase_if(lost_, [root](const FileKey& key) { return key.root == root; });
}

// `size` is what we were told of; the row has what was seen when it was read.
bool GoneFiles::note(store::FileRow row, std::int64_t size) {
    const std::int64_t unread = std::max<std::int64_t>(0, std::max(size, row.size) - row.position.offset);
    const bool all_read = unread == 0 && row.problem.empty();
    if (all_read || row.problem == store::kGoneUnread) return false;
    log::warn("a session file is gone before it was read to its end", "file={}/{} bytes={}", row.root,
              row.path, unread);
    row.size = row.position.offset;  // nothing is behind that could still be read
    row.problem = store::kGoneUnread;
    store_.files.save(row);
    return true;
}

}  // namespace kaizen::ingest
