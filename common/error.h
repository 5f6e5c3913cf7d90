#pragma once

// Error and Result<T>: what a function returns when failing is an answer that its caller decides upon (parse,
// config, a control call). A broken environment (database cannot be opened, socket cannot be bound) is an
// exception instead, and a bug of ours an assertion; daemon/README.md has the map.

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace kaizen {

enum class ErrorCode {
    usage,        // the caller's words are wrong
    bad_input,    // a file or a reply that does not say what it should
    not_found,    //
    conflict,     // ambiguous id, already there
    denied,       // permissions, foreign owner
    busy,         // another one holds it
    unreachable,  // nobody answers at the other end
    timeout,      //
    unavailable,  // not now: try again
    internal,     //
};

// Not an aggregate: g++ 12 destroys aggregate temporaries twice in co_await statements (daemon/README.md,
// coroutine rule 1).
class Error {
  public:
    Error(ErrorCode code_in, std::string message_in, std::string hint_in = {})
        : code(code_in), message(std::move(message_in)), hint(std::move(hint_in)) {}

    ErrorCode code;
    std::string message;  // what happened, with the place (file:line:column, path, server)
    std::string hint;     // what to do about it; may be empty
};

template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
    return tl::unexpected<Error>(Error(code, std::move(message), std::move(hint)));
}

}  // namespace kaizen
