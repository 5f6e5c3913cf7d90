#include "daemon/flush/flusher.h"

#include <fmt/core.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

#include "common/log.h"
#include "daemon/flush/backoff.h"
#include "daemon/flush/http_date.h"

namespace kaizen::flush {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr UnixMs kOverridesEvery = 3'600'000;

std::uint64_t random_bits() {
    static thread_local std::mt19937_64 generator{std::random_device()()};
    return generator();
}

// Until somebody cancels it. To set its time here would wake whoever else waits.
asio::awaitable<void> wait_for(asio::steady_timer& signal) {
    boost::system::error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    co_await signal.async_wait(token);
}

}  // namespace

Flusher::Flusher(const asio::any_io_executor& executor, runtime::Worker& worker, Dispatch& dispatch,
                 Clock clock, Spawn spawn, std::function<void(const proto::ingest::Overrides&)> on_overrides)
    : executor_(executor),
      worker_(worker),
      dispatch_(dispatch),
      clock_(std::move(clock)),
      spawn_(std::move(spawn)),
      on_overrides_(std::move(on_overrides)),
      alarm_(executor),
      pumps_ended_(executor, asio::steady_timer::time_point::max()),
      flush_ended_(executor, asio::steady_timer::time_point::max()) {}

void Flusher::use(Settings settings) {
    next_settings_ = std::move(settings);
    halted_ = true;  // a flush that is under way ends: what waits does not go to the old endpoint any more
    wake();
}

void Flusher::notice(std::int64_t rows) {
    if (rows == 0) return;
    if (stock_.waiting == 0) waiting_since_ = clock_();
    stock_.waiting += rows;
    const bool begins = stock_.waiting == rows;
    const bool enough = stock_.waiting >= settings_.carrier.limits.rows &&
                        stock_.waiting - rows < settings_.carrier.limits.rows;
    if (begins || enough) wake();
}

// Without anything to wait for nothing runs, and no timer exists.
void Flusher::wake() {
    woken_ = true;
    alarm_.cancel();
    if (!begun_ || running_ || stopping_) return;
    running_ = true;
    spawn_(run());
}

void Flusher::stop() {
    stopping_ = true;
    alarm_.cancel();
    flush_ended_.cancel();
    if (!running_) close();
}

// A connection that is kept would keep the daemon.
void Flusher::close() {
    if (settings_.sink) settings_.sink->stop();
}

asio::awaitable<void> Flusher::begin(bool paused) {
    if (next_settings_) co_await apply_settings();
    std::string why;
    try {
        if (paused && !is_paused_by_user()) co_await pause();
    } catch (const std::exception& error) {
        why = error.what();
    }
    if (!why.empty()) fail(why);
    // What is not known to be paused in the database must not be taken for ready: resume() begins it, then.
    begun_ = why.empty();
    wake();
}

asio::awaitable<void> Flusher::run() {
    bool more = true;
    while (more && !stopping_) {
        woken_ = false;
        const auto next = co_await step();
        if (next) co_await wait_until(*next);
        more = next || woken_;
    }
    running_ = false;
    if (stopping_) close();
}

asio::awaitable<void> Flusher::wait_until(UnixMs at) {
    if (woken_ || stopping_) co_return;
    alarm_.expires_after(milliseconds(std::max<UnixMs>(0, at - clock_())));
    boost::system::error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    co_await alarm_.async_wait(token);
}

asio::awaitable<std::optional<UnixMs>> Flusher::step() {
    if (next_settings_) co_await apply_settings();
    mind_the_clock();
    const bool asked = std::exchange(asked_, false);
    if (!stopping_ && settings_.sink && (asked || due(clock_()))) co_await flush_all();
    co_return stopping_ ? std::nullopt : next_due();
}

// Nothing is on the wire now.
asio::awaitable<void> Flusher::apply_settings() {
    if (settings_.sink) settings_.sink->stop();
    settings_ = std::move(*next_settings_);
    next_settings_.reset();
    overrides_due_ = 0;
    rest_until_ = 0;
    auto job = [this, carrier = settings_.carrier, backlog_max = settings_.backlog_max,
                decides = settings_.decides, anew = settings_.anew] {
        dispatch_.use_carrier(carrier);
        dispatch_.use_backlog_max(backlog_max);
        dispatch_.use_decides(decides);
        if (anew && dispatch_.stock().receiver.paused != kByUser) dispatch_.resume();
    };
    try {
        co_await worker_.run(std::move(job));
        bool more = true;
        while (more && !stopping_) {
            auto settle = [this] { return dispatch_.settle_some(); };
            more = co_await worker_.run(std::move(settle));
        }
        co_await take_stock();
    } catch (const std::exception& error) {
        fail(error.what());
    }
    if (settings_.anew) waiting_since_ = 0;
}

