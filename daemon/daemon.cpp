#include "daemon/daemon.h"

#include <fmt/core.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <system_error>
#include <tuple>
#include <utility>

#include "common/log.h"
#include "common/version.h"
#include "daemon/doctor_facts.h"
#include "daemon/parse/formats.h"
#include "daemon/prices.h"
#include "daemon/runtime/held_signals.h"
#include "daemon/store/file_check.h"
#include "daemon/watch/inotify_limits.h"

namespace kaizen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kStopDeadline{4};
constexpr std::chrono::seconds kLongestPause{60};
constexpr std::chrono::seconds kHeldFilesEvery{1};  // are looked at, where there is a job anyway
constexpr std::chrono::seconds kProgressEvery{1};   // is said so often,
constexpr std::chrono::seconds kProgressLasts{60};  // and means that it will go on for so long
constexpr std::chrono::milliseconds kLastJob{800};  // a job of the worker that is cut off from its task
constexpr std::chrono::seconds kLastRequest{2};     // how long one that is on the wire may take at the end

std::size_t text_max_bytes(const std::string& text) {
    if (text == "none") return 0;
    return text == "full" ? std::numeric_limits<std::size_t>::max() : std::size_t{2048};
}

// The agents' own roots and those that the configuration adds, each once.
std::vector<ingest::Root> roots_of(const Config& config, const Env& env) {
    std::vector<ingest::Root> roots;
    const auto add = [&](std::string path, const parse::Format& format) {
        while (path.size() > 1 && path.ends_with('/')) path.pop_back();
        const bool known =
            std::any_of(roots.begin(), roots.end(), [&](const auto& root) { return root.path == path; });
        if (!known) roots.push_back({std::move(path), &format});
    };
    const std::string home = home_directory(env);
    for (const parse::Format& format : parse::formats()) {
        const auto& agents = config.watch.agents;
        if (std::find(agents.begin(), agents.end(), format.agent) == agents.end()) continue;
        for (std::string& path : format.roots(home, env)) add(std::move(path), format);
        for (const WatchRoot& root : config.watch.roots) {
            if (root.agent == format.agent) add(root.path, format);
        }
    }
    return roots;
}

bool contains(const std::vector<ingest::Root>& roots, const ingest::Root& wanted) {
    return std::any_of(roots.begin(), roots.end(), [&wanted](const ingest::Root& root) {
        return root.followed && root.path == wanted.path && root.format == wanted.format;
    });
}

watch::Tree tree_of(const ingest::Root& root) {
    const parse::Format* format = root.format;
    return {root.path, format->enters,
            [format](std::string_view file) { return format->owner(file).has_value(); }, format->leaves_out};
}

proto::Reprice to_proto(const ingest::Repricing& from) {
    const auto cost = [](const session::UsageSum& sum) {
        const auto pico = sum.cost_pico();
        return pico ? std::optional(session::to_micro(*pico)) : std::nullopt;
    };
    return {from.responses, from.changed, cost(from.before), cost(from.after), from.unpriced, from.date};
}

}  // namespace

