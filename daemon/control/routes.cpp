#include "daemon/control/routes.h"

#include <fmt/core.h>

#include <optional>

#include "daemon/control/metrics.h"

namespace kaizen::control {
namespace {

namespace asio = boost::asio;
using proto::ErrorBody;

constexpr std::size_t kShortestPrefix = 4;
constexpr std::int64_t kUsualPage = 100;
constexpr std::int64_t kLargestPage = 1000;
constexpr std::int64_t kUsualFlush = 60'000;  // milliseconds
constexpr std::int64_t kLongestFlush = 3'600'000;

Response bad_request(std::string message, std::string hint) {
    ErrorBody error;
    error.code = "bad_request";
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error_response(400, std::move(error));
}

Parameter page_size(std::string_view name) { return Parameter::number(name, 1, kLargestPage); }

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
Result<std::int64_t> row_id(const Arguments& arguments) {
    const auto id = arguments.number("id");
    if (id && *id > 0) return *id;
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
            // The last ones are for the beginning; from there on it is what comes after them.
            question_.last = false;
            question_.limit = kUsualPage;
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
    const auto text = Parameter::text;
    const auto number = [](std::string_view name) { return Parameter::number(name); };
    const auto flag = Parameter::flag;
    return {
        route("GET", "/v1/status", &Routes::status, {}),
        route("GET", "/v1/sessions", &Routes::sessions,
              {{text("agent"), text("workspace"), number("since"),
                Parameter::word("status", {"running", "waiting", "idle", "done"}), page_size("limit"),
                text("after")},
               {}}),
        route("GET", "/v1/sessions/{id}", &Routes::session, {}),
        route("GET", "/v1/events", &Routes::events,
              {{text("session"), text("agent"), number("after"), page_size("limit"), page_size("last"),
                flag("follow")},
               {}}),
        route("GET", "/v1/usage", &Routes::usage,
              {{text("by"), number("since"), number("until"), text("tz"), text("agent"), text("workspace"),
                page_size("limit")},
               {}}),
        route("POST", "/v1/usage/reprice", &Routes::reprice, {}),
        route("GET", "/v1/outbox", &Routes::outbox,
              {{Parameter::word("state", {"pending", "dead"}), page_size("limit"), number("after")}, {}}),
        route("POST", "/v1/outbox/retry", &Routes::outbox_retry_all, {}),
        route("GET", "/v1/outbox/{id}", &Routes::outbox_row, {}),
        route("DELETE", "/v1/outbox/{id}", &Routes::outbox_drop, {}),
        route("POST", "/v1/outbox/{id}/retry", &Routes::outbox_retry, {}),
        route("GET", "/v1/preview", &Routes::preview, {{text("session")}, {}}),
        route("POST", "/v1/sync/backfill", &Routes::backfill, {{}, {number("since_ms")}}),
        route("POST", "/v1/sync/pause", &Routes::sync_pause, {}),
        route("POST", "/v1/sync/resume", &Routes::sync_resume, {}),
        route("POST", "/v1/sync/test", &Routes::sync_test, {}),
        route("POST", "/v1/export/test", &Routes::export_test, {{}, {text("name")}}),
        route("GET", "/v1/metrics", &Routes::metrics, {}),
        route("GET", "/v1/doctor", &Routes::doctor, {}),
        route("POST", "/v1/flush", &Routes::flush,
              {{}, {flag("now"), flag("wait"), Parameter::number("timeout_ms", 1, kLongestFlush)}}),
        route("POST", "/v1/reload", &Routes::reload, {}),
        route("POST", "/v1/shutdown", &Routes::shutdown, {}),
    };
}

Route Routes::route(const char* method, const char* path, Handler handler, Parameters parameters) {
    auto handle = [this, handler, parameters = std::move(parameters)](Request request) {
        return answer(handler, read_arguments(parameters, request));
    };
    return Route{method, path, std::move(handle)};
}

Routes::Answer Routes::answer(Handler handler, Read arguments) {
    if (!arguments) co_return error_response(400, std::move(arguments.error()));
    auto handled = (this->*handler)(std::move(*arguments));
    Response response = co_await std::move(handled);
    co_return response;
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

Routes::Answer Routes::status(Arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::Status status = co_await services_.status();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sessions(Arguments arguments) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    insight::SessionQuestion question;
    question.agent = arguments.text("agent");
    question.workspace = arguments.text("workspace");
    question.status = arguments.text("status");
    question.since = arguments.number("since");
    question.limit = arguments.number("limit").value_or(kUsualPage);
    question.after = arguments.text("after");
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

Routes::Answer Routes::session(Arguments arguments) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    std::string prefix = arguments.text("id");
    auto found = co_await find_session(std::move(prefix));
    if (!found) co_return to_response(std::move(found.error()));
    auto job = [history, key = *found] { return history->session(key, now()); };
    const proto::SessionDetail detail = co_await services_.worker.run(std::move(job));
    co_return Response(200, proto::to_json(detail));
}

Routes::Answer Routes::events(Arguments arguments) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    std::int64_t session = 0;
    std::string prefix = arguments.text("session");
    if (!prefix.empty()) {
        auto found = co_await find_session(std::move(prefix));
        if (!found) co_return to_response(std::move(found.error()));
        session = *found;
    }
    insight::EventQuestion question;
    question.agent = arguments.text("agent");
    question.after = arguments.number("after").value_or(0);
    question.last = arguments.number("last").has_value();
    if (question.last && arguments.number("after")) co_return bad_request("last does not go with after", {});
    question.limit =
        question.last ? *arguments.number("last") : arguments.number("limit").value_or(kUsualPage);
    if (arguments.flag("follow").value_or(false)) {
        Response response;
        response.stream = std::make_unique<EventStream>(services_.worker, services_.feed, *history,
                                                        std::move(question), session);
        co_return response;
    }
    auto job = [history, question, session] { return history->events(question, session); };
    const proto::EventPage page = co_await services_.worker.run(std::move(job));
    co_return Response(200, proto::to_json(page));
}

Routes::Answer Routes::usage(Arguments arguments) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    const std::string by = arguments.text("by");
    const auto known = insight::usage_by(by.empty() ? "day" : by);
    if (!known) co_return bad_request("by must be day, week, month, model, agent, workspace or session", {});
    insight::UsageQuestion question;
    question.by = *known;
    question.since = arguments.number("since");
    question.until = arguments.number("until");
    question.tz = arguments.text("tz");
    question.agent = arguments.text("agent");
    question.workspace = arguments.text("workspace");
    question.limit = arguments.number("limit").value_or(kLargestPage);
    auto job = [history, question] { return history->usage().usage(question, now()); };
    const Result<proto::Usage> answer = co_await services_.worker.run(std::move(job));
    if (!answer) co_return bad_request(answer.error().message, answer.error().hint);
    co_return Response(200, proto::to_json(*answer));
}

Routes::Answer Routes::reprice(Arguments) {
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

Routes::Answer Routes::outbox(Arguments arguments) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    const std::string state = arguments.text("state");
    const std::int64_t after = arguments.number("after").value_or(0);
    const std::int64_t limit = arguments.number("limit").value_or(kUsualPage);
    const bool dead = state == "dead";
    auto job = [outbox, dead, after, limit] {
        return dead ? outbox->dead(after, limit) : outbox->pending(after, limit);
    };
    const proto::OutboxPage page = co_await services_.worker.run(std::move(job));
    co_return Response(200, proto::to_json(page));
}

Routes::Answer Routes::outbox_row(Arguments arguments) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    const auto id = row_id(arguments);
    if (!id) co_return to_response(id.error());
    auto job = [outbox, id = *id] { return outbox->row(id); };
    const Result<proto::OutboxRow> row = co_await services_.worker.run(std::move(job));
    co_return to_response(row);
}

