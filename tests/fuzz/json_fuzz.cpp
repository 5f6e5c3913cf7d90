// Any bytes as JSON: what is taken can be written and read again, and is text.

#include "common/json.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    JsonDocument document(1 + input.number() % 300);
    if (!document.load(input.rest())) return 0;
    while (true) {
        const bool one_more = document.more_follow_than(0);
        const auto read = document.next();
        if (!read || !*read) return 0;
        fuzz::claim(one_more, "what can be read was seen to follow");
        std::int64_t bytes = 0;
        const std::string text = to_text(document.root(), std::string::npos, bytes);
        fuzz::claim(is_utf8(text) && static_cast<std::int64_t>(text.size()) == bytes, "a value is text");
        JsonDocument again;
        fuzz::claim(again.parse(text).has_value(), "and is read again");
        fuzz::claim(to_text(again.root(), std::string::npos, bytes) == text, "as what it was");
        const std::string front = to_text(document.root(), 7, bytes);
        fuzz::claim(is_utf8(front) && text.starts_with(front), "its front is whole");
    }
}
