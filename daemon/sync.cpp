#include "daemon/sync.h"

#include <fmt/core.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "common/log.h"
#include "daemon/export/exporters.h"
#include "daemon/ingest/backfill.h"
#include "daemon/ingest/preview.h"
#include "daemon/insight/agent_registry.h"
#include "daemon/redact/local_identity.h"

namespace kaizen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kPatienceWithExporters{5'000};
constexpr std::chrono::seconds kSettles{2};  // so that lines that come one by one are one look
constexpr UnixMs kLongest =
    25 * UnixMs{3'600'000};                  // after it nothing is open any more: see session::is_over()
constexpr std::chrono::minutes kIsOver{11};  // a little more than session::is_over() waits

// Answers of tasks that run side by side.
template <class T>
struct Answers {
    Answers(const asio::any_io_executor& executor, std::size_t count)
        : all(count), running(count), ended(executor, asio::steady_timer::time_point::max()) {}

    std::vector<T> all;
    std::size_t running;
    asio::steady_timer ended;  // never runs out: cancelled when the last one ends
    std::exception_ptr failure;
};

template <class T>
asio::awaitable<std::vector<T>> answers_of(asio::any_io_executor executor,
                                           std::vector<asio::awaitable<T>> tasks) {
    auto answers = std::make_shared<Answers<T>>(executor, tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        auto ended = [answers, i](const std::exception_ptr& failure, T answer) {
            if (failure) answers->failure = failure;
            answers->all[i] = std::move(answer);
            if (--answers->running == 0) answers->ended.cancel();
        };
        asio::co_spawn(executor, std::move(tasks[i]), std::move(ended));
    }
    while (answers->running > 0) {
        boost::system::error_code woken;
        auto token = asio::redirect_error(asio::use_awaitable, woken);
        co_await answers->ended.async_wait(token);
    }
    if (answers->failure) std::rethrow_exception(answers->failure);
    co_return std::move(answers->all);
}

proto::ExporterFlush to_proto(const std::string& name, const proto::Flush& from) {
    return {name, from.outcome, from.batches, from.rows, from.dead, from.pending, from.error};
}

bool is_off(const proto::Flush& flush) { return flush.outcome == "disabled"; }

// Why rows wait that the endpoint has, or that go to exporters alone.
std::string error_of(const std::vector<proto::ExporterFlush>& exporters) {
    for (const proto::ExporterFlush& exporter : exporters) {
        if (!exporter.error.empty()) return fmt::format("exporter {}: {}", exporter.name, exporter.error);
    }
    return {};
}

std::vector<std::string> names_of(const std::vector<PlannedReceiver>& receivers) {
    std::vector<std::string> names;
    for (const PlannedReceiver& receiver : receivers) names.push_back(receiver.receiver);
    return names;
}

}  // namespace

Sync::Sync(asio::any_io_executor executor, runtime::Worker& worker,
           runtime::QueryPool<insight::Reader>& queries, Env env, Spawn spawn)
    : executor_(std::move(executor)),
      worker_(worker),
      queries_(queries),
      env_(std::move(env)),
      spawn_(std::move(spawn)),
      look_(executor_) {}

Sync::Plan Sync::plan(const Config& config) const {
    Plan plan;
    plan.config = config;
    plan.receivers = plan_receivers(config, env_, executor_, worker_);
    if (auto gate = make_gate(config))
        plan.gate = std::move(*gate);
    else
        plan.problems.push_back(gate.error());
    for (PlannedReceiver& receiver : plan.receivers) {
        if (receiver.problem) plan.problems.push_back(*receiver.problem);
        if (!plan.gate) receiver.settings.sink.reset();
    }
    return plan;
}

// Null when nothing is configured to be sent anywhere. Fails when it is, but the salt or a rule cannot be
// used.
Result<Sync::GatePtr> Sync::make_gate(const Config& config) const {
    if (config.sync.endpoint.empty() && config.exporters.to.empty()) return GatePtr();
    if (config.sync.team_salt_hex.empty()) {
        return fail(ErrorCode::bad_input, "sync.team_salt_hex is not set",
                    "make one for the whole team: openssl rand -hex 32");
    }
    auto gate = ingest::Gate::make(config, redact::local_identity(env_));
    if (!gate) return tl::unexpected(gate.error());
    return GatePtr(std::move(*gate));
}

