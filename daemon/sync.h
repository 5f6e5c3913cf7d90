#pragma once

// What leaves this machine, steered: who rows go to, which sessions leave and how, and what people ask of it.
// Owned by Daemon, which gives it the store once that is open. I/O thread; the parts that work on rows are
// reached through the worker.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/paths.h"
#include "daemon/flush/dispatch.h"
#include "daemon/flush/flusher.h"
#include "daemon/ingest/gate.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/turn_closing.h"
#include "daemon/insight/reader.h"
#include "daemon/receivers.h"
#include "daemon/runtime/query_pool.h"
#include "daemon/runtime/worker.h"
#include "daemon/session/pricing.h"
#include "daemon/status.h"
#include "daemon/store/store.h"
#include "proto/control.h"

namespace kaizen {

class Sync {
  public:
    using Spawn = std::function<void(boost::asio::awaitable<void>)>;
    using GatePtr = std::shared_ptr<ingest::Gate>;  // null: nothing leaves

    // Worker and queries outlive it; `spawn` runs what it is given on the executor.
    Sync(boost::asio::any_io_executor executor, runtime::Worker& worker,
         runtime::QueryPool<insight::Reader>& queries, Env env, Spawn spawn);

    // What the configuration means. begin_with() takes what can be used of it and remembers what is wrong
    // with the rest, since nothing of it may stop the daemon; a reload is refused instead.
    struct Plan {
        Config config;
        GatePtr gate;
        std::vector<PlannedReceiver> receivers;
        std::vector<Error> problems;
    };
    [[nodiscard]] Plan plan(const Config& config) const;  // worker thread: reads files, compiles rules
    void begin_with(Plan plan);
    // What `ingest` is to be told of before open().
    [[nodiscard]] GatePtr gate() const { return plan_.gate; }
    [[nodiscard]] std::vector<std::string> receivers() const;
    // Both outlive it from now on. Sends by itself what is due.
    boost::asio::awaitable<void> open(store::Store& store, ingest::Ingest& ingest);
    // In force within a moment; what that brings with it, for people.
    [[nodiscard]] std::vector<std::string> use(Plan plan);

    void notice(std::int64_t rows);  // so many came into the outbox
    // What was stored may be the last of its turn: looks for turns that are over, in a moment and when it has
    // been quiet for a while.
    void close_turns();
    void do_not_close_turns();  // more of them is being read
    void stop();                // no other batch begins
    void close();               // those under way are cut

    // What people ask for.
    // `at_once`: a back-off or a pause by itself is not waited for. `timeout` 0: does not wait.
    boost::asio::awaitable<proto::Flush> flush(bool at_once, std::chrono::milliseconds timeout);
    boost::asio::awaitable<proto::SyncStatus> pause();  // all that is sent
    boost::asio::awaitable<proto::SyncStatus> resume();
    boost::asio::awaitable<proto::SyncTest> test();
    boost::asio::awaitable<Result<proto::ExportTest>> test_exporters(std::string name);  // empty: all
    // A proto::Preview as JSON. `session`: 0 is the one that was active last. Also when sync is off, and
    // without a salt.
    boost::asio::awaitable<Result<std::string>> preview(runtime::Question question, std::int64_t session,
                                                        std::shared_ptr<const session::PriceTable> prices);
    // `dry_run`: only says what it would come to.
    boost::asio::awaitable<Result<proto::Backfill>> backfill(UnixMs since, bool dry_run);

    // What waits for the exporters, for the three below: asked on a query thread, and noted.
    struct StockQuestion {
        std::string receiver;
        std::int64_t batch_rows = 0;
    };
    using Stocks = std::map<std::string, flush::Stock>;  // by receiver
    [[nodiscard]] std::vector<StockQuestion> stock_questions() const;
    [[nodiscard]] static Stocks take_stock(store::Store& store, const std::vector<StockQuestion>& questions);
    void note(const Stocks& stocks);
    [[nodiscard]] bool busy() const;  // a flush or a backfill is under way
    [[nodiscard]] bool is_on() const { return plan_.gate != nullptr; }
    [[nodiscard]] proto::SyncStatus status() const;
    [[nodiscard]] std::vector<proto::ExporterStatus> exporters() const;
    void add_health(Health& health) const;

  private:
    // One receiver.
    struct Way {
        std::string receiver;
        std::string name;
        std::string type;
        std::string place;
        std::unique_ptr<flush::Dispatch> dispatch;
        std::unique_ptr<flush::Flusher> flusher;
        std::int64_t batch_rows = 0;
        flush::Stock stock;
    };
    using WayPtr = std::shared_ptr<Way>;
    [[nodiscard]] const Way& endpoint() const { return *ways_.front(); }
    [[nodiscard]] std::vector<WayPtr> exporter_ways() const;
    [[nodiscard]] WayPtr make_way(const PlannedReceiver& receiver);
    [[nodiscard]] bool is_paused_by_user() const;
    static boost::asio::awaitable<proto::Flush> flush_one(WayPtr way, bool at_once,
                                                          std::chrono::milliseconds timeout);
    [[nodiscard]] std::optional<Error> problem_of(const Way& way) const;
    boost::asio::awaitable<void> begin(WayPtr way);
    void arrange_ways(std::vector<PlannedReceiver> receivers, bool anew);
    boost::asio::awaitable<void> put_in_force(std::vector<PlannedReceiver> receivers);
    boost::asio::awaitable<void> clear_what_all_have();
    boost::asio::awaitable<void> use_sample_rate(double rate);
    [[nodiscard]] Result<GatePtr> make_gate(const Config& config) const;
    void use_overrides(const proto::ingest::Overrides& overrides);
    [[nodiscard]] proto::ExporterStatus describe(const Way& way) const;
    boost::asio::awaitable<std::int64_t> pending_rows();
    void look_for_ended_turns_in(std::chrono::steady_clock::duration time, bool again);
    [[nodiscard]] std::shared_ptr<ingest::TurnClosing> begin_closing(UnixMs since, UnixMs now) const;
    boost::asio::awaitable<void> look_for_ended_turns(bool again);

    boost::asio::any_io_executor executor_;
    runtime::Worker& worker_;
    runtime::QueryPool<insight::Reader>& queries_;
    Env env_;
    Spawn spawn_;
    store::Store* store_ = nullptr;  // null until open()
    ingest::Ingest* ingest_ = nullptr;
    Plan plan_;
    double sample_rate_ = 1;  // of the gate in force
    std::string problem_;  // why nothing is sent although it is configured; empty: it is, or not configured
    std::vector<WayPtr> ways_;     // the endpoint first, also when there is none
    std::vector<WayPtr> retired_;  // until what they had under way has ended
    bool backfilling_ = false;
    bool closing_turns_ = false;
    bool looks_soon_ = false;
    UnixMs turns_told_until_ = 0;  // when the last look began
    boost::asio::steady_timer look_;
    bool stopping_ = false;
};

}  // namespace kaizen
