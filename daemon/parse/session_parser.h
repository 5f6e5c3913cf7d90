#pragma once

// One parser per session file, fed one complete line after the other. It never throws for input, does no I/O
// and does not log: what it cannot use it says in the outcome. Worker thread.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/parse/event.h"

namespace kaizen::parse {

struct Options {
    std::size_t text_max_bytes = 2048;  // per text; [store] text: none 0, preview 2048, full unlimited
    // Whether the file of another session of the agent holds an event with this uid. Files of forks and of
    // sub-agents begin with copies. Not set: it never does.
    std::function<bool(std::string_view session, std::uint64_t uid)> stands_in;
};

class SessionParser {
  public:
    virtual ~SessionParser() = default;

    // `line` is without its newline; `out` is overwritten. Times that the line lacks stay empty.
    virtual void parse(std::string_view line, ParsedLine& out) = 0;

    // What must survive a restart (the model named in a header line, running totals), as a small opaque text:
    // a parser made from it goes on exactly as this one would.
    [[nodiscard]] virtual std::string save() const = 0;
};

}  // namespace kaizen::parse
