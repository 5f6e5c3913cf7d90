#pragma once

// How a command ends: an exit code, or a failure that has one. Spec "control", section kaizenctl.

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "common/error.h"

namespace kaizen::ctl {

enum class ExitCode {
    ok = 0,
    failed = 1,
    usage = 2,
    unreachable = 3,
    not_found = 4,
    conflict = 5,
    denied = 6,
    degraded = 7,
    version_skew = 8,
    timed_out = 9,
    interrupted = 130,
};

[[nodiscard]] constexpr ExitCode exit_code(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage:
            return ExitCode::usage;
        case ErrorCode::not_found:
            return ExitCode::not_found;
        case ErrorCode::conflict:
            return ExitCode::conflict;
        case ErrorCode::denied:
            return ExitCode::denied;
        case ErrorCode::unreachable:
            return ExitCode::unreachable;
        case ErrorCode::timeout:
            return ExitCode::timed_out;
        case ErrorCode::bad_input:
        case ErrorCode::busy:
        case ErrorCode::unavailable:
        case ErrorCode::internal:
            return ExitCode::failed;
    }
    return ExitCode::failed;
}

class Failure {
  public:
    Failure(Error error_in)
        : error(std::move(error_in)), exit(exit_code(error.code)) {}  // NOLINT: every Error is one
    Failure(Error error_in, std::string json_in) : Failure(std::move(error_in)) { json = std::move(json_in); }

    Error error;
    ExitCode exit;
    std::string json;  // the error object as the daemon sent it; empty: the fault is on this side
};

// The words on the command line are at fault.
[[nodiscard]] Failure wrong_words(std::string message, std::string hint);
// `known`: what the command takes instead; the nearest is suggested.
[[nodiscard]] Failure unknown_word(std::string_view word, std::string_view command,
                                   const std::vector<std::string_view>& known);

template <class T = void>
using Answered = tl::expected<T, Failure>;

}  // namespace kaizen::ctl
