#include "daemon/control/inherited_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "daemon/control/socket_file.h"
#include "tests/common/fake_env.h"
#include "tests/support/temp_dir.h"

namespace kaizen::control {
namespace {

using testing::HasSubstr;

// Stands at descriptor 3, as what a service manager passes does; what was there before is there afterwards.
class PassedOn {
  public:
    explicit PassedOn(int fd) : before_(::fcntl(3, F_DUPFD_CLOEXEC, 10)) { ::dup2(fd, 3); }
    ~PassedOn() { before_ ? ::dup2(before_.get(), 3) : ::close(3); }
    PassedOn(const PassedOn&) = delete;
    PassedOn& operator=(const PassedOn&) = delete;

  private:
    UniqueFd before_;
};

test::FakeEnv one_for_us() {
    return {{"LISTEN_FDS", "1"}, {"LISTEN_PID", std::to_string(::getpid())}, {"LISTEN_FDNAMES", "control"}};
}

std::string refusal_of(int fd) {
    const PassedOn passed(fd);
    const auto taken = inherited_socket(one_for_us().get());
    return taken ? "taken" : taken.error().message + "; " + taken.error().hint;
}

TEST(InheritedSocket, is_taken_and_not_left_to_children) {
    const test::TempDir dir;
    SocketFile made(dir / "s");
    const UniqueFd listening(made.release_fd());
    const PassedOn passed(listening.get());
    auto taken = inherited_socket(one_for_us().get());
    ASSERT_TRUE(taken && *taken);
    EXPECT_EQ((*taken)->path, dir / "s");
    EXPECT_EQ((*taken)->fd.get(), 3);
    EXPECT_EQ(::fcntl(3, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_EQ((*taken)->fd.release(), 3);
}

TEST(InheritedSocket, is_none_where_nothing_was_passed_to_this_process) {
    const auto nothing = inherited_socket(test::FakeEnv().get());
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
    const auto for_a_parent =
        inherited_socket(test::FakeEnv({{"LISTEN_FDS", "1"}, {"LISTEN_PID", "1"}}).get());
    ASSERT_TRUE(for_a_parent);
    EXPECT_FALSE(*for_a_parent);
}

TEST(InheritedSocket, must_be_one) {
    test::FakeEnv two({{"LISTEN_FDS", "2"}, {"LISTEN_PID", std::to_string(::getpid())}});
    const auto taken = inherited_socket(two.get());
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, HasSubstr("2 descriptors"));
}

TEST(InheritedSocket, must_listen_as_a_unix_stream_socket) {
    const test::TempDir dir;
    const auto socket_of = [](int domain, int type) { return UniqueFd(::socket(domain, type, 0)); };
    const UniqueFd file(::open((dir / "f").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    const UniqueFd datagram = socket_of(AF_UNIX, SOCK_DGRAM);
    const UniqueFd silent = socket_of(AF_UNIX, SOCK_STREAM);
    const UniqueFd tcp = socket_of(AF_INET, SOCK_STREAM);
    ASSERT_EQ(::listen(tcp.get(), 1), 0);
    for (const UniqueFd* fd : {&file, &datagram, &silent, &tcp})
        EXPECT_THAT(refusal_of(fd->get()), HasSubstr("does not listen for kaizenctl")) << fd->get();
    EXPECT_THAT(refusal_of(file.get()), HasSubstr("kaizend.socket"));
}

TEST(InheritedSocket, must_be_there) {
    const UniqueFd before(::fcntl(3, F_DUPFD_CLOEXEC, 10));
    ::close(3);
    const auto taken = inherited_socket(one_for_us().get());
    if (before) ::dup2(before.get(), 3);
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, HasSubstr("descriptor 3"));
}

TEST(InheritedSocket, leaves_its_file_to_the_one_who_made_it) {
    const test::TempDir dir;
    SocketFile made(dir / "s");
    { SocketFile inherited{UniqueFd(made.release_fd())}; }
    EXPECT_EQ(::access((dir / "s").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace kaizen::control
