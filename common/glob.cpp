#include "common/glob.h"

#include <vector>

namespace kaizen {

// One row for each element of the pattern: which beginnings of the path all elements so far can stand for.
bool glob_matches(std::string_view pattern, std::string_view path) {
    if (pattern.ends_with("/**") && path == pattern.substr(0, pattern.size() - 3)) return true;
    std::vector<bool> reached(path.size() + 1);
    reached[0] = true;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool deep = pattern.substr(i).starts_with("**");
        std::vector<bool> next(path.size() + 1);
        if (deep || pattern[i] == '*') {
            bool going = false;
            for (std::size_t end = 0; end <= path.size(); ++end) {
                going = reached[end] || (going && (deep || path[end - 1] != '/'));
                next[end] = going;
            }
        } else {
            for (std::size_t end = 1; end <= path.size(); ++end) {
                const char c = path[end - 1];
                next[end] = reached[end - 1] && (pattern[i] == '?' ? c != '/' : pattern[i] == c);
            }
        }
        if (deep) ++i;
        reached = std::move(next);
    }
    return reached[path.size()];
}

}  // namespace kaizen