Daemon::Daemon(Paths paths, LoadedConfig config, Env env, Service& service)
    : paths_(std::move(paths)),
      config_(std::move(config)),
      env_(std::move(env)),
      service_(service),
      started_at_(now()),
      io_(1),
      worker_([this](const std::exception& error) { on_worker_failure(error); }, [this] { on_worker_job(); }),
      queries_(
          [this] {
              const std::string home = home_directory(env_);
              insight::AgentFiles files{insight::AgentRegistry::directories(home, env_),
                                        insight::ThreadNames::files(home, env_)};
              return std::make_unique<insight::Reader>(paths_.database, std::move(files));
          },
          [this](const std::exception& error) { on_question_failure(error); }),
      watchdog_(io_.get_executor(), worker_, service_.manager,
                [this] {
                    show_state();
                    restart_into_newer_binary();
                }),
      damage_check_(paths_.database, spawn_for("check of the database"),
                    [this](const std::string& proof) {
                        log::error("the database is damaged", "proof=\"{}\"", proof);
                        end(damaged_, "the database is damaged");
                    }),
      signals_(io_, SIGINT, SIGTERM, SIGHUP),
      stop_deadline_(io_),
      cut_connections_(io_),
      open_again_(io_),
      feed_(io_.get_executor()),
      sync_(io_.get_executor(), worker_, queries_, env_, spawn_for("sync")),
      retention_(worker_, spawn_for("retention")),
      routes_({queries_,
               worker_,
               feed_,
               [this] { return opened_.store != nullptr; },
               [this] { return WorkspaceAliases(config_.config.workspace.aliases); },
               [this](runtime::Question question) { return status(std::move(question)); },
               [this] { return reload(); },
               [this](runtime::Question question, insight::PriceQuestion asked) {
                   return prices(std::move(question), std::move(asked));
               },
               [this] { return reprice(); },
               [this]() -> outbox::Outbox& { return opened_.ingest->outbound().outbox(); },
               [this](runtime::Question question, std::int64_t session) {
                   return sync_.preview(std::move(question), session, prices_);
               },
               [this](UnixMs since, bool dry_run) { return sync_.backfill(since, dry_run); },
               [this](runtime::Question question, control::ForgetRequest request) {
                   return forget(std::move(question), std::move(request));
               },
               [this](std::int64_t session, bool pinned) { opened_.store->sessions.pin(session, pinned); },
               [this](runtime::Question question, bool full) { return doctor(std::move(question), full); },
               [this](bool at_once, auto timeout) { return sync_.flush(at_once, timeout); },
               [this] { return sync_.pause(); },
               [this] { return sync_.resume(); },
               [this] { return sync_.test(); },
               [this](std::string name) { return sync_.test_exporters(std::move(name)); },
               [this](std::int64_t rows) { sync_.notice(rows); },
               [this] { return trouble_.why.empty() ? "" : describe(trouble_, paths_.database); }}) {}

Daemon::Ending Daemon::run() {
    const runtime::SignalsComeIn signals_come_in;
    control_ = control::make_control_server(io_.get_executor(), service_.socket_at(paths_.socket),
                                            routes_.table(), [this] { stop("asked to"); });
    spawn("signals", handle_signals());
    spawn("start", start());
    io_.run();
    queries_.stop();
    if (!worker_.stop_within(kLastJob)) leave_at_once();
    if (failure_) std::rethrow_exception(failure_);
    log::info("stopped");
    if (damaged_) return Ending::database_damaged;
    if (files_removed_) return Ending::files_removed;
    return newer_binary_ ? Ending::newer_binary : Ending::stopped;
}

// A job does not come back. Nothing is lost by that: what it did not commit is done again, and the line at
// which it stands, if it reads one, is known to the next start.
void Daemon::leave_at_once() {
    log::error("a job does not end, it is cut");
    if (opened_.crash_note) opened_.crash_note->write();
    std::_Exit(failure_ ? EXIT_FAILURE : EXIT_SUCCESS);
}

// The worker's jobs work on what is destroyed before the worker.
Daemon::~Daemon() { worker_.stop(); }

// An exception that leaves a task ends the daemon, in order: run() throws it on.
void Daemon::spawn(std::string_view part, asio::awaitable<void> task) {
    ++tasks_;
    auto ended = [this, part](const std::exception_ptr& error) {
        if (error && !failure_) failure_ = error;
        if (error) {
            log::error("a part of kaizend failed, so it ends", "part=\"{}\"", part);
            stop("a part of it failed");
        }
        if (--tasks_ == 0) {
            stop_deadline_.cancel();
            cut_connections_.cancel();
        }
    };
    asio::co_spawn(io_, std::move(task), std::move(ended));
}

Sync::Spawn Daemon::spawn_for(std::string_view part) {
    return [this, part](asio::awaitable<void> task) { spawn(part, std::move(task)); };
}