bool Flusher::is_paused_by_user() const { return stock_.receiver.paused == kByUser; }

void Flusher::mind_the_clock() {
    const UnixMs now = clock_();
    UnixMs& not_before = stock_.receiver.not_before;
    not_before = unless_clock_was_set_back(not_before, now, kRetryAfterMost);
    waiting_since_ = unless_clock_was_set_back(waiting_since_, now, milliseconds(0));
    rest_until_ = unless_clock_was_set_back(rest_until_, now, settings_.interval);
    overrides_due_ = unless_clock_was_set_back(overrides_due_, now, milliseconds(kOverridesEvery));
}

bool Flusher::due(UnixMs now) const {
    const auto at = next_due();
    return at && *at <= now;
}

std::optional<UnixMs> Flusher::next_due() const {
    if (!settings_.sink || stock_.waiting == 0 || is_paused_by_user()) return std::nullopt;
    if (stock_.receiver.failures > 0 || !stock_.receiver.paused.empty()) return stock_.receiver.not_before;
    const bool many = stock_.waiting >= settings_.carrier.limits.rows;
    return std::max(rest_until_, many ? waiting_since_ : waiting_since_ + settings_.interval.count());
}

asio::awaitable<void> Flusher::flush_all() {
    flushing_ = true;
    halted_ = next_settings_.has_value();
    run_ = std::exchange(next_, std::make_shared<Run>());
    try {
        // After trouble one batch goes ahead alone.
        if (stock_.receiver.failures > 0 || !stock_.receiver.paused.empty()) co_await pump(true);
        if (!halted_ && !stopping_ && clock_() >= overrides_due_) co_await ask_overrides();
        if (!halted_ && !stopping_) co_await all_pumps();
        co_await take_stock();
    } catch (const std::exception& error) {
        fail(error.what());
    }
    flushing_ = false;
    waiting_since_ = clock_();  // what came meanwhile waits from now on
    result().pending = stock_.waiting;
    if (next_settings_ && stock_.waiting > 0 && result().error.empty())
        result().error = "the configuration changed: what waits goes on with the new one";
    result().outcome = stock_.waiting == 0 ? "drained" : "partial";
    const bool moved = result().rows > 0 || result().dead > 0;
    rest_until_ = stock_.waiting > 0 && !moved ? clock_() + settings_.interval.count() : 0;
    run_->ended = true;
    flush_ended_.cancel();
}

asio::awaitable<void> Flusher::all_pumps() {
    for (std::size_t i = 0; i < settings_.in_flight; ++i) {
        ++pumps_;
        auto ended = [this](const std::exception_ptr&) {  // it throws nothing
            if (--pumps_ == 0) pumps_ended_.cancel();
        };
        asio::co_spawn(executor_, pump(false), std::move(ended));
    }
    while (pumps_ > 0) co_await wait_for(pumps_ended_);
}

asio::awaitable<void> Flusher::pump(bool once) {
    const Dispatch::Attempt attempt = once ? Dispatch::Attempt::probe : Dispatch::Attempt::usual;
    bool more = true;
    while (more && !halted_ && !stopping_) {
        try {
            more = co_await send_next(attempt);
        } catch (const std::exception& error) {
            fail(error.what());
        }
        if (once) more = false;
    }
}

asio::awaitable<void> Flusher::shorten() {
    bool longer = settings_.backlog_max.has_value();
    while (longer && !stopping_) {
        auto job = [this, now = clock_()] { return dispatch_.shorten(now); };
        longer = co_await worker_.run(std::move(job));
    }
}

// False: there was nothing to send.
asio::awaitable<bool> Flusher::send_next(Dispatch::Attempt attempt) {
    if (attempt == Dispatch::Attempt::probe) co_await shorten();
    auto take = [this, now = clock_(), attempt] { return dispatch_.next(now, attempt); };
    auto taken = co_await worker_.run(std::move(take));
    if (!taken) {
        problem_.clear();
        co_return false;
    }
    auto parcel = std::make_shared<const Parcel>(std::move(*taken));
    auto verdict = co_await send_all(parcel);
    if (verdict) {
        co_await settle(std::move(parcel), std::move(*verdict));
        co_return true;
    }
    halted_ = true;
    co_return false;
}

