#include "daemon/ingest/file_queue.h"

#include <algorithm>

namespace kaizen::ingest {

void FileQueue::add_live(FileKey file) {
    if (in_live_.insert(file).second) live_.push_back(std::move(file));
}

void FileQueue::add_history(FileKey file, UnixMs first_timestamp, std::int64_t mtime_ns, std::int64_t bytes) {
    const std::size_t root = file.root;
    if (history_.emplace(first_timestamp, mtime_ns, std::move(file)).second) history_bytes_[root] += bytes;
}

std::optional<Work> FileQueue::next() {
    if (!live_.empty()) {
        Work work{std::move(live_.front()), true};
        live_.pop_front();
        in_live_.erase(work.file);
        return work;
    }
    if (history_.empty() || !history_open_) return std::nullopt;
    auto first = history_.extract(history_.begin());
    auto& [first_timestamp, mtime_ns, file] = first.value();
    return Work{std::move(file), false, first_timestamp, mtime_ns};
}

void FileQueue::put_back(Work work) {
    if (work.live)
        add_live(std::move(work.file));
    else
        history_.emplace(work.first_timestamp, work.mtime_ns, std::move(work.file));
}

std::int64_t FileQueue::history_bytes_of(std::size_t root) const {
    const auto found = history_bytes_.find(root);
    return found == history_bytes_.end() ? 0 : found->second;
}

void FileQueue::history_read(std::size_t root, std::int64_t bytes) {
    if (history_.empty()) return history_bytes_.clear();
    std::int64_t& left = history_bytes_[root];
    left = std::max<std::int64_t>(0, left - bytes);
}

}  // namespace kaizen::ingest
