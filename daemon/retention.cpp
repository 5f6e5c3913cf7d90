#include "daemon/retention.h"

#include <exception>
#include <memory>
#include <utility>

#include "common/log.h"

namespace kaizen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::hours kBetweenLooks{1};
constexpr UnixMs kDay = std::int64_t{24} * 60 * 60 * 1000;

}  // namespace

void Retention::open(store::Store& store, ingest::Ingest& ingest) {
    store_ = &store;
    ingest_ = &ingest;
}

void Retention::use(const Config::Store& config) {
    config_ = config;
    looked_.reset();
    look();
}

void Retention::look() {
    const auto time = std::chrono::steady_clock::now();
    const bool keeps_all = config_.retention_days == 0 && config_.dead_letter_days == 0;
    const bool looked = looked_ && time - *looked_ < kBetweenLooks;
    if (store_ == nullptr || keeps_all || looked || busy_ || stopping_) return;
    looked_ = time;
    busy_ = true;
    spawn_(expire());
}

// What the database cannot take today, it takes tomorrow.
asio::awaitable<void> Retention::expire() {
    try {
        if (config_.retention_days > 0) co_await expire_sessions();
        if (config_.dead_letter_days > 0) co_await expire_dead_letters();
    } catch (const std::exception& error) {
        log::warn("what is too old could not be forgotten, it is tried again", "reason=\"{}\"", error.what());
    }
    busy_ = false;
}

asio::awaitable<void> Retention::expire_sessions() {
    ingest::Forgettable old;
    old.before = now() - config_.retention_days * kDay;
    const proto::Forgotten forgotten = co_await run(old, ingest::Forgetting::Also());
    if (forgotten.sessions == 0) co_return;
    log::info("forgot sessions that are too old", "sessions={} events={} tool_spans={} retention_days={}",
              forgotten.sessions, forgotten.events, forgotten.tool_spans, config_.retention_days);
}

asio::awaitable<void> Retention::expire_dead_letters() {
    bool more = true;
    while (more && !stopping_) {
        auto job = [this, before = now() - config_.dead_letter_days * kDay] {
            return ingest_->outbound().outbox().expire(before);
        };
        more = co_await worker_.run(std::move(job));
    }
}

asio::awaitable<proto::Forgotten> Retention::run(ingest::Forgettable which, ingest::Forgetting::Also also) {
    auto open = [this, which = std::move(which), also] {
        return std::make_shared<ingest::Forgetting>(*store_, ingest_->writer(), which, also);
    };
    const std::shared_ptr<ingest::Forgetting> forgetting = co_await worker_.run(std::move(open));
    bool more = true;
    while (more && !stopping_) {
        auto job = [forgetting] { return forgetting->step(); };
        more = co_await worker_.run(std::move(job));
    }
    auto close = [this] { store_->database.checkpoint(); };
    if (forgetting->counts().sessions > 0) co_await worker_.run(std::move(close));
    co_return forgetting->counts();
}

asio::awaitable<Result<proto::Forgotten>> Retention::forget(ingest::Forgettable which,
                                                            ingest::Forgetting::Also also) {
    if (busy_) co_return fail(ErrorCode::conflict, "something else is being forgotten", "wait for it to end");
    busy_ = true;
    proto::Forgotten forgotten;
    std::exception_ptr failure;
    try {
        forgotten = co_await run(std::move(which), also);
    } catch (...) {
        failure = std::current_exception();
    }
    busy_ = false;
    if (failure) std::rethrow_exception(failure);
    log::info("forgot what it was asked to", "sessions={} events={} outbox_rows={}", forgotten.sessions,
              forgotten.events, forgotten.outbox_rows);
    co_return forgotten;
}

}  // namespace kaizen
