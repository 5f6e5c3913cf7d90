#include "daemon/runtime/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>
#include <string>

#include "tests/common/fake_env.h"
#include "tests/runtime/fake_manager.h"
#include "tests/support/temp_dir.h"

namespace kaizen::runtime {
namespace {

namespace asio = boost::asio;
using testing::Each;
using testing::IsEmpty;

// A manager that wants to hear every millisecond.
struct Watched {
    test::TempDir dir;
    test::FakeManager manager{dir / "notify"};
    ServiceNotify notify{test::FakeEnv({{"NOTIFY_SOCKET", dir / "notify"}, {"WATCHDOG_USEC", "2000"}}).get()};
    asio::io_context io;
    Worker worker;
};

TEST(Watchdog, beats_until_it_is_stopped) {
    Watched watched;
    int beats = 0;
    Watchdog* self = nullptr;
    Watchdog watchdog(watched.io.get_executor(), watched.worker, watched.notify, [&] {
        if (++beats == 5) self->stop();
    });
    self = &watchdog;
    asio::co_spawn(watched.io, watchdog.run(), asio::detached);
    watched.io.run();
    const auto heard = watched.manager.heard();
    EXPECT_EQ(heard.size(), 5U);
    EXPECT_THAT(heard, Each(std::string("WATCHDOG=1")));
}

asio::awaitable<void> block(Worker* worker, std::shared_future<void> until) {
    auto job = [until] { until.wait(); };
    co_await worker->run(std::move(job));
}

asio::awaitable<void> let_beats_pass(asio::io_context* io, int beats, std::function<void()> then) {
    asio::steady_timer timer(*io);
    for (int i = 0; i < beats; ++i) {
        timer.expires_after(std::chrono::milliseconds(1));
        boost::system::error_code ignored;
        auto token = asio::redirect_error(asio::use_awaitable, ignored);
        co_await timer.async_wait(token);
    }
    then();
}

TEST(Watchdog, gives_no_sign_while_the_worker_is_stuck) {
    Watched watched;
    std::promise<void> release;
    Watchdog* self = nullptr;
    Watchdog watchdog(watched.io.get_executor(), watched.worker, watched.notify, [&] { self->stop(); });
    self = &watchdog;
    std::vector<std::string> heard_meanwhile{"not asked"};
    auto look = [&] {
        heard_meanwhile = watched.manager.heard();
        release.set_value();
    };
    asio::co_spawn(watched.io, block(&watched.worker, release.get_future().share()), asio::detached);
    asio::co_spawn(watched.io, watchdog.run(), asio::detached);
    asio::co_spawn(watched.io, let_beats_pass(&watched.io, 50, look), asio::detached);
    watched.io.run();
    EXPECT_THAT(heard_meanwhile, IsEmpty());
    EXPECT_THAT(watched.manager.heard(), testing::ElementsAre("WATCHDOG=1"));
}

TEST(Watchdog, has_no_timer_where_nobody_watches) {
    asio::io_context io;
    Worker worker;
    ServiceNotify nobody;
    Watchdog watchdog(io.get_executor(), worker, nobody, [] {});
    bool ended = false;
    asio::co_spawn(io, watchdog.run(), [&](const std::exception_ptr&) { ended = true; });
    io.run();  // returns: there is nothing to wait for
    EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace kaizen::runtime
