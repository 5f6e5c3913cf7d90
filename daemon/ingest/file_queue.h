#pragma once

// Which file is read next: files that just changed before history, history in the order it happened. Pure;
// worker thread.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "common/clock.h"

namespace kaizen::ingest {

struct FileKey {
    std::size_t root = 0;  // index into the roots
    std::string path;      // relative to it
    auto operator<=>(const FileKey&) const =
        default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 errs here
};

struct Work {
    FileKey file;
    bool live = false;
    // History only, its place in the order. Where two files begin at the same time, the one that was left
    // alone first is the original, the other a fork that went on.
    UnixMs first_timestamp = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t size = 0;  // of the file, when it was noticed last
};

class FileQueue {
  public:
    void add_live(FileKey file, std::int64_t size = 0);
    // `bytes` of `size` are to be read.
    void add_history(FileKey file, UnixMs first_timestamp, std::int64_t mtime_ns, std::int64_t bytes,
                     std::int64_t size = 0);
    void forget_root(std::size_t root);

    // History waits until all of it is known, so that it can be put in order.
    void open_history() { history_open_ = true; }
    void close_history() { history_open_ = false; }  // more of it is to come

    [[nodiscard]] bool empty() const { return live_.empty() && (history_.empty() || !history_open_); }
    [[nodiscard]] std::optional<Work> next();  // takes it out

    // A file that was not read to its end goes on: behind the other live files, or, for history, at once.
    void put_back(Work work);

    // Progress of history: files that wait, and bytes still to read (about: files grow).
    [[nodiscard]] std::int64_t history_files() const { return static_cast<std::int64_t>(history_.size()); }
    [[nodiscard]] std::int64_t history_bytes_of(std::size_t root) const;
    void history_read(std::size_t root, std::int64_t bytes);  // and stored
    [[nodiscard]] const std::deque<FileKey>& live() const { return live_; }

  private:
    std::deque<FileKey> live_;
    std::map<FileKey, std::int64_t> in_live_;                                    // its size
    std::map<std::tuple<UnixMs, std::int64_t, FileKey>, std::int64_t> history_;  // likewise
    std::map<std::size_t, std::int64_t> history_bytes_;                          // by root
    bool history_open_ = false;
};

}  // namespace kaizen::ingest
