#include "daemon/flush/verdict.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "daemon/flush/backoff.h"
#include "daemon/flush/excerpt.h"
#include "daemon/flush/http_date.h"

namespace kaizen::flush {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kWordMost = 100;
constexpr std::size_t kMessageMost = 300;
constexpr std::size_t kLocationMost = 200;

Verdict make(Decision decision, std::string reason, std::string title, std::string fix) {
    Verdict verdict;
    verdict.decision = decision;
    verdict.reason = std::move(reason);
    verdict.title = std::move(title);
    verdict.fix = std::move(fix);
    return verdict;
}

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

milliseconds seconds_of(std::string_view digits) {
    milliseconds value(0);
    for (const char c : digits) value = std::min(value * 10 + std::chrono::seconds(c - '0'), kRetryAfterMost);
    return value;
}

// A date is compared with the server's own clock, where it tells us: ours may be wrong.
std::optional<milliseconds> retry_after(const Reply& reply, UnixMs now) {
    const std::string_view text = trim(reply.retry_after);
    if (is_number(text)) return seconds_of(text);
    const auto date = parse_http_date(text, now);
    if (!date) return std::nullopt;
    const UnixMs server_now = parse_http_date(reply.date, now).value_or(now);
    return std::clamp(milliseconds(*date - server_now), milliseconds(0), kRetryAfterMost);
}

// Only where to: user info, query and fragment may hold secrets.
std::string location_of(std::string_view location) {
    location = location.substr(0, location.find_first_of("?#"));
    const std::size_t scheme_end = location.find("//");
    const std::size_t host = scheme_end == std::string_view::npos ? 0 : scheme_end + 2;
    const std::string_view authority = location.substr(host, location.find('/', host) - host);
    const std::size_t at = authority.rfind('@');
    const std::size_t skip = at == std::string_view::npos ? 0 : at + 1;
    return excerpt(fmt::format("{}{}", location.substr(0, host), location.substr(host + skip)),
                   kLocationMost);
}

Verdict taken(const Reply& reply) {
    if (reply.status == 409)
        return make(Decision::accepted, "already_taken", "the server had it already", "");
    Verdict verdict = make(Decision::accepted, "accepted", "taken", "");
    verdict.accepted = proto::ingest::accepted_from(reply.body).value_or(proto::ingest::Accepted());
    return verdict;
}

Verdict later(const Reply& reply, std::string reason, std::string title, UnixMs now) {
    Verdict verdict = make(Decision::later, std::move(reason), std::move(title), "");
    verdict.retry_after = retry_after(reply, now);
    return verdict;
}

Verdict refused(const Reply& reply) {
    proto::ingest::Refused said;
    said.message = reply.body;
    if (auto parsed = proto::ingest::refused_from(reply.body)) said = std::move(*parsed);
    said.code = excerpt(said.code, kWordMost);
    said.field = excerpt(said.field, kWordMost);
    said.message = excerpt(said.message, kMessageMost);
    std::string title = fmt::format("the server refuses a row ({})", reply.status);
    for (const std::string* part : {&said.code, &said.field, &said.message})
        if (!part->empty()) title += ": " + *part;
    Verdict verdict = make(Decision::isolate, "refused", std::move(title),
                           "the row goes to the dead letters: kaizenctl outbox dead");
    verdict.refused = std::move(said);
    return verdict;
}

Verdict redirected(const Reply& reply) {
    const std::string where = location_of(reply.location);
    return make(
        Decision::pause, "redirect",
        fmt::format("the server redirects ({}) to {}", reply.status, where.empty() ? "nowhere" : where),
        "redirects are not followed with a token: if this is the right place, make it the endpoint");
}

Verdict paused(unsigned status) {
    switch (status) {
        case 401:
            return make(Decision::pause, "unauthorized", "the server does not accept the token (401)",
                        "check sync.team_token; a changed configuration is tried at once");
        case 403:
            return make(Decision::pause, "forbidden", "the token may not write here (403)",
                        "check sync.team_id and sync.team_token, or ask who runs the server");
        case 404:
        case 405:
        case 410:
            return make(Decision::pause, "wrong_endpoint",
                        fmt::format("no ingest endpoint there ({})", status),
                        "check sync.endpoint: it is what stands before /v1/events");
    }
    return make(Decision::pause, "unexpected_status", fmt::format("the server answers {}", status),
                "this is not how an ingest endpoint answers: check sync.endpoint, and any proxy before it");
}

Verdict answered(const Reply& reply, UnixMs now) {
    const unsigned status = reply.status;
    if (status / 100 == 2 || status == 409) return taken(reply);
    if (status == 413)
        return make(Decision::split, "batch_too_large", "the batch is too large for the server (413)", "");
    if (status == 400 || status == 422) return refused(reply);
    if (status == 408) return later(reply, "server_timeout", "the server did not get all in time (408)", now);
    if (status == 425) return later(reply, "too_early", "the server wants this later (425)", now);
    if (status == 429) return later(reply, "rate_limited", "the server has too many requests (429)", now);
    if (status / 100 == 5)
        return later(reply, "server_error", fmt::format("the server has trouble ({})", status), now);
    if (status / 100 == 3) return redirected(reply);
    return paused(status);
}

Verdict unanswered(const Failure& failure) {
    switch (failure.trouble) {
        case Trouble::tls_certificate:
            return make(Decision::pause, "certificate", failure.text, failure.fix);
        case Trouble::unsendable:
            return make(Decision::pause, "unsendable", failure.text, failure.fix);
        case Trouble::file_refused:
            return make(Decision::pause, "file_refused", failure.text, failure.fix);
        case Trouble::resolve:
        case Trouble::refused:
        case Trouble::unreachable:
        case Trouble::reset:
        case Trouble::timeout:
        case Trouble::tls:
        case Trouble::bad_http:
        case Trouble::too_large:
        case Trouble::proxy:
        case Trouble::file_unwritable:
        case Trouble::cancelled:
            break;
    }
    return make(Decision::later, std::string(name_of(failure.trouble)), failure.text, failure.fix);
}

}  // namespace

bool is_web_page(const Reply& reply) {
    std::string type = reply.content_type;
    for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return type.starts_with("text/html") || type.starts_with("application/xhtml") ||
           trim(reply.body).starts_with('<');
}

Verdict answered_by_another(const Reply& reply, std::string_view whom, std::string fix) {
    std::string title = fmt::format("what answers ({}{}) is not {}, perhaps a captive portal", reply.status,
                                    is_web_page(reply) ? ", a web page" : "", whom);
    Verdict verdict = make(Decision::pause, "answered_by_another", std::move(title), std::move(fix));
    verdict.status = reply.status;
    return verdict;
}

Verdict judge(const Reply& reply, UnixMs now) {
    if (reply.failure) return unanswered(*reply.failure);
    Verdict verdict = answered(reply, now);
    verdict.status = reply.status;
    return verdict;
}

}  // namespace kaizen::flush
