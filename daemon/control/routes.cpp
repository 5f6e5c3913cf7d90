#include "daemon/control/routes.h"

#include <fmt/core.h>

#include <optional>

#include "daemon/control/event_stream.h"
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

Response unanswered(const runtime::Unanswered& why) {
    ErrorBody error;
    const bool too_slow = why.why() == runtime::Unanswered::Why::too_slow;
    error.code = too_slow ? "too_slow" : "stopping";
    error.message = why.what();
    error.hint =
        too_slow ? "ask for less: a shorter time, one workspace, fewer rows" : "try again in a moment";
    error.retryable = true;
    return error_response(503, std::move(error));
}

// What "{id}" stands for, as a row's number.
Result<std::int64_t> row_id(const Arguments& arguments) {
    const auto id = arguments.number("id");
    if (id && *id > 0) return *id;
    return fail(ErrorCode::bad_input, "a row of the outbox is named by its number");
}

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
                flag("fold"), text("after")},
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
        route("GET", "/v1/prices", &Routes::prices, {{text("model"), flag("all")}, {}}),
        route("GET", "/v1/outbox", &Routes::outbox,
              {{Parameter::word("state", {"pending", "dead"}), page_size("limit"), number("after")}, {}}),
        route("POST", "/v1/outbox/retry", &Routes::outbox_retry_all, {}),
        route("GET", "/v1/outbox/{id}", &Routes::outbox_row, {}),
        route("DELETE", "/v1/outbox/{id}", &Routes::outbox_drop, {}),
        route("POST", "/v1/outbox/{id}/retry", &Routes::outbox_retry, {}),
        route("GET", "/v1/preview", &Routes::preview, {{text("session")}, {}}),
        route(
            "POST", "/v1/forget", &Routes::forget,
            {{}, {text("session"), number("before_ms"), text("workspace"), flag("usage"), flag("dry_run")}}),
        route("POST", "/v1/sessions/{id}/pin", &Routes::pin, {{}, {flag("pinned")}}),
        route("POST", "/v1/sync/backfill", &Routes::backfill, {{}, {number("since_ms"), flag("dry_run")}}),
        route("POST", "/v1/sync/pause", &Routes::sync_pause, {}),
        route("POST", "/v1/sync/resume", &Routes::sync_resume, {}),
        route("POST", "/v1/sync/test", &Routes::sync_test, {}),
        route("POST", "/v1/export/test", &Routes::export_test, {{}, {text("name")}}),
        route("GET", "/v1/metrics", &Routes::metrics, {}),
        route("GET", "/v1/doctor", &Routes::doctor, {{flag("full")}, {}}),
        route("POST", "/v1/flush", &Routes::flush,
              {{}, {flag("now"), flag("wait"), Parameter::number("timeout_ms", 1, kLongestFlush)}}),
        route("POST", "/v1/reload", &Routes::reload, {}),
        route("POST", "/v1/shutdown", &Routes::shutdown, {}),
    };
}

Route Routes::route(const char* method, const char* path, Handler handler, Parameters parameters) {
    auto handle = [this, handler, parameters = std::move(parameters),
                   what = fmt::format("{} {}", method, path)](Request request) {
        Read arguments = read_arguments(parameters, request);
        if (arguments) arguments->set_question({what, request.asker, runtime::Pace::usual});
        return answer(handler, std::move(arguments));
    };
    return Route{method, path, std::move(handle)};
}

