// Requests at the socket, as far as a handler: a target (the first line of the input) and a body that a route
// takes, or a refusal that says why.

#include "common/json.h"
#include "common/text.h"
#include "daemon/control/parameters.h"
#include "daemon/control/router.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;
using control::Parameter;

namespace {

const control::Parameters& taken() {
    static const control::Parameters kTaken{
        {Parameter::text("agent"), Parameter::number("limit", 1, 1000), Parameter::flag("follow"),
         Parameter::word("state", {"pending", "dead"})},
        {Parameter::flag("now"), Parameter::number("timeout_ms", 1, 3'600'000), Parameter::text("name")}};
    return kTaken;
}

void check_arguments(const control::Request& request) {
    const auto arguments = control::read_arguments(taken(), request);
    if (!arguments) {
        fuzz::claim(!arguments.error().message.empty(), "a refusal says why");
        return;
    }
    const auto limit = arguments->number("limit");
    fuzz::claim(!limit || (*limit >= 1 && *limit <= 1000), "a number is in its range");
    const std::string state = arguments->text("state");
    fuzz::claim(state.empty() || state == "pending" || state == "dead", "a word is one of those");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<control::Route> kRoutes = {{"POST", "/v1/flush", nullptr},
                                                        {"POST", "/v1/sessions/{id}", nullptr}};
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view target = input.substr(0, input.find('\n'));
    control::Head head;
    head.host = "localhost";
    head.method = "POST";
    head.target = std::string(target);
    control::Choice choice = control::choose(kRoutes, head);
    if (choice.route == nullptr) {
        JsonDocument refusal;
        fuzz::claim(choice.refusal.status >= 400 && refusal.parse(choice.refusal.body).has_value(),
                    "a refusal is JSON");
        return 0;
    }
    const control::Request& request = choice.request;
    fuzz::claim(is_utf8(request.path) && request.path.find('\0') == std::string::npos, "a path is text");
    fuzz::claim(request.path.starts_with("/v1/sessions/") == !request.tail.empty(), "an id is never empty");
    choice.request.body = input.substr(std::min(target.size() + 1, input.size()));
    check_arguments(choice.request);
    return 0;
}
