#pragma once

// What a tool call is about, in one line: the command, the file, the pattern. Taken from the call's input,
// which is JSON that the daemon may have cut off anywhere, or plain text. Pure.

#include <string>
#include <string_view>

namespace kaizen::ctl {

struct TellingArgument {
    std::string text;      // plain; may be empty
    bool is_path = false;  // then its end says most
};

[[nodiscard]] TellingArgument telling_argument(std::string_view input);

}  // namespace kaizen::ctl
