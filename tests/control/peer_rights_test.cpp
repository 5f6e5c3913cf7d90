// Who may connect, and how many.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <string>

#include "tests/control/peer.h"
#include "tests/control/running_server.h"

namespace kaizen::test {
namespace {

constexpr uid_t kNobody = 65534;
constexpr int kClosedUnheard = 0;
constexpr int kAnswered = 1;
constexpr int kCouldNotTry = 2;

// In a forked child, as somebody else: only calls that are safe there.
[[noreturn]] void ask_as_nobody(const sockaddr_un& address) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::setuid(kNobody) != 0 ||
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        ::_exit(kCouldNotTry);
    }
    constexpr char kRequest[] = "GET /v1/echo HTTP/1.1\r\nHost: kaizend\r\n\r\n";
    static_cast<void>(::send(fd, kRequest, sizeof(kRequest) - 1, MSG_NOSIGNAL));
    char byte = 0;
    ::_exit(::recv(fd, &byte, 1, 0) > 0 ? kAnswered : kClosedUnheard);
}

TEST(ControlServerPeers, of_another_user_are_closed_unheard_and_counted) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    RunningServer server;
    server.start();
    const std::string path = server.path();
    ASSERT_EQ(::chmod(server.dir().path().c_str(), 0755), 0);
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));

    const pid_t child = ::fork();
    if (child == 0) ask_as_nobody(address);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), kClosedUnheard);
    EXPECT_EQ(server.stats().refused, 1);
    EXPECT_EQ(Peer(path).ask("GET", "/v1/echo").status, 200);
}

TEST(ControlServerPeers, beyond_64_are_told_to_come_again) {
    RunningServer server;
    server.start();
    std::deque<Peer> peers;
    for (int i = 0; i < 64; ++i)
        EXPECT_EQ(peers.emplace_back(server.path()).ask("GET", "/v1/echo").status, 200);
    Peer surplus(server.path());
    const Reply reply = surplus.read_reply();
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("Retry-After"), "1");
    EXPECT_NE(reply.body.find("too_many_connections"), std::string::npos);
    EXPECT_EQ(surplus.read_to_end(), "");
    EXPECT_EQ(server.stats().connections, 64);
    EXPECT_EQ(server.stats().turned_away, 1);

    peers.pop_front();
    while (server.stats().connections == 64) continue;  // the server sees the closing when it gets to it
    EXPECT_EQ(peers.emplace_back(server.path()).ask("GET", "/v1/echo").status, 200);
}

// The soft limit of this process, back as it was at the end.
class FileLimit {
  public:
    FileLimit() { ::getrlimit(RLIMIT_NOFILE, &before_); }
    ~FileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;
    void lower_to(rlim_t files) {
        rlimit lowered = before_;
        lowered.rlim_cur = files;
        ::setrlimit(RLIMIT_NOFILE, &lowered);
    }

  private:
    rlimit before_{};
};

TEST(ControlServerPeers, wait_while_no_file_descriptor_is_free) {
    RunningServer server;
    server.poll();
    Peer peer(server.path());
    {
        FileLimit limit;
        const int next_free = ::fcntl(0, F_DUPFD, 0);
        ::close(next_free);
        limit.lower_to(static_cast<rlim_t>(next_free));
        server.poll();
        server.poll();
    }
    server.start();
    EXPECT_EQ(server.stats().connections, 0) << "it was accepted before the limit was lifted";
    EXPECT_EQ(peer.ask("GET", "/v1/echo").status, 200);
}

}  // namespace
}  // namespace kaizen::test