asio::awaitable<void> Daemon::start() {
    auto plan = [this, config = config_.config] { return sync_.plan(config); };
    Sync::Plan planned = co_await worker_.run(std::move(plan));
    sync_.begin_with(std::move(planned));
    std::optional<Opened> opened = co_await open_when_possible();
    if (!opened) co_return;
    co_await sync_.open(*opened->store, *opened->ingest);
    opened_ = std::move(*opened);
    retention_.open(*opened_.store, *opened_.ingest);
    retention_.use(config_.config.store);
    prices_ = opened_.prices;
    prices_problem_ = opened_.prices_problem;
    if (!prices_problem_.empty())
        log::error("the price table cannot be used, the built-in one is", "reason={}", prices_problem_);
    if (stopping_) co_return;
    log::info(fmt::format("kaizend {} is up", kVersion), "socket={} database={}", paths_.socket,
              paths_.database);
    up();
    show_state();
    auto on_step = [this](const ingest::StepResult& result) { this->on_step(result); };
    ingest_loop_ =
        std::make_unique<ingest::IngestLoop>(io_.get_executor(), worker_, *opened_.ingest, *opened_.rereading,
                                             std::move(on_step), spawn_for("ingest"));
    make_watcher();
    co_await follow_roots();
    co_await watch();
}

// A full disk and a database that another process holds are waited for; the log says it once. Nothing when it
// cannot be opened, or we are to stop.
asio::awaitable<std::optional<Daemon::Opened>> Daemon::open_when_possible() {
    std::chrono::seconds pause(1);
    std::optional<Opened> opened;
    while (!opened && !stopping_) {
        // Read here: a reload may replace the configuration while the worker opens the database.
        ingest::Options options;
        options.parse.text_max_bytes = text_max_bytes(config_.config.store.text);
        options.max_line_bytes = config_.config.watch.max_line_bytes;
        const auto job = [this, options, prices = config_.config.prices.file, gate = sync_.gate(),
                          receivers = sync_.receivers()] {
            return open_store(options, prices, gate, receivers);
        };
        try {
            opened = co_await worker_.run(job);
        } catch (...) {
            failure_ = std::current_exception();
        }
        if (!failure_) break;
        if (!stopping_ && !may_pass(trouble_.fault)) {
            stop("the database cannot be opened");
            co_return std::nullopt;
        }
        failure_ = nullptr;
        if (stopping_) break;  // somebody asked, or it is damaged
        if (pause == std::chrono::seconds(1)) {
            log::error("the database cannot be opened, it is tried again", "reason=\"{}\"",
                       describe(trouble_, paths_.database));
            up();  // questions are answered: with what is in the way
            service_.manager.status(describe(trouble_, paths_.database));
        }
        open_again_.expires_after(pause);
        pause = std::min(pause * 2, kLongestPause);
        boost::system::error_code cancelled;
        auto token = asio::redirect_error(asio::use_awaitable, cancelled);
        co_await open_again_.async_wait(token);
    }
    if (opened && pause != std::chrono::seconds(1)) log::info("the database is open");
    co_return opened;
}

// On the worker thread, while a database is checked, copied and upgraded.
bool Daemon::on_progress() {
    const auto time = std::chrono::steady_clock::now();
    if (time - said_progress_ >= kProgressEvery) {
        said_progress_ = time;
        service_.manager.extend(kProgressLasts);
        asio::post(io_, [this] {
            if (up_) service_.manager.alive();    // both threads had a part in it
            if (takes_long_) answer_questions();  // with what it is that takes so long
            takes_long_ = true;
        });
    }
    return !give_up_;
}

// Whoever asks before that waits, so that the question that starts us is answered, too.
void Daemon::answer_questions() {
    if (std::exchange(answering_, true) || stopping_) return;
    spawn("socket", control_->run());
}

void Daemon::up() {
    if (std::exchange(up_, true)) return;
    answer_questions();
    service_.manager.ready();
    spawn("watchdog", watchdog_.run());
}

void Daemon::show_state() {
    if (!service_.manager.listens() || !opened_.store || stopping_) return;
    tell_again_ = telling_;  // what is being told may be what was before
    if (std::exchange(telling_, true)) return;
    spawn("state for the service manager", tell_state());
}

asio::awaitable<void> Daemon::tell_state() {
    std::string text;
    try {
        auto job = [](insight::Reader& reader) {
            const std::int64_t sessions = reader.store().sessions.count();
            return fmt::format("watching {} session{}, {} waiting", sessions, sessions == 1 ? "" : "s",
                               reader.outbox().summary().balance.pending);
        };
        runtime::Question question{"state for the service manager", nullptr, runtime::Pace::quick};
        text = co_await queries_.run(std::move(question), std::move(job));
    } catch (const std::exception& error) {
        text = fmt::format("the database cannot be read: {}", error.what());
    }
    telling_ = false;
    if (ingest_loop_ && !ingest_loop_->problem().empty()) text = describe(trouble_, paths_.database);
    service_.manager.status(text);
    if (std::exchange(tell_again_, false)) show_state();
}