// What the last one came to, or the first that was not taken; nothing: it was cut.
asio::awaitable<std::optional<Verdict>> Flusher::send_all(std::shared_ptr<const Parcel> parcel) {
    Verdict verdict;  // of no request at all: there is nothing in it to be refused
    for (std::size_t i = 0; i < parcel->requests.size(); ++i) {
        Request request = parcel->requests[i];
        const std::int64_t part = request.part;
        const auto sink = settings_.sink;
        const Reply reply = co_await sink->send(std::move(request));
        if (reply.failure && reply.failure->trouble == Trouble::cancelled) co_return std::nullopt;
        verdict = settings_.carrier.judge(reply, clock_());
        if (verdict.decision != Decision::accepted) break;
        if (i + 1 == parcel->requests.size()) break;
        auto job = [this, parcel, part, verdict, now = clock_()] {
            dispatch_.take_part(parcel->key, part, verdict, now);
        };
        co_await worker_.run(std::move(job));
    }
    co_return verdict;
}

asio::awaitable<void> Flusher::settle(std::shared_ptr<const Parcel> parcel, Verdict verdict) {
    auto job = [this, parcel, verdict, now = clock_(), random = random_bits()] {
        return dispatch_.settle(*parcel, verdict, now, random);
    };
    const Settled settled = co_await worker_.run(std::move(job));
    problem_.clear();
    stock_.receiver = settled.receiver;
    result().rows += settled.rows;
    result().deduped += settled.deduped;
    result().dead += settled.dead;
    if (settled.rows > 0) ++result().batches;
    say(verdict);
}

// Trouble is said once, and its end once; an answer to what was sent before it is not its end.
void Flusher::say(const Verdict& verdict) {
    if (verdict.decision == Decision::later || verdict.decision == Decision::pause) {
        halted_ = true;
        result().error = verdict.title;
        const bool pauses = verdict.decision == Decision::pause;
        if (!in_trouble_ && pauses)
            log::error("sending is paused", "to={} reason={} fix={}", settings_.name, verdict.title,
                       verdict.fix);
        else if (!in_trouble_)
            log::warn("rows are not delivered at present, they wait", "to={} reason={}", settings_.name,
                      verdict.title);
        in_trouble_ = true;
    } else if (stock_.receiver.failures == 0 && (stock_.receiver.paused.empty() || is_paused_by_user())) {
        if (in_trouble_)
            log::info("rows are delivered again", "to={} endpoint={}", settings_.name, settings_.endpoint);
        in_trouble_ = false;
    }
}

// Our own trouble: the database. What was under way is sent again.
void Flusher::fail(const std::string& why) {
    halted_ = true;
    result().error = why;
    problem_ = why;
    if (!in_trouble_) log::error("the outbox cannot be worked on, rows wait", "reason={}", why);
    in_trouble_ = true;
}

asio::awaitable<void> Flusher::take_stock() {
    auto job = [this] { return dispatch_.stock(); };
    Stock stock = co_await worker_.run(std::move(job));
    stock_ = std::move(stock);
}

asio::awaitable<void> Flusher::ask_overrides() {
    if (!settings_.carrier.overrides) co_return;
    Request request = *settings_.carrier.overrides;
    const auto sink = settings_.sink;
    const Reply reply = co_await sink->send(std::move(request));
    if (reply.failure) co_return;  // asked again in the next flush
    overrides_due_ = clock_() + kOverridesEvery;
    std::optional<proto::ingest::Overrides> overrides;
    if (reply.status == 404) overrides.emplace();  // there are none, or none any more
    if (reply.status == 200) {
        if (const auto read = proto::ingest::overrides_from(reply.body)) overrides = *read;
    }
    if (!overrides) co_return;
    outbox::Limits limits = settings_.carrier.limits;
    if (overrides->events_per_batch_max && *overrides->events_per_batch_max > 0)
        limits.rows = std::min(limits.rows, *overrides->events_per_batch_max);
    if (overrides->max_body_bytes && *overrides->max_body_bytes > 0)
        limits.body_bytes = std::min(limits.body_bytes, *overrides->max_body_bytes);
    auto job = [this, limits] { dispatch_.use_limits(limits); };
    co_await worker_.run(std::move(job));
    on_overrides_(*overrides);
}