Routes::Answer Routes::outbox_retry(Arguments arguments) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    const auto id = row_id(arguments);
    if (!id) co_return to_response(id.error());
    auto job = [outbox, id = *id] { return outbox->retry(id, now()); };
    const Result<proto::OutboxChange> change = co_await services_.worker.run(std::move(job));
    if (change) services_.rows_wait(change->retried);
    co_return to_response(change);
}

Routes::Answer Routes::outbox_retry_all(Arguments) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    auto job = [outbox] { return outbox->retry_all(now()); };
    const proto::OutboxChange change = co_await services_.worker.run(std::move(job));
    services_.rows_wait(change.retried);
    co_return Response(200, proto::to_json(change));
}

Routes::Answer Routes::outbox_drop(Arguments arguments) {
    outbox::Outbox* outbox = services_.outbox();
    if (outbox == nullptr) co_return warming_up();
    const auto id = row_id(arguments);
    if (!id) co_return to_response(id.error());
    auto job = [outbox, id = *id] { return outbox->drop(id); };
    const Result<proto::OutboxChange> change = co_await services_.worker.run(std::move(job));
    co_return to_response(change);
}

Routes::Answer Routes::preview(Arguments arguments) {
    insight::History* history = services_.history();
    if (history == nullptr) co_return warming_up();
    std::int64_t session = 0;
    std::string prefix = arguments.text("session");
    if (!prefix.empty()) {
        auto found = co_await find_session(std::move(prefix));
        if (!found) co_return to_response(std::move(found.error()));
        session = *found;
    }
    const Result<proto::Preview> preview = co_await services_.preview(session);
    co_return to_response(preview);
}

