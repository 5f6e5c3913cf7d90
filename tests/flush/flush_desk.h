#pragma once

// A flusher with a real outbox behind it, a server that follows a script before it, and a clock that the test
// sets.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/flush/flusher.h"
#include "tests/outbox/waiting_rows.h"

namespace kaizen::test {

// One POST as the server saw it.
struct Seen {
    std::string path;
    std::string key;
    std::string body;  // unzipped
    std::int64_t rows = 0;
    UnixMs at = 0;
};

// Answers 202 and keeps the identities of rows, unless the script says otherwise.
class ScriptedServer {
  public:
    using Script = std::function<std::optional<flush::Reply>(const Seen&)>;  // nothing: takes the rows

    Script script;
    std::optional<flush::Reply> config;  // of GET /v1/config; nothing: 404
    bool hold = false;                   // answers wait until release()

    std::vector<Seen> seen;
    std::multiset<std::string> taken;  // rows as they were sent
    int on_the_wire = 0;
    int most_on_the_wire = 0;
};

[[nodiscard]] flush::Reply reply(unsigned status, std::string body = {});
[[nodiscard]] flush::Reply trouble(flush::Trouble trouble);

class FlushDesk {
  public:
    FlushDesk();
    ~FlushDesk();

    [[nodiscard]] flush::Settings settings();
    void use(flush::Settings settings);
    void restart();  // as after kill -9

    WaitingRows rows;
    ScriptedServer server;
    UnixMs clock = kTestNow;
    std::vector<proto::ingest::Overrides> overrides;

    [[nodiscard]] flush::Flusher& flusher() { return *flusher_; }
    void notice_all();  // what waits came in just now

    std::optional<UnixMs> step();                  // when it wants to be called again
    std::optional<UnixMs> step_until(UnixMs end);  // as often as it wants until then; the clock goes along
    // Begins; the answer is there when run() says so.
    template <class T>
    [[nodiscard]] std::shared_ptr<std::optional<T>> begin(boost::asio::awaitable<T> task);
    void run_until(const std::function<bool()>& done);
    void release();  // answers that are held

  private:
    class ScriptedSink;

    runtime::Worker worker_;
    std::optional<boost::asio::io_context> io_{1};
    std::unique_ptr<boost::asio::steady_timer> released_;
    std::unique_ptr<flush::Dispatch> dispatch_;
    std::unique_ptr<flush::Flusher> flusher_;
};

template <class T>
boost::asio::awaitable<void> deliver(boost::asio::awaitable<T> task, std::shared_ptr<std::optional<T>> to) {
    T answer = co_await std::move(task);
    *to = std::move(answer);
}

template <class T>
std::shared_ptr<std::optional<T>> FlushDesk::begin(boost::asio::awaitable<T> task) {
    auto answer = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(*io_, deliver(std::move(task), answer), boost::asio::detached);
    return answer;
}

}  // namespace kaizen::test
