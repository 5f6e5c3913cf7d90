#pragma once

// From what a request says to the route that answers it, or to the answer that says why none does. Pure; any
// thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/control_server.h"

namespace kaizen::control {

struct Target {
    std::string path;                          // decoded
    std::map<std::string, std::string> query;  // decoded; of a name that is given twice the first counts
};

// Nothing when it does not begin with '/', when what is percent-encoded is not hexadecimal, or when it is not
// UTF-8 or holds a NUL.
[[nodiscard]] std::optional<Target> parse_target(std::string_view raw);

// What the choice depends upon.
struct Head {
    bool is_http_1_1 = true;
    bool names_a_web_page = false;  // by Origin or Referer: a browser sent it
    std::string host;               // empty: none, or more than one
    std::string method;
    std::string target;
};

struct Choice {
    Choice() = default;
    explicit Choice(Response refusal_in) : refusal(std::move(refusal_in)) {}

    const Route* route = nullptr;  // of the table; null: the refusal is the answer
    Request request;               // without its body
    Response refusal;
    std::string allow;  // of a 405: "GET, POST"
};

// The first route of the table that fits wins; its "{id}" stands for one whole segment, never an empty one.
[[nodiscard]] Choice choose(const std::vector<Route>& routes, const Head& head);

[[nodiscard]] Response refusal(unsigned status, std::string code, std::string message, std::string hint = {});

}  // namespace kaizen::control
