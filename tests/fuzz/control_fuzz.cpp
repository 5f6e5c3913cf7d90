// Requests at the socket, as far as a handler: a body and query that the route takes, or a refusal that says
// why.

#include "common/text.h"
#include "daemon/control/parameters.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;
using control::Parameter;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const control::Parameters kTaken{
        {Parameter::text("agent"), Parameter::number("limit", 1, 1000), Parameter::flag("follow"),
         Parameter::word("state", {"pending", "dead"})},
        {Parameter::flag("now"), Parameter::number("timeout_ms", 1, 3'600'000), Parameter::text("name")}};
    fuzz::Input input(data, size);
    control::Request request;
    const std::size_t query_bytes = input.byte();
    const std::string_view query = input.rest().substr(0, query_bytes);
    for (const std::string_view part : split(query, '&')) {
        const std::size_t equals = part.find('=');
        const std::string value(equals == std::string_view::npos ? "" : part.substr(equals + 1));
        request.query.emplace(std::string(part.substr(0, equals)), value);
    }
    request.body = std::string(input.rest().substr(query.size()));
    const auto arguments = control::read_arguments(kTaken, request);
    if (!arguments) {
        fuzz::claim(!arguments.error().message.empty(), "a refusal says why");
        return 0;
    }
    const auto limit = arguments->number("limit");
    fuzz::claim(!limit || (*limit >= 1 && *limit <= 1000), "a number is in its range");
    const std::string state = arguments->text("state");
    fuzz::claim(state.empty() || state == "pending" || state == "dead", "a word is one of those");
    return 0;
}
