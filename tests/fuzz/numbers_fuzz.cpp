// A number as JSON writes it is what the C library makes of it; nothing else is one.

#include <cmath>

#include "common/json.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::string_view kSigns = "0123456789+-.eE0000099";
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += kSigns[data[i] % kSigns.size()];
    JsonDocument document;
    if (!document.parse(text)) return 0;
    char* end = nullptr;
    const double expected = std::strtod(text.c_str(), &end);
    fuzz::claim(document.root().IsNumber() && *end == '\0', "what was taken is a number");
    fuzz::claim(document.root().GetDouble() == expected, "and has its value");
    return 0;
}
