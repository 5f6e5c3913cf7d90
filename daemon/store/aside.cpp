#include "daemon/store/aside.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "common/log.h"
#include "common/paths.h"
#include "daemon/store/fault.h"

namespace kaizen::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".corrupt-";
constexpr std::chrono::milliseconds kNotAgainFor = std::chrono::hours(1);
constexpr std::array<const char*, 3> kFiles = {"", "-wal", "-shm"};

// "2026-11-26T00-44-33Z": no colons, which other systems do not have in names.
std::string stamp(UnixMs at) {
    std::string text = format_iso8601(at).substr(0, 19);
    std::replace(text.begin(), text.end(), ':', '-');
    return text + "Z";
}

std::optional<UnixMs> time_of_stamp(std::string text) {
    if (text.size() != 20 || text[13] != '-' || text[16] != '-') return std::nullopt;
    text[13] = text[16] = ':';
    return parse_iso8601(text);
}

UnixMs modified_at(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? std::int64_t{info.st_mtime} * 1000 : 0;
}

void move(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT)
        throw std::system_error(errno, std::generic_category(), from + " cannot be moved aside");
}

}  // namespace

std::vector<Aside> set_aside_before(const std::string& database) {
    std::vector<Aside> all;
    const std::string start = fs::path(database).filename().string() + std::string(kMark);
    for (const auto& entry : fs::directory_iterator(fs::path(database).parent_path())) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(start)) continue;
        const auto at = time_of_stamp(name.substr(start.size()));
        if (!at) continue;  // -wal, -shm
        const std::string path = entry.path().string();
        all.push_back({path, *at, std::max(modified_at(path), modified_at(path + "-wal"))});
    }
    std::sort(all.begin(), all.end(), [](const Aside& a, const Aside& b) { return a.at < b.at; });
    return all;
}

void set_aside(const std::string& database, UnixMs now) {
    const std::vector<Aside> before = set_aside_before(database);
    if (!before.empty() && std::abs(now - before.back().at) < kNotAgainFor.count()) {
        throw Unusable(
            fmt::format("{} is damaged again, less than an hour after it was rebuilt", database),
            fmt::format("check the disk and the memory of this machine; then remove {} to have it rebuilt",
                        shell_quoted(before.back().path)));
    }
    const std::string to = database + std::string(kMark) + stamp(now);
    for (const char* file : kFiles) move(database + file, to + file);
    log::error("the database is damaged and was moved aside, a new one is made from the session files",
               "moved_to={}", to);
}

}  // namespace kaizen::store
