#pragma once

// Bytes of a growing file become complete lines, each exactly once. A line is taken when its newline is
// there; half a line stays in the file. Memory is bounded by the longest line that is allowed; a longer one
// is skipped in constant memory, over as many calls and restarts as it takes. Worker thread.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/error.h"

namespace kaizen::tail {

// Where reading stands. Saved in the transaction that stores what was read.
struct Position {
    std::int64_t offset = 0;  // bytes consumed
    std::int64_t line = 0;    // lines consumed
    bool skipping = false;    // offset is inside a line that is too long; it counts when its newline comes
    bool open_line = false;  // the last line was taken without its newline, which belongs to it when it comes
};

struct Line {
    std::string_view bytes;  // without the newline; empty when too_long
    std::int64_t offset = 0;
    std::int64_t number = 0;  // 1-based
    bool too_long = false;
    bool unterminated = false;  // the file ends without a newline; refuse it and it stays in the file
};

struct ReadLimits {
    std::int64_t slice_bytes =
        std::int64_t{256} * 1024;  // a call reads about this much (one long line may be more)
    std::int64_t max_line_bytes = std::int64_t{64} << 20;  //
    bool take_unterminated = false;                        // offer what stands after the last newline, too
};

struct ReadResult {
    bool more = false;           // stopped at the slice, not at the end of what is there
    std::int64_t remainder = 0;  // bytes after the last newline that were left in the file
};

class LineReader {
  public:
    // Gets each line in file order; what it returns matters only for an unterminated one (false: leave it).
    using Take = std::function<bool(const Line&)>;

    LineReader() : LineReader(Position()) {}
    explicit LineReader(Position position) : position_(position) {}

    // Reads on from where it stands. internal when the file cannot be read; the position then stands behind
    // the last line taken.
    [[nodiscard]] Result<ReadResult> read(int fd, const ReadLimits& limits, const Take& take);

    [[nodiscard]] const Position& position() const { return position_; }

  private:
    [[nodiscard]] Result<ReadResult> skip_long_line(int fd, const ReadLimits& limits, const Take& take);
    [[nodiscard]] Result<ReadResult> read_long_line(int fd, const ReadLimits& limits, const Take& take);
    std::size_t take_lines(std::string_view chunk, const ReadLimits& limits, const Take& take);
    void take_line(std::string_view bytes, const ReadLimits& limits, const Take& take);
    bool take_remainder(std::string_view bytes, const Take& take);

    Position position_;
    // Bytes behind offset that are known to hold no newline, so that a long line that grows is not searched
    // from its start again.
    std::int64_t searched_ = 0;
};

}  // namespace kaizen::tail
