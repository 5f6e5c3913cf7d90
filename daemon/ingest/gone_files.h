#pragma once

// Session files that are gone. One of which all was read may go: its history is kept. Of the others the store
// says what was not read (FileRow::problem, store::kGoneUnread), until they are back. Worker thread.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "daemon/ingest/file_queue.h"
#include "daemon/ingest/root.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

class GoneFiles {
  public:
    explicit GoneFiles(store::Store& store) : store_(store) {}

    // Files below this root may be gone; look() sees which, in transactions of its own, and says whether a
    // row is another one now. When it throws, the same is looked at again by the next call.
    void notice(std::size_t root) { noticed_.insert(root); }
    bool look(const std::vector<Root>& roots);

    // A file of which we were told, when it had `size` bytes, is gone. In the caller's transaction.
    void take(const std::string& root, const FileKey& key, std::int64_t size);
    void is_there(const FileKey& key) { lost_.erase(key); }
    void forget_root(std::size_t root);

    // Those of which there is no row: nothing was read of them. The first thousand, until they are back or we
    // end.
    [[nodiscard]] const std::set<FileKey>& lost() const { return lost_; }

  private:
    [[nodiscard]] std::set<std::string> unfinished_roots();
    bool note(store::FileRow row, std::int64_t size);

    store::Store& store_;
    std::set<std::size_t> noticed_;
    std::set<FileKey> lost_;
};

}  // namespace kaizen::ingest