// When nothing is under way that would have to be done again.
void Daemon::restart_into_newer_binary() {
    const bool idle = history_complete_ && !importing_ && !repricing_ && !sync_.busy() && !retention_.busy();
    if (!service_.starts_us_again || stopping_ || !idle || !service_.binary.replaced()) return;
    newer_binary_ = true;
    stop("a new kaizend is installed");
}

// On the worker thread; what is posted here comes before what the job's caller does.
void Daemon::on_worker_failure(const std::exception& error) {
    StoreTrouble trouble{store::fault_of(error, paths_.database), error.what()};
    asio::post(io_, [this, trouble = std::move(trouble)] {
        trouble_ = trouble;
        const bool is_malformed = trouble_.fault == store::Fault::damaged;
        if (!is_malformed && trouble_.fault != store::Fault::statement) return;
        if (opened_.store) return damage_check_.suspect(trouble_.why, is_malformed);
        if (!is_malformed || stopping_) return;
        log::error("the database is damaged", "reason={}", trouble_.why);  // proven, see open_database()
        end(damaged_, "the database is damaged");
    });
}

// On a query thread. What a question meets may be damage: that it is, only a check can say.
void Daemon::on_question_failure(const std::exception& error) {
    if (store::fault_of(error, paths_.database) != store::Fault::damaged) return;
    asio::post(io_, [this, why = std::string(error.what())] { damage_check_.suspect(why, false); });
}

// On the worker thread. A database that was removed would take all that is stored with it, silently.
void Daemon::on_worker_job() {
    const auto time = std::chrono::steady_clock::now();
    if (time - looked_at_held_files_ < kHeldFilesEvery) return;
    looked_at_held_files_ = time;
    look_at_held_files();
}

// On any thread, once the database is open.
void Daemon::look_at_held_files() {
    const auto lost = held_files_.lost();
    if (!lost) return;
    asio::post(io_, [this, lost = *lost] {
        if (stopping_) return;
        log::error("a file of kaizend was removed or replaced while it runs, so it begins again", "file={}",
                   lost);
        end(files_removed_, "a file of it was removed");
    });
}

void Daemon::end(bool& because, std::string_view why) {
    if (stopping_) return;
    because = true;
    stop(why);
}

// Worker thread. What may be damage has to be proven, or to be met again and again.
std::unique_ptr<store::Store> Daemon::open_database() {
    constexpr int kAttempts = 3;
    for (int attempt = 1;; ++attempt) {
        try {
            return std::make_unique<store::Store>(paths_.database, [this] { return on_progress(); });
        } catch (const std::exception& error) {
            store::throw_if_damaged(error, paths_.database, give_up_);
            const bool is_malformed = store::fault_of(error, paths_.database) == store::Fault::damaged;
            if (!is_malformed || give_up_ || attempt == kAttempts) throw;
            log::warn("the database seems to be damaged but is whole", "reason=\"{}\"", error.what());
        }
    }
}

// Worker thread. A price table that cannot be read must not stop the daemon: the built-in one prices
// meanwhile, and status says so.
Daemon::Opened Daemon::open_store(const ingest::Options& options, const std::string& prices_file,
                                  const Sync::GatePtr& gate, const std::vector<std::string>& receivers) {
    Opened opened;
    opened.store = open_database();
    held_files_ = runtime::HeldFiles();
    for (const std::string& file : {paths_.database, paths_.lock, service_.own_socket(paths_.socket)})
        held_files_.hold(file);
    opened.crash_note = std::make_unique<runtime::CrashNote>(paths_.data_dir + "/reading");
    auto prices = load_prices(imported_prices_file(paths_), prices_file);
    if (!prices) {
        opened.prices_problem = prices.error().message;
        prices = session::PriceTable::built_in();
    }
    opened.prices = std::make_shared<const session::PriceTable>(std::move(*prices));
    opened.ingest = std::make_unique<ingest::Ingest>(*opened.store, std::vector<ingest::Root>(), options,
                                                     *opened.prices, opened.crash_note.get());
    opened.rereading = std::make_unique<ingest::Rereading>(*opened.store, *opened.ingest);
    opened.ingest->outbound().use_gate(gate);
    opened.ingest->outbound().outbox().use_receivers(receivers);
    return opened;
}

