#pragma once

// One line of a session file into its records (nearly always one), and typed looks at their fields. Worker
// thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/json.h"
#include "daemon/parse/event.h"

namespace kaizen::parse {

// What a record is, when it makes no event; with an event only `kind` counts.
struct Verdict {
    std::string kind;
    LineOutcome outcome = LineOutcome::skipped;
    std::string reason = {};  // malformed only
};

using TakeRecord = std::function<Verdict(const JsonValue& record)>;  // appends its events to the line's

// Values of a line, member names included. The largest line of the corpus has 2,500; memory and time for a
// line are bounded by it.
inline constexpr std::size_t kMaxLineValues = 250'000;

// The line without what a copy may have added or lost: byte order mark, CR, white space.
[[nodiscard]] std::string_view record_text(std::string_view line);

// Parses each object on `line` (from record_text) and gives it to `take`; fills all of `out` but facts and
// events. A line of more records than an agent could write at once is malformed, and none of it is taken.
void parse_records(std::string_view line, JsonDocument& document, ParsedLine& out, const TakeRecord& take);

// A line that was recognised without parsing it.
void skip_line(std::string_view kind, ParsedLine& out);

// "type" or "type/subtype" as ParsedLine::kind: at most 64 bytes, printable.
[[nodiscard]] std::string kind_name(std::string_view type, std::string_view subtype = {});

// An ISO 8601 time that a session can have; nothing before 2015 or after 2100.
[[nodiscard]] std::optional<UnixMs> time_in(const JsonValue& object, std::string_view key);
[[nodiscard]] std::optional<UnixMs> believable_time(std::optional<UnixMs> time);

// A number of tokens, milliseconds and the like: nothing when negative or absurd (over 2^40).
[[nodiscard]] std::optional<std::int64_t> count_in(const JsonValue& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> believable_count(std::optional<std::int64_t> count);

// Dollars as micro-dollars, rounded half up.
[[nodiscard]] std::optional<std::int64_t> cost_e6_in(const JsonValue& object, std::string_view key);

// The text, or empty: for fields of which absent and empty mean the same.
[[nodiscard]] std::string_view text_in(const JsonValue& object, std::string_view key);

// Likewise, at most 256 bytes of it (names, ids) or 4096 (directories).
[[nodiscard]] std::string_view name_in(const JsonValue& object, std::string_view key);
[[nodiscard]] std::string_view directory_in(const JsonValue& object, std::string_view key);

[[nodiscard]] bool is_true(const JsonValue& object, std::string_view key);

// The whole number at the front of `text`; nothing when there is none or it does not fit.
[[nodiscard]] std::optional<std::int64_t> leading_number(std::string_view text);

}  // namespace kaizen::parse
