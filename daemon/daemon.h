#pragma once

// The composition root: owns every part in the order of construction, starts and supervises them, and stops
// them in three phases: ask, wait until a deadline, cut. Everything durable is transactional, so the cut is
// correct, too.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/paths.h"
#include "daemon/control/control_server.h"
#include "daemon/control/event_feed.h"
#include "daemon/control/routes.h"
#include "daemon/doctor/doctor.h"
#include "daemon/flush/dispatch.h"
#include "daemon/flush/flusher.h"
#include "daemon/import_report.h"
#include "daemon/ingest/gate.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/ingest_loop.h"
#include "daemon/insight/history.h"
#include "daemon/runtime/worker.h"
#include "daemon/session/pricing.h"
#include "daemon/status.h"
#include "daemon/store/store.h"
#include "daemon/watch/file_watcher.h"

namespace kaizen {

class Daemon {
  public:
    // The caller holds the instance lock and made the directories.
    Daemon(Paths paths, LoadedConfig config, Env env);

    // Blocks until stopped. Throws std::exception when the socket or the database cannot be opened.
    void run();

  private:
    void spawn(boost::asio::awaitable<void> task);
    boost::asio::awaitable<void> start();
    boost::asio::awaitable<void> watch();
    boost::asio::awaitable<void> handle_signals();
    boost::asio::awaitable<proto::Status> status();
    boost::asio::awaitable<void> note_changes(std::vector<watch::Change> changes);
    [[nodiscard]] Result<proto::Reload> reload();
    void on_step(const ingest::StepResult& result);
    void stop(std::string_view why);
    // What lives on the worker thread. Made there and handed over whole: the I/O thread sees all of it or
    // nothing.
    struct Opened {
        std::unique_ptr<store::Store> store;
        std::unique_ptr<insight::History> history;
        std::unique_ptr<ingest::Ingest> ingest;
        std::unique_ptr<flush::Dispatch> dispatch;
    };
    using GatePtr = std::shared_ptr<ingest::Gate>;  // null: nothing leaves
    [[nodiscard]] Opened open_store(const ingest::Options& options, session::PriceTable prices,
                                    const GatePtr& gate) const;
    [[nodiscard]] session::PriceTable prices_to_begin_with();
    [[nodiscard]] GatePtr gate_to_begin_with();
    [[nodiscard]] Result<GatePtr> make_gate(const Config& config) const;
    boost::asio::awaitable<void> put_in_force(std::size_t text_bytes, session::PriceTable prices,
                                              GatePtr gate);
    boost::asio::awaitable<void> put_gate_in_force(GatePtr gate);
    boost::asio::awaitable<std::optional<proto::Reprice>> reprice();
    boost::asio::awaitable<Result<proto::Preview>> preview(std::int64_t session);
    boost::asio::awaitable<Result<proto::Backfill>> backfill(UnixMs since);
    boost::asio::awaitable<proto::Doctor> doctor();
    [[nodiscard]] proto::SyncStatus sync_status() const;
    void add_sync_health();
    void use_flush_settings();
    void use_overrides(const proto::ingest::Overrides& overrides);
    void make_watcher();
    [[nodiscard]] std::vector<watch::Tree> trees() const;
    [[nodiscard]] std::vector<WatchedTree> watched_trees() const;
    [[nodiscard]] bool history_is_known() const;

    Paths paths_;
    LoadedConfig config_;
    Env env_;
    std::vector<ingest::Root> roots_;
    UnixMs started_at_;

    boost::asio::io_context io_;
    runtime::Worker worker_;
    doctor::Doctor doctor_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer stop_deadline_;
    boost::asio::steady_timer cut_connections_;
    control::EventFeed feed_;
    Opened opened_;  // empty until the database is open
    std::unique_ptr<ingest::IngestLoop> ingest_loop_;
    std::unique_ptr<flush::Flusher> flusher_;
    std::unique_ptr<watch::FileWatcher> watcher_;
    control::Routes routes_;
    std::unique_ptr<control::ControlServer> control_;
    Health health_;
    std::uint64_t prices_;        // fingerprint of the table in force
    std::string prices_problem_;  // why the user's table is not in force; empty: it is, or there is none
    bool repricing_ = false;
    bool sync_on_ = false;
    double sample_rate_ = 1;    // of the gate in force
    std::string sync_problem_;  // why it is off although it is configured; empty: it is on, or not configured
    bool backfilling_ = false;
    ImportReport import_report_;
    std::exception_ptr failure_;  // why start() gave up
    bool history_complete_ = false;
    bool stopping_ = false;
    int tasks_ = 0;  // spawned and not ended; when the last one ends, nothing needs to be cut
};

}  // namespace kaizen
