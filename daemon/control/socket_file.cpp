#include "daemon/control/socket_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace kaizen::control {
namespace {

[[noreturn]] void fail_with(int error, const std::string& message) {
    throw std::system_error(error, std::generic_category(), message);
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof(address.sun_path)) {
        fail_with(ENAMETOOLONG,
                  fmt::format("socket {}: {} bytes, at most {} fit; set KAIZEN_SOCKET to a shorter path",
                              path, path.size(), sizeof(address.sun_path) - 1));
    }
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    return address;
}

void remove_old_socket(const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return;
        fail_with(errno, "socket " + path);
    }
    if (!S_ISSOCK(found.st_mode)) {
        fail_with(EEXIST,
                  fmt::format("socket {}: a file that is no socket stands there; move it away", path));
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_with(errno, "socket " + path);
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
    const sockaddr_un address = address_of(path_);
    remove_old_socket(path_);
    fd_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (!fd_ || ::fcntl(fd_.get(), F_SETFD, FD_CLOEXEC) != 0) fail_with(errno, "socket " + path_);
    // The mask is the process's: the daemon has one thread yet. A chmod after bind would leave a moment in
    // between.
    const mode_t old_mask = ::umask(0177);
    const int bound = ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    const int bind_error = errno;
    ::umask(old_mask);
    if (bound != 0) fail_with(bind_error, "socket " + path_);
    struct stat made {};
    if (::lstat(path_.c_str(), &made) != 0) fail_with(errno, "socket " + path_);
    device_ = made.st_dev;
    inode_ = made.st_ino;
    if (::listen(fd_.get(), SOMAXCONN) != 0) {
        const int error = errno;
        remove();
        fail_with(error, "socket " + path_);
    }
}

void SocketFile::remove() {
    if (inode_ == 0) return;
    struct stat found {};
    const bool ours =
        ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
    if (ours) ::unlink(path_.c_str());
    inode_ = 0;
}

std::optional<uid_t> peer_uid(int connection) {
#ifdef SO_PEERCRED
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.uid;
#else
    uid_t uid = 0;
    gid_t gid = 0;
    if (::getpeereid(connection, &uid, &gid) != 0) return std::nullopt;
    return uid;
#endif
}

}  // namespace kaizen::control
