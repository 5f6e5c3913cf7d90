// A file that grows by pieces, read in slices of any size with restarts in between, gives the lines that
// stand in it: each once, in order, and the ones that are too long as such.

#include <algorithm>
#include <vector>

#include "common/text.h"
#include "daemon/tail/line_reader.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

namespace {

struct Read {
    std::string bytes;
    std::int64_t offset;
    bool too_long;
    [[nodiscard]] bool operator==(const Read&) const = default;
};

std::vector<Read> lines_of(std::string_view file, std::int64_t longest) {
    std::vector<Read> lines;
    std::size_t begin = 0;
    for (std::size_t end = file.find('\n'); end != std::string_view::npos; end = file.find('\n', begin)) {
        const std::string_view line = file.substr(begin, end - begin);
        const bool too_long = static_cast<std::int64_t>(line.size()) > longest;
        lines.push_back(
            {too_long ? std::string() : std::string(line), static_cast<std::int64_t>(begin), too_long});
        begin = end + 1;
    }
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    tail::ReadLimits limits;
    limits.slice_bytes = 1 + input.byte() % 64;
    limits.max_line_bytes = 1 + input.byte();
    const std::size_t piece = 1 + input.byte();
    const bool restarts = input.byte() % 2 != 0;
    const std::string_view content = input.rest();
    fuzz::MemoryFile file;
    tail::LineReader reader;
    std::vector<Read> found;
    const auto take = [&](const tail::Line& line) {
        found.push_back({std::string(line.bytes), line.offset, line.too_long});
        return true;
    };
    for (std::size_t at = 0; at < content.size(); at += piece) {
        file.append(content.substr(at, piece));
        if (restarts) reader = tail::LineReader(reader.position());
        bool more = true;
        while (more) {
            const auto result = reader.read(file.fd(), limits, take);
            fuzz::claim(result.has_value(), "a file can be read");
            more = result->more;
        }
    }
    std::vector<Read> expected = lines_of(content, limits.max_line_bytes);
    // Where a line that is too long begins is not remembered over its end.
    for (auto* lines : {&expected, &found}) {
        for (Read& line : *lines) line.offset = line.too_long ? 0 : line.offset;
    }
    fuzz::claim(found == expected, "the lines of the file, each once");
    fuzz::claim(reader.position().line == static_cast<std::int64_t>(expected.size()),
                "as many as were counted");
    return 0;
}
