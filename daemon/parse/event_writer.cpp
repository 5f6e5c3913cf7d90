#include "daemon/parse/event_writer.h"

#include <algorithm>
#include <array>

#include "common/hash.h"
#include "common/text.h"
#include "daemon/parse/records.h"

namespace kaizen::parse {
namespace {

constexpr std::size_t kMaxPaths = 16;
constexpr std::size_t kMaxPathBytes = 4096;
constexpr std::size_t kMaxIdBytes = 256;  // names and ids come from the file, too
constexpr std::size_t kTitleBytes = 80;

constexpr std::array<std::string_view, 6> kPathMembers = {
    "file_path", "path", "notebook_path", "target_file", "filePath", "relative_workspace_path"};
constexpr std::array<std::string_view, 4> kPatchHeaders = {
    "*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "};

std::string bounded(std::string_view text) { return std::string(truncate_utf8(text, kMaxIdBytes)); }

}  // namespace

void CappedText::append(std::string_view part) {
    const bool cut = static_cast<std::size_t>(bytes_) > text_.size();
    bytes_ += static_cast<std::int64_t>(part.size());
    if (!cut) text_.append(truncate_utf8(part, max_bytes_ - text_.size()));
}

void CappedText::move_to(Event& event) {
    event.text = std::move(text_);
    event.text_bytes = bytes_;
}

Event& EventWriter::add(EventKind kind) {
    Event& event = out_.events.emplace_back();
    event.kind = kind;
    event.uid = hash64(ordinal_++, identity_);
    event.at = at_;
    return event;
}

Event& EventWriter::message(Role role, std::string_view text) {
    Event& event = add(EventKind::message);
    event.role = role;
    set_text(event, text);
    return event;
}

Event& EventWriter::tool_call(std::string_view name, std::string_view call_id) {
    Event& event = add(EventKind::tool_call);
    event.name = bounded(name);
    event.call_id = bounded(call_id);
    return event;
}

Event& EventWriter::tool_result(std::string_view call_id) {
    Event& event = add(EventKind::tool_result);
    event.call_id = bounded(call_id);
    return event;
}

Event& EventWriter::error(std::string_view name, std::string_view text) {
    Event& event = add(EventKind::error);
    event.name = bounded(name);
    set_text(event, text);
    return event;
}

Event& EventWriter::lifecycle(std::string_view name) {
    Event& event = add(EventKind::lifecycle);
    event.name = std::string(name);
    return event;
}

void EventWriter::change(std::string_view name, std::string_view value, std::string& current) {
    if (value.empty() || value == current) return;
    if (!current.empty()) {
        Event& event = out_.events.emplace_back();
        event.kind = EventKind::lifecycle;
        event.uid = hash64(name, identity_);
        event.at = at_;
        event.name = std::string(name);
        set_text(event, value);
    }
    current = std::string(value);
}

void EventWriter::set_text(Event& event, std::string_view text) const {
    event.text = std::string(truncate_utf8(text, options_.text_max_bytes));
    event.text_bytes = static_cast<std::int64_t>(text.size());
}

void EventWriter::set_json(Event& event, const JsonValue& value) const {
    event.text = to_text(value, options_.text_max_bytes, event.text_bytes);
}

void add_path(Event& event, std::string_view path) {
    if (path.empty() || path.size() > kMaxPathBytes || event.paths.size() >= kMaxPaths) return;
    if (std::find(event.paths.begin(), event.paths.end(), path) == event.paths.end())
        event.paths.emplace_back(path);
}

void add_paths(Event& event, const JsonValue& input) {
    for (const std::string_view member : kPathMembers) add_path(event, text_in(input, member));
}

void add_patch_paths(Event& event, std::string_view patch) {
    const std::size_t begin = patch.find("*** Begin Patch");
    if (begin == std::string_view::npos) return;
    for (std::size_t at = begin; at < patch.size() && event.paths.size() < kMaxPaths;) {
        const std::size_t end = std::min(patch.find('\n', at), patch.size());
        const std::string_view line = patch.substr(at, end - at);
        for (const std::string_view header : kPatchHeaders) {
            if (line.starts_with(header)) add_path(event, trim(line.substr(header.size())));
        }
        at = end + 1;
    }
}

void set_prompt_title(SessionFacts& facts, std::string_view prompt, bool& done) {
    if (done) return;
    facts.title = one_line(prompt, kTitleBytes);
    if (facts.title.empty()) return;
    facts.title_rank = TitleRank::first_prompt;
    done = true;
}

}  // namespace kaizen::parse