void Sync::begin_with(Plan plan) {
    plan_ = std::move(plan);
    sample_rate_ = plan_.config.sync.sample_rate;
    if (plan_.problems.empty()) return;
    const bool endpoint_fails = !plan_.receivers.empty() && plan_.receivers.front().name.empty() &&
                                plan_.receivers.front().problem.has_value();
    // An exporter's own status says its problem: the others work.
    if (!plan_.gate || endpoint_fails) problem_ = plan_.problems.front().message;
    for (const Error& problem : plan_.problems)
        log::error(plan_.gate ? "nothing can be sent" : "sync cannot be turned on", "reason={}",
                   problem.message);
}

std::vector<std::string> Sync::receivers() const { return names_of(plan_.receivers); }

asio::awaitable<void> Sync::open(store::Store& store, ingest::Ingest& ingest) {
    store_ = &store;
    ingest_ = &ingest;
    PlannedReceiver nowhere;
    nowhere.receiver = outbox::kIngest;
    ways_.push_back(make_way(nowhere));
    arrange_ways(plan_.receivers, false);
    const std::vector<WayPtr> ways = ways_;
    for (const WayPtr& way : ways) co_await begin(way);
    spawn_(clear_what_all_have());
    look_for_ended_turns_in(kIsOver, false);
}

// A pause by the user is one of all, also of those that came to be meanwhile.
asio::awaitable<void> Sync::begin(WayPtr way) { return way->flusher->begin(is_paused_by_user()); }

bool Sync::is_paused_by_user() const { return endpoint().flusher->stock().receiver.paused == flush::kByUser; }

Sync::WayPtr Sync::make_way(const PlannedReceiver& receiver) {
    auto way = std::make_shared<Way>();
    way->receiver = receiver.receiver;
    way->name = receiver.name;
    way->dispatch = std::make_unique<flush::Dispatch>(outbox::Queue(*store_, receiver.receiver));
    way->flusher = std::make_unique<flush::Flusher>(
        executor_, worker_, *way->dispatch, [] { return now(); },
        [this](asio::awaitable<void> task) { spawn_(std::move(task)); },
        [this](const proto::ingest::Overrides& overrides) { use_overrides(overrides); });
    return way;
}

// One way for each, the endpoint first; those that are there stay and get new settings.
void Sync::arrange_ways(std::vector<PlannedReceiver> receivers, bool anew) {
    std::vector<WayPtr> ways;
    const auto keep = [&](const std::string& receiver) {
        const auto found = std::find_if(ways_.begin(), ways_.end(),
                                        [&](const WayPtr& way) { return way->receiver == receiver; });
        if (found == ways_.end()) return false;
        ways.push_back(std::move(*found));
        ways_.erase(found);
        return true;
    };
    const bool has_endpoint = !receivers.empty() && receivers.front().receiver == outbox::kIngest;
    if (!has_endpoint && keep(outbox::kIngest)) ways.front()->flusher->use(flush::Settings());
    for (PlannedReceiver& receiver : receivers) {
        if (!keep(receiver.receiver)) ways.push_back(make_way(receiver));
        Way& way = *ways.back();
        way.type = receiver.type;
        way.place = receiver.settings.endpoint;
        receiver.settings.anew = anew;
        way.batch_rows = receiver.settings.carrier.limits.rows;
        way.flusher->use(std::move(receiver.settings));
    }
    std::erase_if(retired_, [](const WayPtr& way) { return way->flusher->ended(); });
    for (WayPtr& way : ways_) {
        way->flusher->stop();
        way->flusher->close();
        retired_.push_back(std::move(way));
    }
    ways_ = std::move(ways);
}

std::vector<std::string> Sync::use(Plan plan) {
    std::vector<std::string> notes;
    const bool was_on = is_on();
    std::vector<std::string> gone = names_of(plan_.receivers);
    for (const std::string& name : names_of(plan.receivers)) std::erase(gone, name);
    plan_ = std::move(plan);
    sample_rate_ = plan_.config.sync.sample_rate;
    problem_.clear();
    if (!was_on && is_on()) {
        notes.emplace_back(
            "sync is on from now on; kaizenctl sync backfill --since 7d adds what is stored already");
    } else if (was_on && !is_on()) {
        notes.emplace_back("sync is off; what waits is kept, kaizenctl outbox shows it");
    }
    for (const std::string& name : gone) {
        if (is_on())
            notes.push_back(
                name == outbox::kIngest
                    ? "there is no endpoint any more; what waited for it goes to the exporters alone"
                    : "what waited for exporter " + outbox::exporter_of(name) + " is dropped");
    }
    if (store_ != nullptr) spawn_(put_in_force(plan_.receivers));
    return notes;
}