void Daemon::make_watcher() {
    const std::chrono::milliseconds interval(config_.config.watch.poll_interval_ms);
#ifdef __linux__
    try {
        watcher_ = watch::make_inotify_watcher(io_.get_executor(), {}, interval);
        return;
    } catch (const std::system_error& error) {
        watch_limit_ = error.code() == std::errc::too_many_files_open ? watch::kInstanceLimit : "";
        log::warn("no change notification, looking instead", "reason={} every_ms={}", error.what(),
                  interval.count());
    }
#endif
    watcher_ = watch::make_poll_watcher(io_.get_executor(), {}, interval);
}

// Follows what the configuration in force says, and nothing else: at the start, and after a reload. The
// worker does one job after the other, so Ingest knows of a root before it hears of a file below it.
asio::awaitable<void> Daemon::follow_roots() {
    if (!watcher_) co_return;  // start() comes here, too
    const std::vector<ingest::Root> wanted = roots_of(config_.config, env_);
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < roots_.size(); ++i) {
        if (!roots_[i].followed || contains(wanted, roots_[i])) continue;
        roots_[i].followed = false;
        watcher_->unfollow(i);
        left.push_back(i);
    }
    std::vector<ingest::Root> come;
    for (const ingest::Root& root : wanted) {
        if (contains(roots_, root)) continue;
        roots_.push_back(root);
        watcher_->follow(tree_of(root));
        come.push_back(root);
    }
    history_complete_ = history_complete_ && come.empty();
    auto job = [this, left = std::move(left), come = std::move(come)] {
        for (const std::size_t root : left) opened_.ingest->unfollow(root);
        for (const ingest::Root& root : come) opened_.ingest->follow(root);
    };
    co_await worker_.run(std::move(job));
}

asio::awaitable<void> Daemon::watch() {
    while (!stopping_) {
        std::vector<watch::Change> changes = co_await watcher_->next();
        co_await note_changes(std::move(changes));
    }
}

asio::awaitable<void> Daemon::note_changes(std::vector<watch::Change> changes) {
    const bool complete = !history_complete_ && history_is_known();
    history_complete_ = history_complete_ || complete;
    auto job = [this, changes = std::move(changes), complete] {
        for (const watch::Change& change : changes) {
            if (change.file.empty())
                opened_.ingest->notice_gone(change.tree);
            else if (change.initial)
                opened_.ingest->notice_history(change.tree, change.file);
            else
                opened_.ingest->notice_live(change.tree, change.file, change.bytes);
        }
        if (complete) opened_.ingest->history_complete();
        return std::pair(opened_.ingest->bytes_unread(), opened_.ingest->lost());
    };
    std::tie(waiting_.bytes_unread, waiting_.lost) = co_await worker_.run(std::move(job));
    ingest_loop_->nudge();
}

bool Daemon::history_is_known() const {
    const auto& states = watcher_->states();
    return std::all_of(states.begin(), states.end(),
                       [](const watch::TreeState& state) { return state.scanned; });
}

void Daemon::on_step(const ingest::StepResult& result) {
    if (result.last_event_id != 0) {
        feed_.publish(result.last_event_id);
        stored_since_quiet_ = true;
    }
    if (!result.refused_statement.empty()) damage_check_.suspect(result.refused_statement, false);
    waiting_.bytes_unread = result.history_bytes;
    waiting_.lost = result.lost;
    redaction_problem_ = result.redaction_problem;
    sync_.notice(result.outgoing);
    import_report_.on_step(result);
    importing_ = result.more;
    if (importing_) return sync_.do_not_close_turns();
    if (std::exchange(stored_since_quiet_, false)) sync_.close_turns();
    if (history_complete_) retention_.look();
    show_state();
    restart_into_newer_binary();
}

