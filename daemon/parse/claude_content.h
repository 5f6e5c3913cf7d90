#pragma once

// What stands in the fields of Claude Code's records. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/json.h"
#include "daemon/parse/event.h"
#include "daemon/parse/event_writer.h"

namespace kaizen::parse::claude {

// Record types that make no event.
[[nodiscard]] bool is_noise(std::string_view type);

// The kind of a line that its front shows to be noise, else empty.
[[nodiscard]] std::string noise_by_front(std::string_view line);

// What is left of a user's text block when the elements that an editor or the CLI put in front of it are
// taken off.
[[nodiscard]] std::string_view typed_text(std::string_view text);

// Output of commands, notifications and the like: in user messages, but nobody typed it.
[[nodiscard]] bool is_machine_text(std::string_view text);

// Only `message.usage`, never deeper: its `iterations` repeat the same numbers.
// What names a session that begins with a slash command: its arguments, else the command; empty for another
// text.
[[nodiscard]] std::string_view command_title(std::string_view text);

[[nodiscard]] bool asks_user(std::string_view tool);  // the tool's answer is the user's to give

// Of an object "usage", or of one attempt in it.
[[nodiscard]] std::optional<TokenCounts> tokens_in(const JsonValue& usage);
[[nodiscard]] bool used_any(const TokenCounts& tokens);
[[nodiscard]] Billing billing_in(const JsonValue& usage);

// Whether the top-level usage of a response by `model` leaves this one of its `iterations` out.
[[nodiscard]] bool is_booked_apart(const JsonValue& iteration, std::string_view model);

// The sum over the models of a cost-state's `modelUsage`.
[[nodiscard]] TokenCounts reported_tokens(const JsonValue& models);

// Appends the content of a tool result: a string, or a list of text and image parts.
[[nodiscard]] CappedText text_of(const JsonValue* content, CappedText text);

// "Exit code 1\n…" at the front of what a shell tool answered.
[[nodiscard]] std::optional<std::int64_t> exit_code_of(const JsonValue* content);

}  // namespace kaizen::parse::claude
