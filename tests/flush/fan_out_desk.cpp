#include "tests/flush/fan_out_desk.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "common/json.h"
#include "common/text.h"
#include "daemon/export/exporters.h"
#include "daemon/flush/ingest_carrier.h"
#include "tests/flush/bodies.h"
#include "tests/flush/flush_desk.h"

namespace kaizen::test {
namespace asio = boost::asio;
namespace {

constexpr outbox::Limits kLimits{100, 1'000'000};

ExportTarget target_of(const std::string& name) {
    ExportTarget target;
    target.name = name;
    target.type = name.starts_with("file") ? "file" : name;
    target.path = "/tmp/export.ndjson";
    target.endpoint = "http://otlp.test";
    target.host = "https://posthog.test";
    target.site = "datadoghq.com";
    target.api_key = "a-key-for-" + name;
    return target;
}

}  // namespace

class FanOutDesk::ScriptedSink : public flush::Sink {
  public:
    ScriptedSink(FanOutDesk& desk, Side& side) : desk_(desk), side_(side) {}

    asio::awaitable<flush::Reply> send(flush::Request request) override {
        if (request.method == "GET") co_return reply(404);
        side_.seen.push_back(request);
        ++side_.on_the_wire;
        while (side_.hold) {
            boost::system::error_code woken;
            auto token = asio::redirect_error(asio::use_awaitable, woken);
            co_await desk_.released_->async_wait(token);
        }
        --side_.on_the_wire;
        std::optional<flush::Reply> answer;
        if (side_.script) answer = side_.script(request);
        if (!answer) answer = reply(202);
        if (!answer->failure && answer->status / 100 == 2) side_.taken.push_back(request);
        co_return std::move(*answer);
    }

    void stop() override {}

  private:
    FanOutDesk& desk_;
    Side& side_;
};

FanOutDesk::FanOutDesk(std::vector<std::string> exporters, bool fail_open, bool with_endpoint)
    : fail_open_(fail_open),
      with_endpoint_(with_endpoint),
      released_(std::make_unique<asio::steady_timer>(*io_, asio::steady_timer::time_point::max())) {
    std::vector<std::string> receivers;
    if (with_endpoint) receivers.emplace_back(outbox::kIngest);
    for (const std::string& name : exporters) receivers.push_back(outbox::exporter_receiver(name));
    for (const std::string& receiver : receivers) {
        sides_.push_back(std::make_unique<Side>());
        sides_.back()->receiver = receiver;
    }
    rows.use_receivers(receivers);
    restart();
}

FanOutDesk::~FanOutDesk() {
    worker_.stop();
    for (const auto& side : sides_) side->flusher.reset();
    released_.reset();
    io_.reset();
}

Side& FanOutDesk::side(const std::string& receiver) {
    return **std::find_if(sides_.begin(), sides_.end(),
                          [&](const auto& side) { return side->receiver == receiver; });
}

void FanOutDesk::restart() {
    for (const auto& side : sides_) side->flusher.reset();
    rows.restart();
    for (const auto& side : sides_) {
        side->step.reset();
        side->dispatch = std::make_unique<flush::Dispatch>(rows.queue(side->receiver));
        side->flusher = std::make_unique<flush::Flusher>(
            io_->get_executor(), worker_, *side->dispatch, [this] { return clock; },
            [](const asio::awaitable<void>&) {},  // run_now() calls step()
            [](const proto::ingest::Overrides&) {});
        side->flusher->use(settings(*side));
    }
}

// As daemon/receivers.cpp makes them.
flush::Settings FanOutDesk::settings(Side& side) {
    flush::Settings settings;
    settings.sink = std::make_shared<ScriptedSink>(*this, side);
    settings.name = side.receiver;
    const std::string name = outbox::exporter_of(side.receiver);
    if (name.empty()) {
        settings.carrier = flush::ingest_carrier("team", "token", kLimits, false);
        settings.decides = fail_open_;
        return settings;
    }
    const ExportTarget target = target_of(name);
    settings.carrier =
        exporting::carrier_of(*exporting::find_exporter(target.type), target, {"team", "1.0", ""}, kLimits);
    settings.in_flight = 1;
    settings.decides = false;
    if (fail_open_ && with_endpoint_) settings.backlog_max = kDeskBacklog;
    return settings;
}

void FanOutDesk::add_events(const std::string& workspace, int count) {
    rows.add_events(workspace, count);
    for (const auto& side : sides_) side->flusher->notice(count);
}

bool FanOutDesk::moves(const Side& side) const {
    return side.step && !side.step->has_value() && !(side.hold && side.on_the_wire > 0);
}

void FanOutDesk::run_now() {
    for (const auto& side : sides_) {
        if (side->step) continue;
        side->step = std::make_shared<std::optional<std::optional<UnixMs>>>();
        asio::co_spawn(*io_, deliver(side->flusher->step(), side->step), asio::detached);
    }
    io_->restart();
    while (std::any_of(sides_.begin(), sides_.end(), [&](const auto& side) { return moves(*side); }))
        io_->run_one();
    due_.clear();
    for (const auto& side : sides_) {
        if (!side->step->has_value()) continue;
        if (const auto next = **side->step) due_.push_back(*next);
        side->step.reset();
    }
}

void FanOutDesk::run_until(UnixMs end) {
    run_now();
    while (!due_.empty()) {
        const UnixMs next = *std::min_element(due_.begin(), due_.end());
        if (next > end) break;
        clock = std::max(clock, next);
        run_now();
    }
    clock = std::max(clock, end);
}

void FanOutDesk::release(Side& side) {
    side.hold = false;
    released_->cancel();
}

std::multiset<std::string> FanOutDesk::rows_of(const Side& side) {
    std::multiset<std::string> rows;
    JsonDocument document;
    for (const flush::Request& request : side.taken) {
        if (request.method != "APPEND") {
            for (std::string& row : rows_in(unzipped(request.body), request.path))
                rows.insert(std::move(row));
            continue;
        }
        for (const std::string_view line : split(request.body, '\n')) {
            if (line.empty()) continue;
            EXPECT_TRUE(document.parse(line)) << line;
            rows.insert(text_of(*find(document.root(), "row")));
        }
    }
    return rows;
}

}  // namespace kaizen::test
