#include "daemon/control/routes.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>

#include "common/json.h"
#include "daemon/control/metrics.h"

namespace kaizen::control {
namespace {

namespace asio = boost::asio;
using proto::ErrorBody;

constexpr std::size_t kShortestPrefix = 4;
constexpr std::int64_t kLargestPage = 1000;

std::string text(const Request& request, const std::string& key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : found->second;
}

std::optional<std::int64_t> number(const Request& request, const std::string& key) {
    const std::string value = text(request, key);
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
    if (value.empty() || error != std::errc() || end != value.data() + value.size() || out < 0)
        return std::nullopt;
    return out;
}

Response bad_request(std::string message, std::string hint) {
    ErrorBody error;
    error.code = "bad_request";
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error_response(400, std::move(error));
}

// The first parameter of `names` that is there but no number.
std::optional<Response> refuse_bad_numbers(const Request& request, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (text(request, name).empty() || number(request, name)) continue;
        return bad_request(fmt::format("{} must be a number", name), {});
    }
    return std::nullopt;
}

std::int64_t page_limit(const Request& request, const std::string& key = "limit") {
    return std::clamp<std::int64_t>(number(request, key).value_or(100), 1, kLargestPage);
}

Response to_response(ErrorBody error) {
    const unsigned status = error.code == "not_found" ? 404 : error.code == "conflict" ? 409 : 400;
    return error_response(status, std::move(error));
}

Response to_response(const Error& error) {
    ErrorBody body;
    body.message = error.message;
    body.hint = error.hint;
    body.code = error.code == ErrorCode::not_found  ? "not_found"
                : error.code == ErrorCode::conflict ? "conflict"
                                                    : "bad_request";
    return to_response(std::move(body));
}

template <class T>
Response to_response(const Result<T>& result) {
    return result ? Response(200, proto::to_json(*result)) : to_response(result.error());
}

// What "{id}" stands for, as a row's number.
Result<std::int64_t> row_id(const Request& request) {
    std::int64_t id = 0;
    const std::string& text = request.tail;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error == std::errc() && end == text.data() + text.size() && id > 0) return id;
    return fail(ErrorCode::bad_input, "a row of the outbox is named by its number");
}

// Events as they are stored, one JSON object a line, until the peer leaves.
class EventStream : public Stream {
  public:
    EventStream(runtime::Worker& worker, EventFeed& feed, insight::History& history,
                insight::EventQuestion question, std::int64_t session)
        : worker_(worker),
          history_(history),
          waiter_(feed),
          question_(std::move(question)),
          session_(session) {}

    asio::awaitable<std::string> next() override {
        while (!waiter_.cancelled()) {
            const std::int64_t known = co_await worker_.run(LastId(history_));
            const proto::EventPage page = co_await worker_.run(Ask(history_, question_, session_));
            // Rows of other sessions are passed over, so that the next question starts behind them.
            question_.after = page.events.empty() ? std::max(known, question_.after) : page.next;
            std::string lines;
            for (const proto::Event& event : page.events) lines += proto::to_json(event) + "\n";
            if (!lines.empty()) co_return lines;
            co_await waiter_.wait(question_.after);
        }
        co_return std::string();
    }

    void cancel() override { waiter_.cancel(); }

  private:
    // Jobs as named types: a capturing lambda in a co_await statement is destroyed twice by g++ 12.
    struct LastId {
        explicit LastId(insight::History& history_in) : history(&history_in) {}
        std::int64_t operator()() { return history->last_event_id(); }
        insight::History* history;
    };
    struct Ask {
        Ask(insight::History& history_in, insight::EventQuestion question_in, std::int64_t session_in)
            : history(&history_in), question(std::move(question_in)), session(session_in) {}
        proto::EventPage operator()() { return history->events(question, session); }
        insight::History* history;
        insight::EventQuestion question;
        std::int64_t session;
    };

    runtime::Worker& worker_;
    insight::History& history_;
    EventFeed::Waiter waiter_;
    insight::EventQuestion question_;
    std::int64_t session_;
};

}  // namespace

