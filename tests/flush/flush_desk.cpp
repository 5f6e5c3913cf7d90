#include "tests/flush/flush_desk.h"

#include <gtest/gtest.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "daemon/flush/ingest_carrier.h"
#include "tests/flush/bodies.h"

namespace kaizen::test {
namespace asio = boost::asio;
namespace {

std::string header(const flush::Request& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace

flush::Reply reply(unsigned status, std::string body) {
    flush::Reply answer;
    answer.status = status;
    answer.body = std::move(body);
    return answer;
}

flush::Reply trouble(flush::Trouble trouble) {
    return flush::Reply(
        flush::Failure(trouble, "ingest.test: " + std::string(flush::name_of(trouble)), "mend it"));
}

class FlushDesk::ScriptedSink : public flush::Sink {
  public:
    explicit ScriptedSink(FlushDesk& desk) : desk_(desk) {}

    asio::awaitable<flush::Reply> send(flush::Request request) override {
        ScriptedServer& peer = desk_.server;
        if (request.method == "GET") co_return peer.config.value_or(reply(404));
        Seen seen = look_at(request);
        peer.seen.push_back(seen);
        peer.most_on_the_wire = std::max(peer.most_on_the_wire, ++peer.on_the_wire);
        while (peer.hold && !stopped_) {
            boost::system::error_code woken;
            auto token = asio::redirect_error(asio::use_awaitable, woken);
            co_await desk_.released_->async_wait(token);
        }
        --peer.on_the_wire;
        if (stopped_) co_return trouble(flush::Trouble::cancelled);
        std::optional<flush::Reply> answer = peer.script ? peer.script(seen) : std::nullopt;
        if (!answer) answer = take(seen);
        co_return std::move(*answer);
    }

    void stop() override {
        stopped_ = true;
        desk_.released_->cancel();
    }

  private:
    Seen look_at(const flush::Request& request) const {
        Seen seen{request.path, header(request, "X-Kaizen-Idempotency-Key"), unzipped(request.body), 0,
                  desk_.clock};
        seen.rows = static_cast<std::int64_t>(rows_in(seen.body, seen.path).size());
        EXPECT_EQ(header(request, "Authorization"), "Bearer token-of-the-team");
        return seen;
    }

    flush::Reply take(const Seen& seen) {
        for (std::string& row : rows_in(seen.body, seen.path)) desk_.server.taken.insert(std::move(row));
        return reply(202, R"({"received": )" + std::to_string(seen.rows) + R"(, "deduped": 1})");
    }

    FlushDesk& desk_;
    bool stopped_ = false;
};

FlushDesk::FlushDesk()
    : released_(std::make_unique<asio::steady_timer>(*io_, asio::steady_timer::time_point::max())) {
    restart();
}

FlushDesk::~FlushDesk() {
    worker_.stop();
    flusher_.reset();
    released_.reset();
    io_.reset();
}

void FlushDesk::restart() {
    flusher_.reset();
    rows.restart();
    dispatch_ = std::make_unique<flush::Dispatch>(rows.queue());
    flusher_ = std::make_unique<flush::Flusher>(
        io_->get_executor(), worker_, *dispatch_, [this] { return clock; },
        [](const asio::awaitable<void>&) {},  // the test calls step()
        [this](const proto::ingest::Overrides& wanted) { overrides.push_back(wanted); });
    flusher_->use(settings());
}

flush::Settings FlushDesk::settings() {
    flush::Settings settings;
    settings.sink = std::make_unique<ScriptedSink>(*this);
    settings.endpoint = "https://ingest.test";
    settings.carrier = flush::ingest_carrier("team", "token-of-the-team", {500, 1'000'000}, false);
    return settings;
}

void FlushDesk::use(flush::Settings settings) { flusher_->use(std::move(settings)); }

void FlushDesk::notice_all() { flusher_->notice(rows.outbox().summary().balance.pending); }

void FlushDesk::run_until(const std::function<bool()>& done) {
    io_->restart();
    while (!done()) io_->run_one();
}

std::optional<UnixMs> FlushDesk::step() {
    const auto next = begin(flusher_->step());
    run_until([&] { return next->has_value(); });
    return **next;
}

std::optional<UnixMs> FlushDesk::step_until(UnixMs end) {
    auto next = step();
    while (next && *next <= end) {
        clock = std::max(clock, *next);
        next = step();
    }
    clock = std::max(clock, end);
    return next;
}

void FlushDesk::release() {
    server.hold = false;
    released_->cancel();
}

}  // namespace kaizen::test