asio::awaitable<void> Sync::put_in_force(std::vector<PlannedReceiver> receivers) {
    auto job = [this, gate = plan_.gate, names = names_of(receivers)] {
        ingest_->outbound().use_gate(gate);
        ingest_->outbound().outbox().use_receivers(names);
    };
    std::string why;
    try {
        co_await worker_.run(std::move(job));
    } catch (const std::exception& error) {
        why = error.what();
    }
    if (!why.empty()) {
        problem_ = why;
        log::error("the new receivers cannot be put in force", "reason={}", why);
    }
    if (stopping_) co_return;
    spawn_(clear_what_all_have());
    const std::vector<WayPtr> before = ways_;
    arrange_ways(std::move(receivers), true);
    const std::vector<WayPtr> ways = ways_;
    for (const WayPtr& way : ways) {
        if (std::find(before.begin(), before.end(), way) == before.end()) co_await begin(way);
    }
}

// What is left when it fails or stops is cleared when the receivers are put in force the next time.
asio::awaitable<void> Sync::clear_what_all_have() {
    try {
        bool more = true;
        while (more && !stopping_) {
            auto job = [this] { return ingest_->outbound().outbox().clear_some(); };
            more = co_await worker_.run(std::move(job));
        }
    } catch (const std::exception& error) {
        log::warn("what all receivers have could not be deleted from the outbox", "reason=\"{}\"",
                  error.what());
    }
}

// Rules are compiled on the worker, too. What fails is tried again when the server is asked again.
asio::awaitable<void> Sync::use_sample_rate(double rate) {
    Config config = plan_.config;
    config.sync.sample_rate = rate;
    auto job = [this, config = std::move(config)] {
        auto gate = make_gate(config);
        if (gate) ingest_->outbound().use_gate(*gate);
        return gate.has_value();
    };
    bool used = false;
    try {
        used = co_await worker_.run(std::move(job));
    } catch (const std::exception&) {  // the worker's failures are known to Daemon
    }
    if (!used) co_return;
    sample_rate_ = rate;
    log::info(rate < plan_.config.sync.sample_rate ? "the server asks for fewer sessions"
                                                   : "the server asks for fewer sessions no more",
              "sample_rate={}", rate);
}

// What the server wants otherwise than we are configured; how much at once, Flusher sees to itself.
void Sync::use_overrides(const proto::ingest::Overrides& overrides) {
    const double configured = plan_.config.sync.sample_rate;
    const double rate = std::clamp(overrides.sample_rate.value_or(configured), 0.0, configured);
    if (rate != sample_rate_) spawn_(use_sample_rate(rate));
}

bool Sync::busy() const {
    return backfilling_ || std::any_of(ways_.begin(), ways_.end(),
                                       [](const WayPtr& way) { return way->flusher->flushing(); });
}

void Sync::notice(std::int64_t rows) {
    for (const WayPtr& way : ways_) way->flusher->notice(rows);
}

void Sync::close_turns() { look_for_ended_turns_in(kSettles, true); }

void Sync::do_not_close_turns() {
    looks_soon_ = false;
    look_.cancel();
}

// Not later than that; `again`: and once more when a run for one prompt that is quiet from now on is over.
void Sync::look_for_ended_turns_in(std::chrono::steady_clock::duration time, bool again) {
    const auto at = std::chrono::steady_clock::now() + time;
    if (!is_on() || stopping_ || (looks_soon_ && look_.expiry() <= at)) return;
    looks_soon_ = true;
    look_.expires_at(at);
    look_.async_wait([this, again](const boost::system::error_code& error) {
        if (error) return;
        looks_soon_ = false;
        if (!closing_turns_ && !stopping_) spawn_(look_for_ended_turns(again));
    });
}

// On the worker thread.
std::shared_ptr<ingest::TurnClosing> Sync::begin_closing(UnixMs since, UnixMs now) const {
    using insight::AgentRegistry;
    auto registry = std::make_shared<AgentRegistry>(
        AgentRegistry::read(AgentRegistry::directories(home_directory(env_), env_)));
    auto said = [registry, now](const session::SessionState& state) {
        return registry->status_of(state, now);
    };
    return std::make_shared<ingest::TurnClosing>(*store_, ingest_->writer(), since, now, std::move(said));
}

