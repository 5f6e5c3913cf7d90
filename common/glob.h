#pragma once

// Paths that a person names by a pattern. Pure; any thread.

#include <string_view>

namespace kaizen {

// '*' and '?' stand for anything within a segment of the path, "**" for any number of segments; "/a/**" is
// also "/a" itself. Takes at most pattern times path steps.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace kaizen