asio::awaitable<void> Daemon::handle_signals() {
    while (!stopping_) {
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        const int signal = co_await signals_.async_wait(token);
        if (error) co_return;
        if (signal != SIGHUP) {
            stop(signal == SIGINT ? "SIGINT" : "SIGTERM");
            co_return;
        }
        const auto reloaded = co_await reload();
        if (!reloaded)
            log::error("the new configuration is broken, the old one stays", "reason={}",
                       reloaded.error().message);
    }
}

void Daemon::stop(std::string_view why) {
    if (stopping_) return;
    stopping_ = true;
    give_up_ = true;
    queries_.end_all();
    log::info("stopping", "because={}", why);
    const bool begins_again = damaged_ || files_removed_;  // in this process
    if (!begins_again) service_.manager.stopping();
    watchdog_.stop();
    signals_.cancel();
    open_again_.cancel();
    if (watcher_) watcher_->stop();
    if (ingest_loop_) ingest_loop_->stop();
    sync_.stop();
    retention_.stop();
    doctor_.stop();
    damage_check_.stop();
    cut_connections_.expires_after(kLastRequest);
    cut_connections_.async_wait([this](const boost::system::error_code& error) {
        if (!error) sync_.close();
    });
    control_->stop();
    stop_deadline_.expires_after(kStopDeadline);
    stop_deadline_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        log::warn("something did not end in time, cutting it");
        io_.stop();
    });
}

// Files are read and rules compiled on the worker: that takes longer than the I/O thread has.
asio::awaitable<Result<proto::Reload>> Daemon::reload() {
    if (up_) service_.manager.reloading();
    auto job = [this] { return read_settings(); };
    std::optional<Result<Settings>> read;
    try {
        read = co_await worker_.run(std::move(job));
    } catch (const std::exception& error) {  // nothing may be awaited in here
        read = fail(ErrorCode::internal, error.what());
    }
    Result<proto::Reload> report = fail(ErrorCode::internal, "");
    if (read->has_value()) {
        Settings& settings = read->value();
        report = apply(std::move(settings.config), std::move(settings.sync), settings.prices);
        const std::size_t text_bytes = text_max_bytes(config_.config.store.text);
        if (opened_.ingest) co_await apply_to_ingest(text_bytes, std::move(settings.prices));
        try {
            co_await follow_roots();
        } catch (...) {  // watcher and Ingest no longer agree on what is followed
            failure_ = std::current_exception();
            stop("the places to watch could not be changed");
        }
    } else {
        report = tl::unexpected(read->error());
    }
    if (up_) service_.manager.ready();
    co_return report;
}

// Worker thread.
std::optional<Result<Daemon::Settings>> Daemon::read_settings() const {
    auto config = load_config(paths_.config_file, env_);
    if (!config) return Result<Settings>(tl::unexpected(config.error()));
    auto prices = load_prices(imported_prices_file(paths_), config->config.prices.file);
    if (!prices) return Result<Settings>(tl::unexpected(prices.error()));
    Sync::Plan plan = sync_.plan(config->config);
    if (!plan.problems.empty()) return Result<Settings>(tl::unexpected(plan.problems.front()));
    return Settings{std::move(*config), std::make_shared<const session::PriceTable>(std::move(*prices)),
                    std::move(plan)};
}

proto::Reload Daemon::apply(LoadedConfig config, Sync::Plan plan, PricesPtr prices) {
    proto::Reload report;
    report.warnings = config.warnings;
    for (const std::string& key : changed_keys(config_, config)) {
        if (key == "prices.file") continue;  // said below: what matters is what stands in it
        const bool live = key == "log.level" || key == "watch.agents" || key.starts_with("watch.root[") ||
                          key.starts_with("store.") || key.starts_with("workspace.") ||
                          key.starts_with("sync.") || key.starts_with("redact.") ||
                          key.starts_with("export.");
        (live ? report.applied : report.needs_restart).push_back(key);
    }
    const bool new_prices = !prices_ || prices->fingerprint() != prices_->fingerprint();
    if (new_prices) report.applied.emplace_back("prices.file");
    prices_ = std::move(prices);
    prices_problem_.clear();
    report.notes = sync_.use(std::move(plan));
    log::Level level = log::Level::info;
    if (log::parse_level(config.config.log.level, level)) log::set_level(level);
    config_ = std::move(config);
    retention_.use(config_.config.store);
    log::info("configuration read again", "applied={} needs_restart={}", report.applied.size(),
              report.needs_restart.size());
    return report;
}

