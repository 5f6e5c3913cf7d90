#include "daemon/runtime/service_notify.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/common/fake_env.h"
#include "tests/runtime/fake_manager.h"
#include "tests/support/temp_dir.h"

namespace kaizen::runtime {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

std::string own_pid() { return std::to_string(::getpid()); }

TEST(ServiceNotify, says_each_thing_in_a_datagram_of_its_own) {
    const test::TempDir dir;
    test::FakeManager manager(dir / "notify");
    ServiceNotify notify(test::FakeEnv({{"NOTIFY_SOCKET", dir / "notify"}}).get());
    EXPECT_TRUE(notify.listens());
    notify.ready();
    notify.alive();
    notify.extend(microseconds(30'000'000));
    notify.reloading();
    notify.stopping();
    EXPECT_THAT(manager.heard(),
                ElementsAre("READY=1", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=30000000",
                            MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"), "STOPPING=1"));
}

TEST(ServiceNotify, finds_an_abstract_socket) {
    const std::string name = "@kaizen-notify-test-" + own_pid();
    test::FakeManager manager(name);
    ServiceNotify notify(test::FakeEnv({{"NOTIFY_SOCKET", name}}).get());
    notify.ready();
    EXPECT_THAT(manager.heard(), ElementsAre("READY=1"));
}

TEST(ServiceNotify, says_a_status_only_when_it_is_another) {
    const test::TempDir dir;
    test::FakeManager manager(dir / "notify");
    ServiceNotify notify(test::FakeEnv({{"NOTIFY_SOCKET", dir / "notify"}}).get());
    for (const char* text : {"one", "one", "two", "two", "one"}) notify.status(text);
    EXPECT_THAT(manager.heard(), ElementsAre("STATUS=one", "STATUS=two", "STATUS=one"));
}

TEST(ServiceNotify, says_nothing_where_nobody_listens) {
    ServiceNotify absent;
    EXPECT_FALSE(absent.listens());
    EXPECT_EQ(absent.beat(), std::nullopt);
    absent.ready();
    absent.status("x");
    EXPECT_FALSE(ServiceNotify(test::FakeEnv().get()).listens());
}

TEST(ServiceNotify, takes_no_address_that_is_none) {
    for (const std::string& name : {std::string("notify"), std::string("@"), std::string("vsock:2:1234"),
                                    "/" + std::string(200, 'x')}) {
        const ServiceNotify notify(test::FakeEnv({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "1000"}}).get());
        EXPECT_FALSE(notify.listens()) << name;
        EXPECT_EQ(notify.beat(), std::nullopt) << name;
    }
}

TEST(ServiceNotify, leaves_alone_what_a_parent_was_given) {
    const test::TempDir dir;
    test::FakeManager manager(dir / "notify");
    test::FakeEnv env({{"NOTIFY_SOCKET", dir / "notify"}, {"SYSTEMD_EXEC_PID", "1"}});
    ServiceNotify notify(env.get());
    EXPECT_FALSE(notify.listens());
    notify.ready();
    EXPECT_THAT(manager.heard(), IsEmpty());
}

TEST(ServiceNotify, beats_twice_in_the_time_that_the_manager_allows) {
    const test::TempDir dir;
    const test::FakeManager manager(dir / "notify");
    const auto beat = [&](const std::string& limit, const std::string& pid) {
        test::FakeEnv env(
            {{"NOTIFY_SOCKET", dir / "notify"}, {"WATCHDOG_USEC", limit}, {"WATCHDOG_PID", pid}});
        return ServiceNotify(env.get()).beat();
    };
    EXPECT_EQ(beat("60000000", own_pid()), microseconds(30'000'000));
    EXPECT_EQ(beat("60000000", ""), microseconds(30'000'000));
    EXPECT_EQ(beat("1", ""), microseconds(1));
    EXPECT_EQ(beat("60000000", "1"), std::nullopt);  // for another process
    for (const char* wrong : {"", "0", "-5", "60s", "99999999999999999999"})
        EXPECT_EQ(beat(wrong, ""), std::nullopt) << wrong;
}

TEST(ServiceNotify, does_not_wait_for_a_manager_that_does_not_read) {
    const test::TempDir dir;
    test::FakeManager manager(dir / "notify");
    ServiceNotify notify(test::FakeEnv({{"NOTIFY_SOCKET", dir / "notify"}}).get());
    for (int i = 0; i < 100'000; ++i) notify.alive();  // more than any queue holds
    notify.status("lost");
    EXPECT_FALSE(manager.heard().empty());
    notify.status("lost");  // said again, because it did not arrive
    EXPECT_THAT(manager.heard(), ElementsAre("STATUS=lost"));
}

TEST(ServiceNotify, bears_a_manager_that_is_gone) {
    const test::TempDir dir;
    ServiceNotify notify(test::FakeEnv({{"NOTIFY_SOCKET", dir / "nobody"}}).get());
    testing::internal::CaptureStdout();  // where the log goes before it is started
    notify.ready();
    notify.ready();
    notify.stopping();
    const std::string said = testing::internal::GetCapturedStdout();
    EXPECT_NE(said.find("does not hear"), std::string::npos);
    EXPECT_EQ(said.find("does not hear"), said.rfind("does not hear")) << said;
    test::FakeManager manager(dir / "nobody");  // and one that comes back
    notify.alive();
    EXPECT_THAT(manager.heard(), ElementsAre("WATCHDOG=1"));
}

TEST(ServiceNotify, leaves_nothing_to_children) {
    for (const char* name :
         {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"})
        ::setenv(name, "1", 1);
    unset_service_variables();
    for (const char* name :
         {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"})
        EXPECT_EQ(::getenv(name), nullptr) << name;
}

}  // namespace
}  // namespace kaizen::runtime