asio::awaitable<proto::Flush> Flusher::flush(milliseconds timeout) {
    proto::Flush answer;
    answer.outcome = "disabled";
    const bool off = next_settings_ ? !next_settings_->sink : !settings_.sink;
    answer.pending = stock_.waiting;
    if (off || stopping_) co_return answer;
    if (is_paused_by_user()) {
        answer.outcome = "partial";
        answer.error = "sending is paused by you: kaizenctl sync resume";
        co_return answer;
    }
    const std::shared_ptr<Run> run = flushing_ ? run_ : next_;
    if (!flushing_) asked_ = true;
    wake();
    answer.outcome = "started";
    if (timeout == milliseconds(0)) co_return answer;
    asio::steady_timer patience(executor_, timeout);
    // Shared: it may run out at the very moment at which the flush ends and this frame is gone.
    auto expired = std::make_shared<bool>(false);
    patience.async_wait([this, expired](const boost::system::error_code& error) {
        if (error) return;
        *expired = true;
        flush_ended_.cancel();
    });
    while (!run->ended && !*expired && !stopping_) co_await wait_for(flush_ended_);
    answer = run->result;
    if (!run->ended) answer.outcome = "timeout";
    if (!run->ended) answer.pending = stock_.waiting;
    co_return answer;
}

asio::awaitable<proto::SyncStatus> Flusher::tell(std::function<void(Dispatch&)> what) {
    auto job = [this, what = std::move(what)] { what(dispatch_); };
    co_await worker_.run(std::move(job));
    co_await take_stock();
    wake();
    co_return status();
}

asio::awaitable<proto::SyncStatus> Flusher::pause() {
    std::function<void(Dispatch&)> what = [](Dispatch& dispatch) {
        dispatch.pause(kByUser, "paused by you", "kaizenctl sync resume");
    };
    halted_ = true;
    proto::SyncStatus status = co_await tell(std::move(what));
    halted_ = true;  // a flush may have begun meanwhile
    co_return status;
}

asio::awaitable<proto::SyncStatus> Flusher::resume() {
    std::function<void(Dispatch&)> what = [](Dispatch& dispatch) { dispatch.resume(); };
    asked_ = true;
    begun_ = true;
    return tell(std::move(what));
}

asio::awaitable<proto::SyncTest> Flusher::test() {
    proto::SyncTest answer;
    if (!settings_.sink) {
        answer.message = "sync is off";
        answer.fix = "set sync.endpoint and sync.team_salt_hex, then kaizenctl reload";
        co_return answer;
    }
    const UnixMs begin = clock_();
    const auto sink = settings_.sink;  // a reload may come meanwhile
    const Carrier carrier = settings_.carrier;
    const std::string endpoint = settings_.endpoint;
    answer.ok = true;
    answer.message = carrier.works;
    for (const Request& each : carrier.probe(begin)) {
        answer.url = endpoint + each.path;
        Request request = each;
        const UnixMs sent = clock_();
        const Reply reply = co_await sink->send(std::move(request));
        constexpr UnixMs kHalfASecond = 500;  // the header has whole ones
        if (const auto date = parse_http_date(reply.date, sent))
            answer.clock_skew_ms = *date + kHalfASecond - (sent + clock_()) / 2;
        const Verdict verdict = carrier.judge(reply, clock_());
        answer.status.reset();
        if (verdict.status) answer.status = *verdict.status;
        answer.proof = verdict.proof;
        answer.ok = verdict.decision == Decision::accepted && verdict.rejected == 0;
        answer.fix = verdict.fix;
        if (!answer.ok) answer.message = verdict.title;
        if (!answer.ok) break;
    }
    answer.took_ms = clock_() - begin;
    co_return answer;
}

proto::SyncStatus Flusher::status() const {
    proto::SyncStatus status;
    status.enabled = settings_.sink != nullptr;
    status.endpoint = settings_.endpoint;
    status.last_success_at_ms = stock_.receiver.last_success_at;
    if (stock_.receiver.last_error_at)
        status.last_error = proto::LastError{*stock_.receiver.last_error_at, stock_.receiver.last_error};
    status.batches_sent = stock_.receiver.batches_sent;
    status.rows_sent = stock_.receiver.rows_sent;
    status.rows_deduped = stock_.receiver.rows_deduped;
    if (!status.enabled) return status;
    status.next_attempt_at_ms = next_due();
    status.state = flushing_ ? "flushing" : "idle";
    if (!flushing_ && stock_.receiver.failures > 0) {
        status.state = "backing_off";
        status.reason = stock_.receiver.last_error;
    }
    if (!stock_.receiver.paused.empty()) {
        status.state = "paused";
        status.reason = stock_.receiver.pause_title +
                        (stock_.receiver.pause_fix.empty() ? "" : ": " + stock_.receiver.pause_fix);
    }
    return status;
}

}  // namespace kaizen::flush
