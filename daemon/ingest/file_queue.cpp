#include "daemon/ingest/file_queue.h"

#include <algorithm>

namespace kaizen::ingest {

void FileQueue::add_live(FileKey file, std::int64_t size) {
    const auto [known, is_new] = in_live_.try_emplace(file, size);
    known->second = std::max(known->second, size);
    if (is_new) live_.push_back(std::move(file));
}

void FileQueue::add_history(FileKey file, UnixMs first_timestamp, std::int64_t mtime_ns, std::int64_t bytes,
                            std::int64_t size) {
    const std::size_t root = file.root;
    const bool is_new =
        history_.try_emplace(std::tuple(first_timestamp, mtime_ns, std::move(file)), size).second;
    if (is_new) history_bytes_[root] += bytes;
}

void FileQueue::forget_root(std::size_t root) {
    std::erase_if(live_, [root](const FileKey& file) { return file.root == root; });
    std::erase_if(in_live_, [root](const auto& entry) { return entry.first.root == root; });
    std::erase_if(history_, [root](const auto& entry) { return std::get<2>(entry.first).root == root; });
    history_bytes_.erase(root);
}

std::optional<Work> FileQueue::next() {
    if (!live_.empty()) {
        Work work{std::move(live_.front()), true};
        live_.pop_front();
        work.size = in_live_.extract(work.file).mapped();
        return work;
    }
    if (history_.empty() || !history_open_) return std::nullopt;
    auto first = history_.extract(history_.begin());
    auto& [first_timestamp, mtime_ns, file] = first.key();
    return Work{std::move(file), false, first_timestamp, mtime_ns, first.mapped()};
}

void FileQueue::put_back(Work work) {
    if (work.live)
        add_live(std::move(work.file), work.size);
    else
        history_.try_emplace(std::tuple(work.first_timestamp, work.mtime_ns, std::move(work.file)),
                             work.size);
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
