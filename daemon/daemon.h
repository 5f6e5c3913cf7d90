#pragma once

// The composition root: owns every part in the order of construction, starts and supervises them, and stops
// them in three phases: ask, wait until a deadline, cut. Everything durable is transactional, so the cut is
// correct, too.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/paths.h"
#include "daemon/agents_look.h"
#include "daemon/control/control_server.h"
#include "daemon/control/event_feed.h"
#include "daemon/control/routes.h"
#include "daemon/damage_check.h"
#include "daemon/doctor/doctor.h"
#include "daemon/import_report.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/ingest_loop.h"
#include "daemon/insight/reader.h"
#include "daemon/retention.h"
#include "daemon/runtime/crash_note.h"
#include "daemon/runtime/held_files.h"
#include "daemon/runtime/query_pool.h"
#include "daemon/runtime/watchdog.h"
#include "daemon/runtime/worker.h"
#include "daemon/service.h"
#include "daemon/session/pricing.h"
#include "daemon/status.h"
#include "daemon/store/store.h"
#include "daemon/store_health.h"
#include "daemon/sync.h"
#include "daemon/watch/file_watcher.h"

namespace kaizen {

class Daemon {
  public:
    // The caller holds the instance lock, made the directories, and keeps `service` until after the end.
    Daemon(Paths paths, LoadedConfig config, Env env, Service& service);

    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    enum class Ending { stopped, database_damaged, files_removed, newer_binary };
    // Blocks until it ends. After newer_binary the service manager is to start that. After database_damaged,
    // once this object is gone, the database is to be moved aside (store/aside), and a new Daemon rebuilds
    // it. After files_removed the directories and the lock are to be had again before a new one begins.
    // Throws std::exception when the socket or the database cannot be opened, or a part of it failed:
    // store::Unusable when starting again would not help.
    [[nodiscard]] Ending run();

  private:
    using PricesPtr = std::shared_ptr<const session::PriceTable>;
    // What lives on the worker thread. Made there and handed over whole: the I/O thread sees all of it or
    // nothing.
    struct Opened {
        std::unique_ptr<store::Store> store;
        std::unique_ptr<runtime::CrashNote> crash_note;
        std::unique_ptr<ingest::Ingest> ingest;
        std::unique_ptr<ingest::Rereading> rereading;
        PricesPtr prices;            // in force
        std::string prices_problem;  // why the user's table is not in force; empty: it is, or there is none
    };
    // What the configuration says, read and compiled.
    struct Settings {
        LoadedConfig config;
        PricesPtr prices;
        Sync::Plan sync;
    };
    void spawn(std::string_view part, boost::asio::awaitable<void> task);
    [[nodiscard]] Sync::Spawn spawn_for(std::string_view part);
    boost::asio::awaitable<void> start();
    boost::asio::awaitable<std::optional<Opened>> open_when_possible();
    void on_worker_failure(const std::exception& error);
    void on_question_failure(const std::exception& error);
    void on_worker_job();
    void look_at_held_files();
    void end(bool& because, std::string_view why);
    [[noreturn]] void leave_at_once();
    [[nodiscard]] bool on_progress();
    void answer_questions();
    void up();
    void show_state();
    boost::asio::awaitable<void> tell_state();
    void restart_into_newer_binary();
    boost::asio::awaitable<void> watch();
    boost::asio::awaitable<void> handle_signals();
    boost::asio::awaitable<proto::Status> status(runtime::Question question);
    boost::asio::awaitable<void> note_changes(std::vector<watch::Change> changes);
    boost::asio::awaitable<void> follow_roots();
    boost::asio::awaitable<Result<proto::Reload>> reload();
    // A Result has no default, which a coroutine's answer needs.
    [[nodiscard]] std::optional<Result<Settings>> read_settings() const;
    [[nodiscard]] proto::Reload apply(LoadedConfig config, Sync::Plan plan, PricesPtr prices);
    void on_step(const ingest::StepResult& result);
    void stop(std::string_view why);
    [[nodiscard]] std::unique_ptr<store::Store> open_database();
    [[nodiscard]] Opened open_store(const ingest::Options& options, const std::string& prices_file,
                                    const Sync::GatePtr& gate, const std::vector<std::string>& receivers);
    boost::asio::awaitable<void> apply_to_ingest(std::size_t text_bytes, PricesPtr prices);
    boost::asio::awaitable<proto::Prices> prices(runtime::Question question, insight::PriceQuestion asked);
    boost::asio::awaitable<std::optional<proto::Reprice>> reprice();
    boost::asio::awaitable<Result<proto::Forgotten>> forget(runtime::Question question,
                                                            control::ForgetRequest request);
    boost::asio::awaitable<AgentsSeen> agents_beside();
    boost::asio::awaitable<void> look_at_agents();
    boost::asio::awaitable<proto::Doctor> doctor(runtime::Question question, bool full);
    void make_watcher();
    [[nodiscard]] std::vector<WatchRoot> watched_places() const;
    [[nodiscard]] std::vector<WatchedTree> watched_trees() const;
    [[nodiscard]] bool history_is_known() const;

    Paths paths_;
    LoadedConfig config_;
    Env env_;
    Service& service_;
    runtime::HeldFiles held_files_;  // set on the worker thread before the database is said to be open
    std::chrono::steady_clock::time_point looked_at_held_files_;  // worker thread
    // By its place in here each is known to the watcher and to Ingest. Those that are followed no more stay.
    std::vector<ingest::Root> roots_;
    AgentsLook agents_look_;
    UnixMs started_at_;

    boost::asio::io_context io_;
    runtime::Worker worker_;
    runtime::QueryPool<insight::Reader> queries_;
    runtime::Watchdog watchdog_;
    doctor::Doctor doctor_;
    DamageCheck damage_check_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer stop_deadline_;
    boost::asio::steady_timer cut_connections_;
    boost::asio::steady_timer open_again_;
    control::EventFeed feed_;
    Opened opened_;  // empty until the database is open
    std::unique_ptr<ingest::IngestLoop> ingest_loop_;
    Sync sync_;
    Retention retention_;
    std::unique_ptr<watch::FileWatcher> watcher_;
    std::string watch_limit_;  // why there is no notification at all; empty: there is, or the system has none
    control::Routes routes_;
    std::unique_ptr<control::ControlServer> control_;
    Health health_;
    StoreTrouble trouble_;        // the last that the worker had; whether it lasts, others know
    PricesPtr prices_;            // as in Opened, and after a reload
    std::string prices_problem_;  // likewise
    bool repricing_ = false;
    ImportReport import_report_;
    SourceFacts waiting_;  // of the sources: what waits, and what is lost
    bool looking_at_agents_ = false;
    std::string redaction_problem_;  // of the last row that it kept from leaving
    std::exception_ptr failure_;     // why start() gave up
    bool history_complete_ = false;
    bool takes_long_ = false;  // opening the database
    bool answering_ = false;
    bool up_ = false;                  // and the service manager knows
    bool stored_since_quiet_ = false;  // since nothing was left to read
    bool importing_ = false;           // the last step said that there is more
    bool telling_ = false;
    bool tell_again_ = false;
    bool stopping_ = false;
    bool damaged_ = false;
    bool files_removed_ = false;
    bool newer_binary_ = false;
    std::atomic<bool> give_up_ = false;                    // asks the worker to end what takes minutes
    std::chrono::steady_clock::time_point said_progress_;  // worker thread
    int tasks_ = 0;  // spawned and not ended; when the last one ends, nothing needs to be cut
};

}  // namespace kaizen