std::vector<Route> Routes::table() {
    using Handler = Answer (Routes::*)(Request);
    const auto route = [this](const char* method, const char* path, Handler handler) {
        return Route{method, path,
                     [this, handler](Request request) { return (this->*handler)(std::move(request)); }};
    };
    return {
        route("GET", "/v1/status", &Routes::status),
        route("GET", "/v1/sessions", &Routes::sessions),
        route("GET", "/v1/sessions/{id}", &Routes::session),
        route("GET", "/v1/events", &Routes::events),
        route("GET", "/v1/usage", &Routes::usage),
        route("POST", "/v1/usage/reprice", &Routes::reprice),
        route("GET", "/v1/outbox", &Routes::outbox),
        route("POST", "/v1/outbox/retry", &Routes::outbox_retry_all),
        route("GET", "/v1/outbox/{id}", &Routes::outbox_row),
        route("DELETE", "/v1/outbox/{id}", &Routes::outbox_drop),
        route("POST", "/v1/outbox/{id}/retry", &Routes::outbox_retry),
        route("GET", "/v1/preview", &Routes::preview),
        route("POST", "/v1/sync/backfill", &Routes::backfill),
        route("POST", "/v1/sync/pause", &Routes::sync_pause),
        route("POST", "/v1/sync/resume", &Routes::sync_resume),
        route("POST", "/v1/sync/test", &Routes::sync_test),
        route("POST", "/v1/export/test", &Routes::export_test),
        route("GET", "/v1/metrics", &Routes::metrics),
        route("GET", "/v1/doctor", &Routes::doctor),
        route("POST", "/v1/flush", &Routes::flush),
        route("POST", "/v1/reload", &Routes::reload),
        route("POST", "/v1/shutdown", &Routes::shutdown),
    };
}

Response Routes::warming_up() const {
    const std::string why = services_.why_closed();
    ErrorBody error;
    error.code = "warming_up";
    error.message = why.empty() ? "the database is being opened" : "the database cannot be opened: " + why;
    error.hint = why.empty() ? "try again in a moment" : "it is tried again by itself";
    error.retryable = true;
    return error_response(503, std::move(error));
}

Routes::Answer Routes::status(Request) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::Status status = co_await services_.status();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sessions(Request request) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    if (auto refusal = refuse_bad_numbers(request, {"since", "limit"})) co_return std::move(*refusal);
    insight::SessionQuestion question;
    question.agent = text(request, "agent");
    question.workspace = text(request, "workspace");
    question.status = text(request, "status");
    question.since = number(request, "since");
    question.limit = page_limit(request);
    question.after = text(request, "after");
    auto job = [history, question] { return history->sessions(question, now()); };
    const proto::SessionPage page = co_await services_.worker.run(std::move(job));
    co_return Response(200, proto::to_json(page));
}

asio::awaitable<tl::expected<std::int64_t, ErrorBody>> Routes::find_session(std::string prefix) {
    ErrorBody error;
    if (prefix.size() < kShortestPrefix) {
        error.code = "bad_request";
        error.message = "a session id needs at least 4 characters";
        co_return tl::unexpected(std::move(error));
    }
    insight::History* history = services_.history();
    auto job = [history, prefix] { return history->find(prefix); };
    insight::SessionLookup lookup = co_await services_.worker.run(std::move(job));
    if (lookup.key != 0) co_return lookup.key;
    if (lookup.candidates.empty()) {
        error.code = "not_found";
        error.message = fmt::format("no session {}", prefix);
        error.hint = "kaizenctl sessions lists them";
    } else {
        error.code = "conflict";
        error.message = fmt::format("more than one session begins with {}", prefix);
        error.hint = "give more of the id";
        error.candidates = std::move(lookup.candidates);
    }
    co_return tl::unexpected(std::move(error));
}