Routes::Answer Routes::backfill(Arguments arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const auto since = arguments.number("since_ms");
    if (!since) co_return bad_request("since_ms is missing", "kaizenctl sync backfill --since 7d");
    const UnixMs from = *since;
    const Result<proto::Backfill> backfill = co_await services_.backfill(from);
    co_return to_response(backfill);
}

Routes::Answer Routes::doctor(Arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::Doctor doctor = co_await services_.doctor();
    co_return Response(200, proto::to_json(doctor));
}

Routes::Answer Routes::flush(Arguments arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const std::int64_t given = arguments.number("timeout_ms").value_or(kUsualFlush);
    const bool wait = arguments.flag("wait").value_or(true);
    const bool at_once = arguments.flag("now").value_or(false);
    const std::chrono::milliseconds timeout(wait ? given : 0);
    const proto::Flush flush = co_await services_.flush(at_once, timeout);
    co_return Response(200, proto::to_json(flush));
}

Routes::Answer Routes::sync_pause(Arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::SyncStatus status = co_await services_.pause_sync();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sync_resume(Arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::SyncStatus status = co_await services_.resume_sync();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sync_test(Arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::SyncTest test = co_await services_.test_sync();
    co_return Response(200, proto::to_json(test));
}

Routes::Answer Routes::export_test(Arguments arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    std::string name = arguments.text("name");
    const Result<proto::ExportTest> tests = co_await services_.test_exporters(std::move(name));
    co_return to_response(tests);
}

Routes::Answer Routes::metrics(Arguments) {
    if (services_.history() == nullptr) co_return warming_up();
    const proto::Status status = co_await services_.status();
    Response response(200, metrics_text(status));
    response.content_type = "text/plain; version=0.0.4";
    co_return response;
}

Routes::Answer Routes::reload(Arguments) {
    const Result<proto::Reload> reloaded = co_await services_.reload();
    if (reloaded) co_return Response(200, proto::to_json(*reloaded));
    ErrorBody error;
    error.code = "bad_config";
    error.message = reloaded.error().message;
    error.hint = "the old configuration stays in force";
    co_return error_response(422, std::move(error));
}

Routes::Answer Routes::shutdown(Arguments) {
    Response response(200, R"({"state":"stopping"})");
    response.stop_after = true;
    co_return response;
}

}  // namespace kaizen::control
