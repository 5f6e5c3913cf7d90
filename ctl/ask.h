#pragma once

// Questions as commands put them: a target from its parts, the daemon's version checked, the answer read and
// printed.

#include <chrono>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "ctl/commands.h"
#include "proto/control.h"

namespace kaizen::ctl {

// "/v1/events?session=1b3e&last=10"; parameters without a value are left out.
class Target {
  public:
    explicit Target(std::string path) : text_(std::move(path)) {}

    Target& segment(std::string_view text);  // "/" and the text, percent-encoded
    Target& query(std::string_view name, std::string_view value);
    Target& query(std::string_view name, std::int64_t value);

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
    bool has_query_ = false;
};

// For answers that kaizend in its turn has to wait for.
inline constexpr std::chrono::seconds kNetworkPatience{75};

// A daemon of another version is a warning; one that speaks another protocol a failure.
[[nodiscard]] Answered<std::string> ask(Call& call, const Target& target,
                                        std::chrono::milliseconds patience = std::chrono::seconds(10));
[[nodiscard]] Answered<std::string> tell(Call& call, const Target& target, const std::string& body,
                                         std::chrono::milliseconds patience = std::chrono::seconds(10));
[[nodiscard]] Answered<std::string> erase(Call& call, const Target& target);

// The answer as its type.
template <class T>
[[nodiscard]] Answered<T> read(const std::string& body) {
    auto value = proto::from_json<T>(body);
    if (value) return std::move(*value);
    return tl::unexpected(
        Failure(Error(ErrorCode::bad_input, "kaizend's answer cannot be read: " + value.error().message)));
}

// The daemon's own text with a line break. Escaped in it is what a terminal would hide or obey, which changes
// no value.
void print_json(Call& call, std::string_view json);

// With --json the server's own text, otherwise what `render` makes of it.
template <class T, class Render>
[[nodiscard]] Answered<T> print(Call& call, const std::string& body, const Render& render) {
    auto value = read<T>(body);
    if (!value) return value;
    if (call.options.json)
        print_json(call, body);
    else
        call.world.out << render(call.look, *value);
    return value;
}

// The directory that --workspace means, as the daemon knows it; empty when it is not given.
[[nodiscard]] std::string workspace_path(const Options& options);

// Asks about the session that an id, its beginning, or the short form of a sub-agent's id names.
[[nodiscard]] Answered<std::string> ask_about_session(
    const std::string& id, const std::function<Answered<std::string>(const std::string& id)>& question);

}  // namespace kaizen::ctl