asio::awaitable<void> Sync::look_for_ended_turns(bool again) {
    closing_turns_ = true;
    try {
        const UnixMs began = now();
        const UnixMs since = turns_told_until_ - kLongest;
        auto begin = [this, since, began] { return begin_closing(since, began); };
        const auto closing = co_await worker_.run(std::move(begin));
        bool more = true;
        while (more && !stopping_) {
            auto job = [closing] { return closing->step(); };
            more = co_await worker_.run(std::move(job));
        }
        if (!more) turns_told_until_ = began;
        notice(closing->rows());
    } catch (const std::exception& error) {
        log::warn("turns that are over could not be told of, it is tried again", "reason=\"{}\"",
                  error.what());
    }
    closing_turns_ = false;
    if (again) look_for_ended_turns_in(kIsOver, false);
}

void Sync::stop() {
    stopping_ = true;
    look_.cancel();
    for (const WayPtr& way : ways_) way->flusher->stop();
}

void Sync::close() {
    for (const WayPtr& way : ways_) way->flusher->close();
}

std::vector<Sync::WayPtr> Sync::exporter_ways() const {
    std::vector<WayPtr> ways;
    for (const WayPtr& way : ways_) {
        if (!way->name.empty()) ways.push_back(way);
    }
    return ways;
}

asio::awaitable<std::int64_t> Sync::pending_rows() {
    auto job = [this] { return ingest_->outbound().outbox().summary().balance.pending; };
    return worker_.run(std::move(job));
}

// Without `at_once`, what is held up stays so until its next attempt.
asio::awaitable<proto::Flush> Sync::flush_one(WayPtr way, bool at_once, std::chrono::milliseconds timeout) {
    const proto::SyncStatus status = way->flusher->status();
    const bool held_up = status.state == "backing_off" || status.state == "paused";
    const bool may_go = at_once || !held_up || way->flusher->flushing();
    if (may_go || status.next_attempt_at_ms.value_or(0) <= now()) {
        proto::Flush flushed = co_await way->flusher->flush(timeout);
        co_return flushed;
    }
    proto::Flush answer;
    answer.outcome = "partial";
    answer.pending = way->flusher->stock().waiting;
    answer.error = status.reason + "; kaizenctl flush --now tries at once";
    co_return answer;
}

// All at once. Where exporters have a part in when rows are done, what they did not take is pending, too;
// where they have none, nobody waits long for one that hangs.
asio::awaitable<proto::Flush> Sync::flush(bool at_once, std::chrono::milliseconds timeout) {
    const std::vector<WayPtr> ways = ways_;
    const bool endpoint_decides = !plan_.config.sync.endpoint.empty() && plan_.config.exporters.fail_open;
    const auto patience = endpoint_decides ? std::min(timeout, kPatienceWithExporters) : timeout;
    std::vector<asio::awaitable<proto::Flush>> tasks;
    for (const WayPtr& way : ways)
        tasks.push_back(flush_one(way, at_once, way->name.empty() ? timeout : patience));
    const std::vector<proto::Flush> flushes = co_await answers_of(executor_, std::move(tasks));
    proto::Flush answer = flushes.front();
    bool started = answer.outcome == "started";
    bool timed_out = answer.outcome == "timeout";
    for (std::size_t i = 1; i < ways.size(); ++i) {
        answer.exporters.push_back(to_proto(ways[i]->name, flushes[i]));
        started = started || flushes[i].outcome == "started";
        timed_out = timed_out || flushes[i].outcome == "timeout";
    }
    const bool all_off = std::all_of(flushes.begin(), flushes.end(), is_off);
    if (all_off || (endpoint_decides && !is_off(flushes.front())) || answer.exporters.empty())
        co_return answer;
    answer.pending = co_await pending_rows();
    if (answer.error.empty() && answer.pending > 0) answer.error = error_of(answer.exporters);
    if (answer.error.empty() && answer.pending > 0 && !plan_.problems.empty())
        answer.error = plan_.problems.front().message;
    answer.outcome = started               ? "started"
                     : answer.pending == 0 ? "drained"
                     : timed_out           ? "timeout"
                                           : "partial";
    co_return answer;
}

asio::awaitable<proto::SyncStatus> Sync::pause() {
    const std::vector<WayPtr> ways = ways_;
    for (const WayPtr& way : ways) co_await way->flusher->pause();
    co_return status();
}

asio::awaitable<proto::SyncStatus> Sync::resume() {
    const std::vector<WayPtr> ways = ways_;
    for (const WayPtr& way : ways) co_await way->flusher->resume();
    co_return status();
}

asio::awaitable<proto::SyncTest> Sync::test() {
    proto::SyncTest answer = co_await endpoint().flusher->test();
    if (is_on() && plan_.config.sync.endpoint.empty()) {
        answer.message = "there is no endpoint, rows go to exporters only";
        answer.fix = "kaizenctl export test";
    }
    co_return answer;
}

