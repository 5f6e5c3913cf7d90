#include "daemon/insight/thread_names.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "common/json.h"
#include "common/text.h"
#include "common/unique_fd.h"

namespace kaizen::insight {
namespace {

namespace fs = std::filesystem;

constexpr off_t kMostBytes = off_t{4} << 20;
constexpr std::size_t kMostCharacters = 200;  // of a name

}  // namespace

std::vector<std::string> ThreadNames::files(const std::string& home, const Env& env) {
    std::vector<std::string> all;
    for (const std::string& root : session_roots("codex", home, env)) {
        const std::string file = (fs::path(root).parent_path() / "session_index.jsonl").string();
        if (std::find(all.begin(), all.end(), file) == all.end()) all.push_back(file);
    }
    return all;
}

ThreadNames::ThreadNames(std::vector<std::string> files) {
    for (std::string& path : files) files_.emplace_back().path = std::move(path);
}

void ThreadNames::refresh() {
    for (File& file : files_) {
        const UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
        struct stat info {};
        if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
            file = File{file.path, 0, -1, 0, {}};
            continue;
        }
        const std::int64_t mtime = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
        if (std::tuple(file.inode, file.size, file.mtime_ns) == std::tuple(info.st_ino, info.st_size, mtime))
            continue;
        file = File{file.path, info.st_ino, info.st_size, mtime, {}};
        read(file, fd.get());
    }
}

// From the middle of a file on, the first line may be half of one: it is no object.
void ThreadNames::read(File& file, int fd) {
    std::string text(static_cast<std::size_t>(std::min(file.size, kMostBytes)), '\0');
    const ssize_t n = ::pread(fd, text.data(), text.size(), file.size - static_cast<off_t>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    JsonDocument document;
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty() || !document.parse(line)) continue;
        const auto id = find_string(document.root(), "id");
        const auto name = find_string(document.root(), "thread_name");
        if (id && name) file.names[std::string(*id)] = one_line(*name, kMostCharacters);
    }
}

std::string ThreadNames::of(const std::string& thread) const {
    for (const File& file : files_) {
        const auto found = file.names.find(thread);
        if (found != file.names.end()) return found->second;
    }
    return {};
}

}  // namespace kaizen::insight
