#include "daemon/control/router.h"

#include <charconv>
#include <utility>

#include "common/text.h"

namespace kaizen::control {
namespace {

constexpr std::string_view kParameter = "{id}";

// '+' is a space in a query (as forms write it), and itself in a path.
std::optional<std::string> decode(std::string_view raw, bool plus_is_space) {
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            out += plus_is_space && raw[i] == '+' ? ' ' : raw[i];
            continue;
        }
        const std::string_view digits = raw.substr(i + 1, 2);
        unsigned byte = 0;
        const char* const last = digits.data() + digits.size();
        const auto [end, error] = std::from_chars(digits.data(), last, byte, 16);
        if (digits.size() != 2 || error != std::errc() || end != last) return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    if (!is_utf8(out) || out.find('\0') != std::string::npos) return std::nullopt;
    return out;
}

// What "{id}" of the pattern stands for in the path; nothing when it does not fit.
std::optional<std::string> fit(std::string_view pattern, std::string_view path) {
    const std::size_t parameter = pattern.find(kParameter);
    if (parameter == std::string_view::npos)
        return pattern == path ? std::optional<std::string>("") : std::nullopt;
    const std::string_view before = pattern.substr(0, parameter);
    const std::string_view behind = pattern.substr(parameter + kParameter.size());
    if (path.size() <= before.size() + behind.size() || !path.starts_with(before) || !path.ends_with(behind))
        return std::nullopt;
    const std::string_view segment = path.substr(before.size(), path.size() - before.size() - behind.size());
    if (segment.find('/') != std::string_view::npos) return std::nullopt;
    return std::string(segment);
}

bool is_our_host(std::string_view host) {
    std::string lower(host);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower == "kaizend" || lower == "localhost";
}

}  // namespace

std::optional<Target> parse_target(std::string_view raw) {
    if (!raw.starts_with('/')) return std::nullopt;
    const std::size_t mark = raw.find('?');
    const auto path = decode(raw.substr(0, mark), false);
    if (!path) return std::nullopt;
    Target target;
    target.path = *path;
    if (mark == std::string_view::npos) return target;
    for (const std::string_view part : split(raw.substr(mark + 1), '&')) {
        const std::size_t equals = part.find('=');
        const auto name = decode(part.substr(0, equals), true);
        const auto value =
            decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        if (!name->empty()) target.query.emplace(*name, *value);
    }
    return target;
}

Choice choose(const std::vector<Route>& routes, const Head& head) {
    if (!head.is_http_1_1) return Choice(refusal(400, "bad_request", "only HTTP/1.1 is spoken here"));
    if (head.names_a_web_page)
        return Choice(refusal(403, "forbidden", "this socket does not answer web pages"));
    if (!is_our_host(head.host))
        return Choice(refusal(400, "bad_request", "the Host must be kaizend or localhost"));
    const auto target = parse_target(head.target);
    if (!target) return Choice(refusal(400, "bad_request", "the request target is not well-formed"));

    Choice choice;
    for (const Route& route : routes) {
        const auto tail = fit(route.path, target->path);
        if (!tail) continue;
        if (route.method == head.method) {
            choice.route = &route;
            choice.allow.clear();
            choice.request = Request{head.method, target->path, *tail, target->query, {}};
            return choice;
        }
        choice.allow += (choice.allow.empty() ? "" : ", ") + route.method;
    }
    if (choice.allow.empty()) {
        choice.refusal = refusal(404, "not_found", "this daemon has no such address");
    } else {
        choice.refusal = refusal(405, "method_not_allowed", "allowed here: " + choice.allow);
    }
    return choice;
}

Response refusal(unsigned status, std::string code, std::string message, std::string hint) {
    proto::ErrorBody error;
    error.code = std::move(code);
    error.message = std::move(message);
    error.hint = std::move(hint);
    error.retryable = status == 408 || status == 503;
    return error_response(status, std::move(error));
}

Response error_response(unsigned status, proto::ErrorBody error) {
    return Response(status, proto::error_to_json(error));
}

}  // namespace kaizen::control