asio::awaitable<Result<proto::ExportTest>> Sync::test_exporters(std::string name) {
    std::vector<WayPtr> ways = exporter_ways();
    if (!name.empty()) {
        std::erase_if(ways, [&](const WayPtr& way) {
            return way->name != name && !way->name.starts_with(signal_name(name, ""));
        });
        if (ways.empty())
            co_return fail(ErrorCode::not_found, fmt::format("no exporter is called \"{}\"", name),
                           "kaizenctl status lists them");
    }
    std::vector<asio::awaitable<proto::SyncTest>> tasks;
    for (const WayPtr& way : ways) tasks.push_back(way->flusher->test());
    const std::vector<proto::SyncTest> tests = co_await answers_of(executor_, std::move(tasks));
    proto::ExportTest answer;
    for (std::size_t i = 0; i < ways.size(); ++i) {
        proto::ExporterTest& exporter = answer.exporters.emplace_back();
        exporter = {ways[i]->name, ways[i]->type, tests[i]};
        if (exporter.type == "file") exporter.test.status.reset();  // nobody answered
        const auto problem = problem_of(*ways[i]);
        if (!problem) continue;
        exporter.test.message = problem->message;
        exporter.test.fix = problem->hint;
    }
    co_return answer;
}

asio::awaitable<Result<std::string>> Sync::preview(runtime::Question question, std::int64_t session,
                                                   std::shared_ptr<const session::PriceTable> prices) {
    auto job = [this, session, prices = std::move(prices),
                config = plan_.config](insight::Reader& reader) -> Result<std::string> {
        const std::int64_t key = session != 0 ? session : reader.store().sessions.latest();
        if (key == 0) return fail(ErrorCode::not_found, "there is no session yet");
        const auto gate = ingest::Gate::make(config, redact::local_identity(env_));
        if (!gate) return tl::unexpected(gate.error());
        return proto::to_json(ingest::preview(reader.store(), *prices, **gate, key));
    };
    co_return co_await queries_.run(std::move(question), std::move(job));
}

asio::awaitable<Result<proto::Backfill>> Sync::backfill(UnixMs since, bool dry_run) {
    if (!is_on())
        co_return fail(ErrorCode::conflict, "sync is off, so nothing is enqueued",
                       problem_.empty() ? "set sync.endpoint, then kaizenctl reload" : problem_);
    if (backfilling_)
        co_return fail(ErrorCode::conflict, "another backfill is under way", "wait for it to end");
    backfilling_ = true;
    const exporting::Lateness late = exporting::lateness_of(plan_.config.exporters.to);
    const UnixMs late_before = late.after > 0 ? now() - late.after : 0;
    const ingest::Backfill::Wanted wanted{since, late_before, dry_run};
    std::shared_ptr<ingest::Backfill> backfill;
    std::exception_ptr failure;
    try {
        auto open = [this, wanted] {
            return std::make_shared<ingest::Backfill>(*store_, ingest_->writer(), wanted);
        };
        backfill = co_await worker_.run(std::move(open));
        bool more = true;
        while (more && !stopping_) {
            auto job = [backfill] { return backfill->step(); };
            more = co_await worker_.run(std::move(job));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    backfilling_ = false;
    if (failure) std::rethrow_exception(failure);
    proto::Backfill counts = backfill->counts();
    counts.late_after_ms = late.after;
    counts.late_for = late.exporters;
    if (dry_run) co_return counts;
    notice(counts.events + counts.tool_spans);
    log::info("enqueued what was stored before", "sessions={} events={} tool_spans={}", counts.sessions,
              counts.events, counts.tool_spans);
    co_return counts;
}

std::vector<Sync::StockQuestion> Sync::stock_questions() const {
    std::vector<StockQuestion> questions;
    for (const WayPtr& way : exporter_ways()) questions.push_back({way->receiver, way->batch_rows});
    return questions;
}

Sync::Stocks Sync::take_stock(store::Store& store, const std::vector<StockQuestion>& questions) {
    Stocks stocks;
    for (const StockQuestion& question : questions) {
        outbox::Queue queue(store, question.receiver);
        stocks.emplace(question.receiver, flush::stock_of(queue, question.batch_rows));
    }
    return stocks;
}

void Sync::note(const Stocks& stocks) {
    for (const WayPtr& way : exporter_ways()) {
        const auto stock = stocks.find(way->receiver);
        if (stock != stocks.end()) way->stock = stock->second;
    }
}

}  // namespace kaizen