Routes::Answer Routes::session(Request request) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    auto found = co_await find_session(request.tail);
    if (!found) co_return to_response(std::move(found.error()));
    auto job = [history, key = *found] { return history->session(key, now()); };
    const proto::SessionDetail detail = co_await services_.worker.run(std::move(job));
    co_return Response(200, proto::to_json(detail));
}

Routes::Answer Routes::events(Request request) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    if (auto refusal = refuse_bad_numbers(request, {"after", "limit", "last"})) co_return std::move(*refusal);
    std::int64_t session = 0;
    if (!text(request, "session").empty()) {
        auto found = co_await find_session(text(request, "session"));
        if (!found) co_return to_response(std::move(found.error()));
        session = *found;
    }
    insight::EventQuestion question;
    question.agent = text(request, "agent");
    question.after = number(request, "after").value_or(0);
    question.last = number(request, "last").has_value();
    question.limit = page_limit(request, question.last ? "last" : "limit");
    if (text(request, "follow") == "true") {
        Response response;
        response.stream = std::make_unique<EventStream>(services_.worker, services_.feed, *history,
                                                        std::move(question), session);
        co_return response;
    }
    auto job = [history, question, session] { return history->events(question, session); };
    const proto::EventPage page = co_await services_.worker.run(std::move(job));
    co_return Response(200, proto::to_json(page));
}

Routes::Answer Routes::usage(Request request) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    if (auto refusal = refuse_bad_numbers(request, {"since", "until", "limit"}))
        co_return std::move(*refusal);
    const std::string by = text(request, "by");
    const auto known = insight::usage_by(by.empty() ? "day" : by);
    if (!known) co_return bad_request("by must be day, week, month, model, agent, workspace or session", {});
    insight::UsageQuestion question;
    question.by = *known;
    question.since = number(request, "since");
    question.until = number(request, "until");
    question.tz = text(request, "tz");
    question.agent = text(request, "agent");
    question.workspace = text(request, "workspace");
    question.limit =
        std::clamp<std::int64_t>(number(request, "limit").value_or(kLargestPage), 1, kLargestPage);
    auto job = [history, question] { return history->usage().usage(question, now()); };
    const Result<proto::Usage> answer = co_await services_.worker.run(std::move(job));
    if (!answer) co_return bad_request(answer.error().message, answer.error().hint);
    co_return Response(200, proto::to_json(*answer));
}

Routes::Answer Routes::reprice(Request) {
    if (services_.history() == nullptr) co_return warming_up();
    const auto repriced = co_await services_.reprice();
    if (repriced) co_return Response(200, proto::to_json(*repriced));
    ErrorBody error;
    error.code = "conflict";
    error.message = "another reprice is under way";
    error.hint = "wait for it to end";
    error.retryable = true;
    co_return error_response(409, std::move(error));
}

Routes::Answer Routes::outbox(Request request) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    if (auto refusal = refuse_bad_numbers(request, {"after", "limit"})) co_return std::move(*refusal);
    const std::string state = text(request, "state");
    if (!state.empty() && state != "pending" && state != "dead")
        co_return bad_request("state must be pending or dead", {});
    const std::int64_t after = number(request, "after").value_or(0);
    const std::int64_t limit = page_limit(request);
    const bool dead = state == "dead";
    auto job = [outbox, dead, after, limit] {
        return dead ? outbox->dead(after, limit) : outbox->pending(after, limit);
    };
    const proto::OutboxPage page = co_await services_.worker.run(std::move(job));
    co_return Response(200, proto::to_json(page));
}

Routes::Answer Routes::outbox_row(Request request) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    const auto id = row_id(request);
    if (!id) co_return to_response(id.error());
    auto job = [outbox, id = *id] { return outbox->row(id); };
    const Result<proto::OutboxRow> row = co_await services_.worker.run(std::move(job));
    co_return to_response(row);
}

Routes::Answer Routes::outbox_retry(Request request) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    const auto id = row_id(request);
    if (!id) co_return to_response(id.error());
    auto job = [outbox, id = *id] { return outbox->retry(id, now()); };
    const Result<proto::OutboxChange> change = co_await services_.worker.run(std::move(job));
    if (change) services_.rows_wait(change->retried);
    co_return to_response(change);
}

