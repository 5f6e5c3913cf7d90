#include "daemon/control/parameters.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/json.h"
#include "common/text.h"

namespace kaizen::control {
namespace {

using proto::ErrorBody;
using Type = Parameter::Type;

// What the peer wrote is repeated only so far.
constexpr std::size_t kNameMost = 60;

std::optional<std::int64_t> whole_number(std::string_view digits) {
    std::int64_t value = 0;
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, value);
    return error == std::errc() && end == last ? std::optional<std::int64_t>(value) : std::nullopt;
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out.append(i == 0 ? "" : i + 1 == words.size() ? " or " : ", ").append(words[i]);
    return out;
}

// What a value has to be, in words.
std::string demand(const Parameter& parameter) {
    constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
    if (parameter.type == Type::flag) return "true or false";
    if (parameter.type == Type::text) return parameter.words.empty() ? "a text" : joined(parameter.words);
    if (parameter.most == kAny) return fmt::format("a whole number, at least {}", parameter.least);
    return fmt::format("a whole number from {} to {}", parameter.least, parameter.most);
}

bool fits(const Parameter& parameter, const std::string& value) {
    switch (parameter.type) {
        case Type::text:
            return parameter.words.empty() || value.empty() ||
                   std::find(parameter.words.begin(), parameter.words.end(), value) != parameter.words.end();
        case Type::flag:
            return value == "true" || value == "false";
        case Type::number:
            break;
    }
    const auto number = whole_number(value);
    return number && *number >= parameter.least && *number <= parameter.most;
}

// A member of the body as it would stand in a query; nullopt when it is of another type.
std::optional<std::string> text_of(const Parameter& parameter, const JsonValue& body) {
    const auto flag = find_bool(body, parameter.name);
    const auto number = find_int(body, parameter.name);
    const auto text = find_string(body, parameter.name);
    if (flag && parameter.type == Type::flag) return *flag ? "true" : "false";
    if (number && parameter.type == Type::number) return std::to_string(*number);
    if (text && parameter.type == Type::text) return std::string(*text);
    return std::nullopt;
}

ErrorBody bad_request(std::string message, std::string hint) {
    ErrorBody error;
    error.code = "bad_request";
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error;
}

ErrorBody unknown(std::string_view what, std::string_view name, const std::vector<Parameter>& known) {
    std::vector<std::string_view> names;
    for (const Parameter& parameter : known) names.push_back(parameter.name);
    return bad_request(fmt::format("there is no {} \"{}\" here", what, one_line(name, kNameMost)),
                       names.empty() ? "this address takes none" : "it takes " + joined(names));
}

const Parameter* find_parameter(const std::vector<Parameter>& parameters, std::string_view name) {
    const auto found =
        std::find_if(parameters.begin(), parameters.end(), [&](const auto& one) { return one.name == name; });
    return found == parameters.end() ? nullptr : &*found;
}

std::optional<ErrorBody> read_query(const std::vector<Parameter>& parameters, const Request& request,
                                    Arguments& arguments) {
    for (const auto& [name, value] : request.query) {
        const Parameter* parameter = find_parameter(parameters, name);
        if (parameter == nullptr) return unknown("parameter", name, parameters);
        if (!fits(*parameter, value))
            return bad_request(fmt::format("{} must be {}", name, demand(*parameter)), {});
        arguments.set(name, value);
    }
    return std::nullopt;
}

std::optional<ErrorBody> read_body(const std::vector<Parameter>& parameters, const Request& request,
                                   Arguments& arguments) {
    if (request.body.empty()) return std::nullopt;
    JsonDocument document;
    if (const auto parsed = document.parse(request.body); !parsed)
        return bad_request("the body is not JSON: " + parsed.error().message,
                           "nothing was done; send the whole of it, or none");
    if (document.repaired()) return bad_request("the body holds text that is not UTF-8", "nothing was done");
    if (!document.root().IsObject()) return bad_request("the body must be a JSON object", "nothing was done");
    for (const auto& member : document.root().GetObject()) {
        const std::string_view name = as_view(member.name);
        const Parameter* parameter = find_parameter(parameters, name);
        if (parameter == nullptr) return unknown("member", name, parameters);
        if (member.value.IsNull()) continue;
        const auto value = text_of(*parameter, document.root());
        if (!value || !fits(*parameter, *value))
            return bad_request(fmt::format("{} must be {}", name, demand(*parameter)), "nothing was done");
        arguments.set(std::string(name), *value);
    }
    return std::nullopt;
}

}  // namespace

void Arguments::set(std::string name, std::string value) {
    values_.emplace(std::move(name), std::move(value));
}

std::string Arguments::text(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
}

std::optional<std::int64_t> Arguments::number(const std::string& name) const {
    return whole_number(text(name));
}

std::optional<bool> Arguments::flag(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional<bool>(found->second == "true");
}

tl::expected<Arguments, ErrorBody> read_arguments(const Parameters& parameters, const Request& request) {
    Arguments arguments;
    arguments.set("id", request.tail);
    if (auto error = read_query(parameters.query, request, arguments))
        return tl::unexpected(std::move(*error));
    if (auto error = read_body(parameters.body, request, arguments)) return tl::unexpected(std::move(*error));
    return arguments;
}

}  // namespace kaizen::control