asio::awaitable<void> Daemon::apply_to_ingest(std::size_t text_bytes, PricesPtr prices) {
    std::string why;
    try {
        auto job = [this, text_bytes, table = std::move(prices)] {
            opened_.ingest->set_text_max_bytes(text_bytes);
            opened_.ingest->usage().use_prices(*table);
        };
        co_await worker_.run(std::move(job));
    } catch (const std::exception& error) {  // nothing may be awaited in here
        why = error.what();
    }
    if (why.empty()) co_return;
    prices_problem_ = why;
    log::error("the new prices are not in use", "reason={}", why);
}

asio::awaitable<proto::Prices> Daemon::prices(runtime::Question question, insight::PriceQuestion asked) {
    auto job = [table = prices_, asked = std::move(asked)](insight::Reader& reader) {
        return insight::list_prices(reader.store(), *table, asked);
    };
    proto::Prices prices = co_await queries_.run(std::move(question), std::move(job));
    prices.imported_file = imported_prices_file(paths_);
    co_return prices;
}

// Nothing when another one is at it.
asio::awaitable<std::optional<proto::Reprice>> Daemon::reprice() {
    if (repricing_) co_return std::nullopt;
    repricing_ = true;
    ingest::Repricing progress;
    std::exception_ptr failure;
    try {
        while (!progress.done && !stopping_) {
            auto job = [this, progress] {
                ingest::Repricing next = progress;
                opened_.ingest->usage().reprice(next);
                return next;
            };
            progress = co_await worker_.run(std::move(job));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    repricing_ = false;
    if (failure) std::rethrow_exception(failure);
    log::info("priced anew", "responses={} changed={} unpriced={} prices_of={}", progress.responses,
              progress.changed, progress.unpriced, progress.date);
    co_return to_proto(progress);
}

asio::awaitable<Result<proto::Forgotten>> Daemon::forget(runtime::Question question,
                                                         control::ForgetRequest request) {
    constexpr UnixMs kAny = std::numeric_limits<UnixMs>::max();
    ingest::Forgettable which{request.session, request.before.value_or(kAny), std::move(request.workspace)};
    if (!request.dry_run) {
        const ingest::Forgetting::Also also{request.usage, true};
        auto forgetting = retention_.forget(std::move(which), also);
        co_return co_await std::move(forgetting);
    }
    auto count = [which = std::move(which)](insight::Reader& reader) {
        return ingest::count_forgettable(reader.store(), which);
    };
    const proto::Forgotten counts = co_await queries_.run(std::move(question), std::move(count));
    co_return counts;
}

// As of half a minute ago at the most, and looked for when somebody asks: the first waits for it, others get
// what was seen last.
asio::awaitable<AgentsSeen> Daemon::agents_beside() {
    if (!agents_look_.known()) co_await look_at_agents();
    if (agents_look_.is_old()) spawn("look at agents", look_at_agents());
    co_return agents_look_.beside(watched_places());
}

// It reads /proc, which takes some time where many processes are.
asio::awaitable<void> Daemon::look_at_agents() {
    if (std::exchange(looking_at_agents_, true)) co_return;
    auto job = [](insight::Reader&) { return look_for_agents(); };
    try {
        runtime::Question question{"which agents run", nullptr, runtime::Pace::usual};
        AgentsSeen seen = co_await queries_.run(std::move(question), std::move(job));
        agents_look_.note(std::move(seen));
    } catch (const std::exception& error) {
        log::warn("which agents run could not be seen", "reason=\"{}\"", error.what());
    }
    looking_at_agents_ = false;
}

asio::awaitable<proto::Doctor> Daemon::doctor(runtime::Question question, bool full) {
    const std::vector<WatchedTree> trees = watched_trees();
    doctor::Facts facts = doctor_facts(config_, paths_, env_, trees);
    facts.full = full;
    facts.watches = static_cast<std::int64_t>(watcher_->watches());
    if (sync_.is_on() && !config_.config.sync.endpoint.empty()) facts.sync_test = co_await sync_.test();
    facts.exporters = sync_.exporters();
    facts.agents = co_await agents_beside();
    auto ask = [facts, trees, waiting = waiting_](insight::Reader& reader) {
        return with_stored_facts(facts, trees, waiting, reader);
    };
    const std::shared_ptr<runtime::Asker> asker = question.asker;
    facts = co_await queries_.run(std::move(question), std::move(ask));
    proto::Doctor doctor;
    doctor.checks = co_await doctor_.examine(std::move(facts), asker);
    co_return doctor;
}

std::vector<WatchedTree> Daemon::watched_trees() const {
    std::vector<WatchedTree> all;
    for (std::size_t i = 0; i < roots_.size(); ++i) {
        if (!roots_[i].followed) continue;
        WatchedTree tree;
        tree.number = i;
        tree.agent = roots_[i].format->agent;
        tree.root = roots_[i].path;
        tree.state = watcher_->states()[i];
        if (tree.state.limit.empty()) tree.state.limit = watch_limit_;
        all.push_back(std::move(tree));
    }
    return all;
}

std::vector<WatchRoot> Daemon::watched_places() const {
    std::vector<WatchRoot> all;
    for (const ingest::Root& root : roots_) {
        if (root.followed) all.push_back({std::string(root.format->agent), root.path});
    }
    return all;
}

asio::awaitable<proto::Status> Daemon::status(runtime::Question question) {
    using Answer = std::pair<StoredFacts, Sync::Stocks>;
    auto job = [this, stocks = sync_.stock_questions()](insight::Reader& reader) {
        look_at_held_files();  // of which questions alone would not hear
        return Answer(ask_stored_facts(reader, now()), Sync::take_stock(reader.store(), stocks));
    };
    question.pace = runtime::Pace::quick;
    Answer answer = co_await queries_.run(std::move(question), std::move(job));
    StoredFacts& facts = answer.first;
    sync_.note(answer.second);
    const std::vector<WatchedTree> trees = watched_trees();
    facts.unreadable = within(trees, std::move(facts.unreadable));
    facts.sources.lost = waiting_.lost;
    facts.sources.bytes_unread = waiting_.bytes_unread;
    const std::vector<proto::SourceStatus> sources = join_sources(trees, std::move(facts.sources));
    const AgentsSeen agents = co_await agents_beside();
    health_.begin(now());
    if (!paths_.socket_note.empty()) health_.add("socket_place", "info", paths_.socket_note, "");
    for (const std::string& warning : config_.warnings)
        health_.add("config:" + warning, "warning", warning, "kaizenctl reload");
    if (ingest_loop_ && !ingest_loop_->problem().empty())
        add_store_trouble(health_, trouble_, paths_.database);
    add_rebuilt_health(health_, facts.damaged);
    if (!prices_problem_.empty()) {
        health_.add("prices_unusable", "warning", "your price table is not in use: " + prices_problem_,
                    "mend it, then kaizenctl reload and kaizenctl usage reprice");
    }
    if (service_.binary.replaced()) {
        health_.add(
            "binary_replaced", "info",
            fmt::format("a new kaizend is installed at {}, {} still runs", service_.binary.path(), kVersion),
            service_.starts_us_again ? "it restarts by itself when it is idle"
                                     : "restart it: kaizenctl stop, then kaizend");
    }
    sync_.add_health(health_);
    add_outbox_health(health_, facts, redaction_problem_, sync_.is_on());
    add_stored_health(health_, facts);
    add_watch_health(health_, trees);
    add_left_out_health(health_, sources);
    add_agents_health(health_, agents, paths_.config_file);
    proto::Status status;
    status.version = kVersion;
    status.api = kControlApi;
    status.pid = ::getpid();
    status.started_at_ms = started_at_;
    status.uptime_ms = now() - started_at_;
    status.state = stopping_ ? "stopping" : "running";
    status.health = health_.finish();
    status.sources = sources;
    status.agents = agents;
    status.store = std::move(facts.store);
    status.today = facts.today;
    status.outbox = outbox_status(facts.outbox);
    status.balance = balance(facts.outbox);
    status.sync = sync_.status();
    status.exporters = sync_.exporters();
    const control::ControlStats peers = control_->stats();
    status.control = {peers.refused, peers.turned_away};
    status.process = process_status();
    restart_into_newer_binary();
    co_return status;
}

}  // namespace kaizen
