#include "daemon/watch/tree_scan.h"

#include <fcntl.h>
#include <limits.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "common/hash.h"
#include "common/open_below.h"

namespace kaizen::watch {
namespace {

// Removed or replaced by something else since its name was read: nothing to say about it.
bool is_gone(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

unsigned char type_of(const struct stat& info) {
    return S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_LNK;
}

}  // namespace

std::uint64_t file_stamp(const struct stat& info) {
    const auto seconds = static_cast<std::uint64_t>(info.st_mtim.tv_sec);
    const std::uint64_t modified =
        seconds * 1'000'000'000ULL + static_cast<std::uint64_t>(info.st_mtim.tv_nsec);
    return hash64(info.st_ino, hash64(static_cast<std::uint64_t>(info.st_size), hash64(modified)));
}

void TreeScan::start(std::string root) {
    root_ = std::move(root);
    pending_.clear();
    listing_.reset();
}

void TreeScan::add(std::string directory) { pending_.push_back(std::move(directory)); }

Found TreeScan::next() { return listing_ ? read_entry() : open_directory(); }

Found TreeScan::open_directory() {
    directory_ = std::move(pending_.back());
    pending_.pop_back();
    // No program could open a file below it by its path.
    if (root_.size() + directory_.size() + 2 > PATH_MAX) {
        return Found{Found::Kind::failure, directory_, -1, 0, ENAMETOOLONG};
    }
    auto fd = open_below(root_, directory_, O_RDONLY | O_DIRECTORY);
    if (fd) listing_.reset(::fdopendir(fd->get()));
    if (!listing_) {
        const int error = fd ? errno : fd.error();
        return is_gone(error) ? Found{} : Found{Found::Kind::failure, directory_, -1, 0, error};
    }
    return Found{Found::Kind::directory, directory_, fd->release(), 0, 0};
}

Found TreeScan::read_entry() {
    errno = 0;
    const dirent* entry = ::readdir(listing_.get());
    if (entry != nullptr) return judge(*entry);
    const int error = errno;
    listing_.reset();
    // A directory that was removed while it is listed ends with ENOENT on some file systems.
    return error == 0 || is_gone(error) ? Found{} : Found{Found::Kind::failure, directory_, -1, 0, error};
}

Found TreeScan::judge(const dirent& entry) {
    const std::string_view name = entry.d_name;
    if (name == "." || name == "..") return Found{};
    const int fd = ::dirfd(listing_.get());
    unsigned char type = entry.d_type;
    struct stat info {};
    if (type == DT_UNKNOWN) {
        if (::fstatat(fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return Found{};
        type = type_of(info);
    }
    std::string path = directory_.empty() ? std::string(name) : directory_ + "/" + std::string(name);
    if (type == DT_DIR) {
        if (tree_.enters(path)) add(std::move(path));
        return Found{};
    }
    if (type != DT_REG || !tree_.accepts(path)) return Found{};
    const bool is_there = ::fstatat(fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (!is_there || !S_ISREG(info.st_mode)) return Found{};
    return Found{Found::Kind::file, std::move(path), -1, file_stamp(info), 0};
}

}  // namespace kaizen::watch
