// Lines of session files, of the agent that the first byte names: events that can be stored, whatever is
// read; and a parser that was saved and made again goes on as the one that was not. Each line is also tried
// as the note that says what started a sub-agent, and as the name of a file.

#include "common/json.h"
#include "common/text.h"
#include "daemon/parse/formats.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

namespace {

constexpr std::size_t kTextMost = 64;

void check(const parse::ParsedLine& line) {
    fuzz::claim((line.outcome == parse::LineOutcome::events) == !line.events.empty(),
                "an outcome that fits the events");
    fuzz::claim(line.outcome != parse::LineOutcome::malformed || !line.reason.empty(),
                "a reason where it is due");
    fuzz::claim(is_utf8(line.facts.title) && is_utf8(line.facts.cwd), "facts are text");
    for (const parse::Event& event : line.events) {
        fuzz::claim(event.text.size() <= kTextMost, "a text is bounded");
        fuzz::claim(is_utf8(event.text) && is_utf8(event.name) && is_utf8(event.call_id), "an event is text");
        fuzz::claim(event.name.size() <= 256 && event.call_id.size() <= 256, "names are bounded");
        for (const std::string& path : event.paths) fuzz::claim(is_utf8(path), "a path is text");
    }
}

bool alike(const parse::ParsedLine& a, const parse::ParsedLine& b) {
    if (a.outcome != b.outcome || a.kind != b.kind || a.events.size() != b.events.size()) return false;
    for (std::size_t i = 0; i < a.events.size(); ++i) {
        if (a.events[i].uid != b.events[i].uid || a.events[i].text != b.events[i].text) return false;
    }
    return true;
}

void check_beside(const parse::Format& format, std::string_view text) {
    const auto owner = format.owner(text);
    fuzz::claim(!owner || !owner->session_id.empty(), "a session has an id");
    static_cast<void>(format.enters(text));
    if (format.start_note == nullptr) return;
    static_cast<void>(format.start_note(text));
    JsonDocument note;
    if (!note.parse(text) || !note.root().IsObject()) return;
    fuzz::claim(is_utf8(format.call_in_note(note.root())), "the id of a call is text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto& formats = parse::formats();
    const parse::Format& format = *(formats.begin() + input.byte() % formats.size());
    const parse::FileOwner owner{"5e550000-0000-4000-8000-000000000001", {}};
    parse::Options options;
    options.text_max_bytes = kTextMost;
    auto parser = format.make_parser(owner, {}, options);
    parse::ParsedLine line;
    parse::ParsedLine again;
    for (const std::string_view text : split(input.rest(), '\n')) {
        auto other = format.make_parser(owner, parser->save(), options);
        check_beside(format, text);
        parser->parse(text, line);
        check(line);
        other->parse(text, again);
        fuzz::claim(alike(line, again), "a parser that was saved goes on as before");
    }
    return 0;
}
