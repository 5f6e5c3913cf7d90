#include "daemon/ingest/first_look.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "common/open_below.h"
#include "daemon/tail/file_identity.h"

namespace kaizen::ingest {
std::optional<UnixMs> timestamp_in(std::string_view text) {
    constexpr std::string_view kKey = R"("timestamp":)";
    for (std::size_t at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, at + 1)) {
        std::string_view value = text.substr(at + kKey.size(), 40);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        if (value.empty() || value.front() != '"') continue;
        value.remove_prefix(1);
        if (const auto time = parse_iso8601(value.substr(0, value.find('"')))) return time;
    }
    return std::nullopt;
}

std::optional<FirstLook> look_at(const std::string& root, const std::string& path) {
    const auto info = stat_below(root, path);
    if (!info || !S_ISREG(info->st_mode)) return std::nullopt;
    return FirstLook{info->st_size,
                     std::int64_t{info->st_mtim.tv_sec} * 1'000'000'000 + info->st_mtim.tv_nsec};
}

UnixMs first_timestamp(const std::string& root, const std::string& path, std::int64_t mtime_ns) {
    const UnixMs changed = mtime_ns / 1'000'000;
    const auto file = tail::open_session_file(root, path);
    if (!file) return changed;  // reading it will say why
    std::string head;
    for (const std::int64_t bytes : {std::int64_t{16} << 10, std::int64_t{1} << 20}) {
        head.resize(static_cast<std::size_t>(std::min(bytes, file->size)));
        const ssize_t n = ::pread(file->fd.get(), head.data(), head.size(), 0);
        if (n <= 0) return changed;
        if (const auto time = timestamp_in(std::string_view(head).substr(0, static_cast<std::size_t>(n))))
            return *time;
        if (n < bytes) return changed;
    }
    return changed;
}

}  // namespace kaizen::ingest
