#pragma once

// Lists directories below a tree's root, one entry per call, so that the caller can stop anywhere. Links are
// never followed below the root, hence no loops, and a link put in place meanwhile is no way out.

#include <dirent.h>
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/watch/file_watcher.h"

namespace kaizen::watch {

struct Found {
    enum class Kind {
        nothing,    // an entry that is of no interest
        directory,  // opened, about to be listed: watch it now, and no change is missed
        file,       // a regular file that the tree accepts
        left_out,   // what is not followed and is to be counted
        failure,    // a directory that cannot be listed
    };
    Kind kind = Kind::nothing;
    std::string path;              // relative to the root
    int fd = -1;                   // directory: open until the next call
    std::uint64_t stamp = 0;       // file
    int error = 0;                 // failure: errno
    std::int64_t bytes = 0;        // file: its size
    std::string_view reason = {};  // left_out
};

// Inode, size and modification time in one number: another one when the file is another one or has grown.
[[nodiscard]] std::uint64_t file_stamp(const struct stat& info);

// What something below the root is to the tree: file, left_out or nothing, never a directory that it enters.
[[nodiscard]] Found judged(const Tree& tree, std::string path, const struct stat& info);

class TreeScan {
  public:
    explicit TreeScan(const Tree& tree) : tree_(tree) {}  // `tree` outlives the scan

    void start(std::string root);     // drops what was to be listed; `root` is a real path
    void add(std::string directory);  // to be listed, with all below it; relative, empty for the root
    [[nodiscard]] bool done() const { return !listing_ && pending_.empty(); }
    [[nodiscard]] Found next();  // call it only when not done()

  private:
    struct CloseDir {
        void operator()(DIR* dir) const { ::closedir(dir); }
    };

    [[nodiscard]] Found open_directory();
    [[nodiscard]] Found read_entry();
    [[nodiscard]] Found judge(const dirent& entry);

    const Tree& tree_;
    std::string root_;
    std::vector<std::string> pending_;
    std::string directory_;  // the one that listing_ lists
    std::unique_ptr<DIR, CloseDir> listing_;
};

}  // namespace kaizen::watch