Routes::Answer Routes::outbox_retry_all(Request) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    auto job = [outbox] { return outbox->retry_all(now()); };
    const proto::OutboxChange change = co_await services_.worker.run(std::move(job));
    services_.rows_wait(change.retried);
    co_return Response(200, proto::to_json(change));
}

Routes::Answer Routes::outbox_drop(Request request) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    const auto id = row_id(request);
    if (!id) co_return to_response(id.error());
    auto job = [outbox, id = *id] { return outbox->drop(id); };
    const Result<proto::OutboxChange> change = co_await services_.worker.run(std::move(job));
    co_return to_response(change);
}

Routes::Answer Routes::preview(Request request) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    std::int64_t session = 0;
    if (!text(request, "session").empty()) {
        auto found = co_await find_session(text(request, "session"));
        if (!found) co_return to_response(std::move(found.error()));
        session = *found;
    }
    const Result<proto::Preview> preview = co_await services_.preview(session);
    co_return to_response(preview);
}

Routes::Answer Routes::backfill(Request request) {
    if (services_.history() == nullptr) co_return warming_up();
    JsonDocument document;
    const bool parsed = document.parse(request.body).has_value();
    const auto since = parsed ? find_int(document.root(), "since_ms") : std::nullopt;
    if (!since || *since < 0)
        co_return bad_request("since_ms is missing", "kaizenctl sync backfill --since 7d");
    const UnixMs from = *since;
    const Result<proto::Backfill> backfill = co_await services_.backfill(from);
    co_return to_response(backfill);
}

Routes::Answer Routes::doctor(Request) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::Doctor doctor = co_await services_.doctor();
    co_return Response(200, proto::to_json(doctor));
}

Routes::Answer Routes::flush(Request request) {
    if (services_.history() == nullptr) co_return warming_up();
    constexpr std::int64_t kUsual = 60'000;
    constexpr std::int64_t kLongest = 3'600'000;
    JsonDocument document;
    std::chrono::milliseconds timeout(kUsual);
    if (document.parse(request.body)) {
        const std::int64_t given = find_int(document.root(), "timeout_ms").value_or(kUsual);
        const bool wait = find_bool(document.root(), "wait").value_or(true);
        timeout = std::chrono::milliseconds(wait ? std::clamp<std::int64_t>(given, 1, kLongest) : 0);
    }
    const proto::Flush flush = co_await services_.flush(timeout);
    co_return Response(200, proto::to_json(flush));
}

Routes::Answer Routes::sync_pause(Request) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::SyncStatus status = co_await services_.pause_sync();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sync_resume(Request) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::SyncStatus status = co_await services_.resume_sync();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sync_test(Request) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::SyncTest test = co_await services_.test_sync();
    co_return Response(200, proto::to_json(test));
}

Routes::Answer Routes::export_test(Request request) {
    if (services_.history() == nullptr) co_return warming_up();
    JsonDocument document;
    std::string name;
    if (document.parse(request.body)) name = find_string(document.root(), "name").value_or("");
    const Result<proto::ExportTest> tests = co_await services_.test_exporters(std::move(name));
    co_return to_response(tests);
}

Routes::Answer Routes::metrics(Request) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::Status status = co_await services_.status();
    Response response(200, metrics_text(status));
    response.content_type = "text/plain; version=0.0.4";
    co_return response;
}

Routes::Answer Routes::reload(Request) {
    const Result<proto::Reload> reloaded = co_await services_.reload();
    if (reloaded) co_return Response(200, proto::to_json(*reloaded));
    ErrorBody error;
    error.code = "bad_config";
    error.message = reloaded.error().message;
    error.hint = "the old configuration stays in force";
    co_return error_response(422, std::move(error));
}

Routes::Answer Routes::shutdown(Request) {
    Response response(200, R"({"state":"stopping"})");
    response.stop_after = true;
    co_return response;
}

}  // namespace kaizen::control
