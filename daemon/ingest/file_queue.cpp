#include "daemon/ingest/file_queue.h"

#include <algorithm>

namespace kaizen::ingest {

void FileQueue::add_live(FileKey file) {
    if (in_live_.insert(file).second) live_.push_back(std::move(file));
}

void FileQueue::add_history(FileKey file, UnixMs first_timestamp, std::int64_t mtime_ns, std::int64_t bytes) {
    if (history_.emplace(first_timestamp, mtime_ns, std::move(file)).second) history_bytes_ += bytes;
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

void FileQueue::history_read(std::int64_t bytes) {
    history_bytes_ = history_.empty() ? 0 : std::max<std::int64_t>(0, history_bytes_ - bytes);
}

}  // namespace kaizen::ingest
