#pragma once

// Makes the events of one record: identities, times, capped texts. Worker thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/json.h"
#include "daemon/parse/event.h"
#include "daemon/parse/session_parser.h"

namespace kaizen::parse {

// A text made of parts of which only the front is kept: outputs of many megabytes are not copied.
class CappedText {
  public:
    explicit CappedText(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    void append(std::string_view part);
    void move_to(Event& event);  // text and text_bytes

  private:
    std::size_t max_bytes_;
    std::string text_;
    std::int64_t bytes_ = 0;
};

class EventWriter {
  public:
    // `identity`: hash of what names the record; each event's uid is made of it and the event's ordinal in
    // the record.
    EventWriter(ParsedLine& out, const Options& options, std::uint64_t identity, std::optional<UnixMs> at)
        : out_(out), options_(options), identity_(identity), at_(at) {}

    // The reference is good until the next event is added.
    Event& add(EventKind kind);
    Event& message(Role role, std::string_view text);
    Event& tool_call(std::string_view name, std::string_view call_id);
    Event& tool_result(std::string_view call_id);
    Event& error(std::string_view name, std::string_view text);
    Event& lifecycle(std::string_view name);

    // A lifecycle event when `value` is a new one, after the first; keeps it in `current` (bounded by the
    // caller). Its identity is apart from the ordinals above, so that a copy of the record in another file
    // has the same identities whatever came before it there.
    void change(std::string_view name, std::string_view value, std::string& current);

    void set_text(Event& event, std::string_view text) const;
    void set_json(Event& event, const JsonValue& value) const;  // the value's compact text
    [[nodiscard]] CappedText text() const { return CappedText(options_.text_max_bytes); }
    [[nodiscard]] bool wrote_content() const { return ordinal_ > 0; }

  private:
    ParsedLine& out_;
    const Options& options_;
    std::uint64_t identity_;
    std::optional<UnixMs> at_;
    std::uint64_t ordinal_ = 0;
};

// Adds to event.paths what a tool's input names as files by its members, or by the headers of an apply_patch
// text.
void add_paths(Event& event, const JsonValue& input);
void add_path(Event& event, std::string_view path);
void add_patch_paths(Event& event, std::string_view patch);

// The first words that a person typed, as the title of last resort. Once per session: `done` says so.
void set_prompt_title(SessionFacts& facts, std::string_view prompt, bool& done);

}  // namespace kaizen::parse