Routes::Answer Routes::answer(Handler handler, Read arguments) {
    if (!arguments) co_return error_response(400, std::move(arguments.error()));
    const bool needs_database = handler != &Routes::reload && handler != &Routes::shutdown;
    if (needs_database && !services_.is_open()) co_return warming_up();
    try {
        auto handled = (this->*handler)(std::move(*arguments));
        Response response = co_await std::move(handled);
        co_return response;
    } catch (const runtime::Unanswered& error) {
        co_return unanswered(error);
    }
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

Routes::Answer Routes::status(Arguments arguments) {
    const proto::Status status = co_await services_.status(arguments.question());
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sessions(Arguments arguments) {
    insight::SessionQuestion question;
    question.agent = arguments.text("agent");
    question.workspace = arguments.text("workspace");
    question.aliases = services_.aliases();
    question.status = session::status_of(arguments.text("status"));
    question.since = arguments.number("since");
    question.limit = arguments.number("limit").value_or(kUsualPage);
    question.fold = arguments.flag("fold").value_or(false);
    question.after = arguments.text("after");
    auto job = [question](insight::Reader& reader) {
        return Response(200, proto::to_json(reader.history().sessions(question, now())));
    };
    Response response = co_await ask(arguments, std::move(job));
    co_return response;
}

asio::awaitable<tl::expected<std::int64_t, ErrorBody>> Routes::find_session(const Arguments& arguments,
                                                                            std::string prefix) {
    ErrorBody error;
    if (prefix.size() < kShortestPrefix) {
        error.code = "bad_request";
        error.message = "a session id needs at least 4 characters";
        co_return tl::unexpected(std::move(error));
    }
    auto job = [prefix](insight::Reader& reader) { return reader.history().find(prefix); };
    insight::SessionLookup lookup = co_await ask(arguments, std::move(job));
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
    std::string prefix = arguments.text("id");
    auto found = co_await find_session(arguments, std::move(prefix));
    if (!found) co_return to_response(std::move(found.error()));
    auto job = [key = *found, aliases = services_.aliases()](insight::Reader& reader) {
        return Response(200, proto::to_json(reader.history().session(key, now(), aliases)));
    };
    Response response = co_await ask(arguments, std::move(job));
    co_return response;
}

Routes::Answer Routes::events(Arguments arguments) {
    std::int64_t session = 0;
    std::string prefix = arguments.text("session");
    if (!prefix.empty()) {
        auto found = co_await find_session(arguments, std::move(prefix));
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
        response.stream =
            std::make_unique<EventStream>(services_.queries, services_.feed, std::move(question), session);
        co_return response;
    }
    auto job = [question, session](insight::Reader& reader) {
        return Response(200, proto::to_json(reader.history().events(question, session)));
    };
    Response response = co_await ask(arguments, std::move(job));
    co_return response;
}

Routes::Answer Routes::usage(Arguments arguments) {
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
    question.aliases = services_.aliases();
    question.limit = arguments.number("limit").value_or(kLargestPage);
    auto job = [question](insight::Reader& reader) {
        const Result<proto::Usage> sums = reader.history().usage().usage(question, now());
        if (!sums) return bad_request(sums.error().message, sums.error().hint);
        return Response(200, proto::to_json(*sums));
    };
    Response response = co_await ask(arguments, std::move(job));
    co_return response;
}

Routes::Answer Routes::prices(Arguments arguments) {
    insight::PriceQuestion question;
    question.model = arguments.text("model");
    question.all = arguments.flag("all").value_or(false);
    const proto::Prices prices = co_await services_.prices(arguments.question(), std::move(question));
    co_return Response(200, proto::to_json(prices));
}

Routes::Answer Routes::reprice(Arguments) {
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
    const std::string state = arguments.text("state");
    const std::int64_t after = arguments.number("after").value_or(0);
    const std::int64_t limit = arguments.number("limit").value_or(kUsualPage);
    const bool dead = state == "dead";
    auto job = [dead, after, limit](insight::Reader& reader) {
        outbox::Outbox& outbox = reader.outbox();
        return Response(200, proto::to_json(dead ? outbox.dead(after, limit) : outbox.pending(after, limit)));
    };
    Response response = co_await ask(arguments, std::move(job));
    co_return response;
}

Routes::Answer Routes::outbox_row(Arguments arguments) {
    const auto id = row_id(arguments);
    if (!id) co_return to_response(id.error());
    auto job = [id = *id](insight::Reader& reader) { return to_response(reader.outbox().row(id)); };
    Response response = co_await ask(arguments, std::move(job));
    co_return response;
}

Routes::Answer Routes::outbox_retry(Arguments arguments) {
    const auto id = row_id(arguments);
    if (!id) co_return to_response(id.error());
    auto job = [this, id = *id] { return services_.outbox().retry(id, now()); };
    const Result<proto::OutboxChange> change = co_await services_.worker.run(std::move(job));
    if (change) services_.rows_wait(change->retried);
    co_return to_response(change);
}

Routes::Answer Routes::outbox_retry_all(Arguments) {
    proto::OutboxChange change;
    std::optional<std::int64_t> after = 0;
    while (after) {  // each a job of its own, so that nobody waits for thousands
        auto job = [this, from = *after] { return services_.outbox().retry_some(from, now()); };
        const outbox::Outbox::Retried retried = co_await services_.worker.run(std::move(job));
        change.retried += retried.rows;
        services_.rows_wait(retried.rows);
        after = retried.after;
    }
    co_return Response(200, proto::to_json(change));
}

Routes::Answer Routes::outbox_drop(Arguments arguments) {
    const auto id = row_id(arguments);
    if (!id) co_return to_response(id.error());
    auto job = [this, id = *id] { return services_.outbox().drop(id); };
    const Result<proto::OutboxChange> change = co_await services_.worker.run(std::move(job));
    co_return to_response(change);
}

Routes::Answer Routes::preview(Arguments arguments) {
    std::int64_t session = 0;
    std::string prefix = arguments.text("session");
    if (!prefix.empty()) {
        auto found = co_await find_session(arguments, std::move(prefix));
        if (!found) co_return to_response(std::move(found.error()));
        session = *found;
    }
    Result<std::string> preview = co_await services_.preview(arguments.question(), session);
    if (!preview) co_return to_response(preview.error());
    co_return Response(200, std::move(*preview));
}

Routes::Answer Routes::backfill(Arguments arguments) {
    const auto since = arguments.number("since_ms");
    if (!since) co_return bad_request("since_ms is missing", "kaizenctl sync backfill --since 7d");
    const UnixMs from = *since;
    const bool dry_run = arguments.flag("dry_run").value_or(false);
    const Result<proto::Backfill> backfill = co_await services_.backfill(from, dry_run);
    co_return to_response(backfill);
}

Routes::Answer Routes::forget(Arguments arguments) {
    ForgetRequest request;
    request.before = arguments.number("before_ms");
    request.workspace = WorkspaceFilter(arguments.text("workspace"), services_.aliases());
    request.usage = arguments.flag("usage").value_or(false);
    request.dry_run = arguments.flag("dry_run").value_or(false);
    std::string prefix = arguments.text("session");
    const bool by_rule = request.before || !request.workspace.takes_all();
    if (prefix.empty() != by_rule)
        co_return bad_request("forget takes session, or before_ms or workspace or both", {});
    if (!prefix.empty()) {
        auto found = co_await find_session(arguments, std::move(prefix));
        if (!found) co_return to_response(std::move(found.error()));
        request.session = *found;
    }
    const Result<proto::Forgotten> forgotten =
        co_await services_.forget(arguments.question(), std::move(request));
    co_return to_response(forgotten);
}

Routes::Answer Routes::pin(Arguments arguments) {
    const bool pinned = arguments.flag("pinned").value_or(true);
    std::string prefix = arguments.text("id");
    auto found = co_await find_session(arguments, std::move(prefix));
    if (!found) co_return to_response(std::move(found.error()));
    auto job = [this, session = *found, pinned] {
        services_.pin(session, pinned);
        return true;
    };
    co_await services_.worker.run(std::move(job));
    auto name = [session = *found](insight::Reader& reader) { return reader.history().id_of(session); };
    const std::string id = co_await ask(arguments, std::move(name));
    co_return Response(200, proto::to_json(proto::Pinned{id, pinned}));
}

Routes::Answer Routes::doctor(Arguments arguments) {
    const bool full = arguments.flag("full").value_or(false);
    const proto::Doctor doctor = co_await services_.doctor(arguments.question(), full);
    co_return Response(200, proto::to_json(doctor));
}

Routes::Answer Routes::flush(Arguments arguments) {
    const std::int64_t given = arguments.number("timeout_ms").value_or(kUsualFlush);
    const bool wait = arguments.flag("wait").value_or(true);
    const bool at_once = arguments.flag("now").value_or(false);
    const std::chrono::milliseconds timeout(wait ? given : 0);
    const proto::Flush flush = co_await services_.flush(at_once, timeout);
    co_return Response(200, proto::to_json(flush));
}

Routes::Answer Routes::sync_pause(Arguments) {
    const proto::SyncStatus status = co_await services_.pause_sync();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sync_resume(Arguments) {
    const proto::SyncStatus status = co_await services_.resume_sync();
    co_return Response(200, proto::to_json(status));
}

Routes::Answer Routes::sync_test(Arguments) {
    const proto::SyncTest test = co_await services_.test_sync();
    co_return Response(200, proto::to_json(test));
}

Routes::Answer Routes::export_test(Arguments arguments) {
    std::string name = arguments.text("name");
    const Result<proto::ExportTest> tests = co_await services_.test_exporters(std::move(name));
    co_return to_response(tests);
}

Routes::Answer Routes::metrics(Arguments arguments) {
    const proto::Status status = co_await services_.status(arguments.question());
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
