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

constexpr std::string_view kLink = "link";
constexpr std::string_view kSpecial = "special";

// Removed or replaced by something else since its name was read: nothing to say about it.
bool is_gone(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

// As readdir() has it, which for most file systems saves the stat().
unsigned char type_of(const struct stat& info) { return static_cast<unsigned char>(IFTODT(info.st_mode)); }

std::string_view why_left_out(const Tree& tree, std::string_view path, unsigned char type) {
    if (!tree.leaves_out) return {};
    if (type == DT_DIR || type == DT_REG) return tree.leaves_out(path, type == DT_DIR);
    if (!tree.enters(path) && !tree.accepts(path)) return {};
    return type == DT_LNK ? kLink : kSpecial;
}

Found left_out_or_nothing(const Tree& tree, std::string path, unsigned char type) {
    const std::string_view reason = why_left_out(tree, path, type);
    if (reason.empty()) return Found{};
    return Found{Found::Kind::left_out, std::move(path), -1, 0, 0, 0, reason};
}

Found file_found(std::string path, const struct stat& info) {
    return Found{Found::Kind::file, std::move(path), -1, file_stamp(info), 0, info.st_size};
}

}  // namespace

std::uint64_t file_stamp(const struct stat& info) {
    const auto seconds = static_cast<std::uint64_t>(info.st_mtim.tv_sec);
    const std::uint64_t modified =
        seconds * 1'000'000'000ULL + static_cast<std::uint64_t>(info.st_mtim.tv_nsec);
    return hash64(info.st_ino, hash64(static_cast<std::uint64_t>(info.st_size), hash64(modified)));
}

Found judged(const Tree& tree, std::string path, const struct stat& info) {
    if (!S_ISREG(info.st_mode) || !tree.accepts(path))
        return left_out_or_nothing(tree, std::move(path), type_of(info));
    return file_found(std::move(path), info);
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
    if (type == DT_DIR && tree_.enters(path)) {
        add(std::move(path));
        return Found{};
    }
    if (type != DT_REG || !tree_.accepts(path)) return left_out_or_nothing(tree_, std::move(path), type);
    const bool is_there = ::fstatat(fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0;
    return is_there && S_ISREG(info.st_mode) ? file_found(std::move(path), info) : Found{};
}

}  // namespace kaizen::watch
