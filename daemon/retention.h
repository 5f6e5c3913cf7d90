#pragma once

// Forgets what is too old, and what people ask it to forget. By itself it looks after something was stored,
// at most once an hour: there is no timer. I/O thread; the rows are the worker's.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "common/config.h"
#include "common/error.h"
#include "daemon/ingest/forgetting.h"
#include "daemon/ingest/ingest.h"
#include "daemon/runtime/worker.h"
#include "proto/control.h"

namespace kaizen {

class Retention {
  public:
    using Spawn = std::function<void(boost::asio::awaitable<void>)>;

    // The worker outlives it; `spawn` runs what it is given on the I/O thread.
    Retention(runtime::Worker& worker, Spawn spawn) : worker_(worker), spawn_(std::move(spawn)) {}

    // Both outlive it from now on.
    void open(store::Store& store, ingest::Ingest& ingest);
    void use(const Config::Store& config);  // at once
    void look();
    void stop() { stopping_ = true; }
    [[nodiscard]] bool busy() const { return busy_; }

    // Fails while another one is under way.
    boost::asio::awaitable<Result<proto::Forgotten>> forget(ingest::Forgettable which,
                                                            ingest::Forgetting::Also also);

  private:
    boost::asio::awaitable<void> expire();
    boost::asio::awaitable<void> expire_sessions();
    boost::asio::awaitable<void> expire_dead_letters();
    boost::asio::awaitable<proto::Forgotten> run(ingest::Forgettable which, ingest::Forgetting::Also also);

    runtime::Worker& worker_;
    Spawn spawn_;
    Config::Store config_;
    store::Store* store_ = nullptr;  // null until open()
    ingest::Ingest* ingest_ = nullptr;
    std::optional<std::chrono::steady_clock::time_point> looked_;
    bool busy_ = false;
    bool stopping_ = false;
};

}  // namespace kaizen
