#include "daemon/parse/line_front.h"

#include <cstddef>

namespace kaizen::parse {
namespace {

constexpr std::size_t kMaxString = 512;  // longer ones are content, not structure

}  // namespace

LineFront::LineFront(std::string_view line) : rest_(line) { open_ = take('{'); }

bool LineFront::next(FrontMember& out) {
    out = FrontMember();
    if (!open_) return false;
    open_ = false;
    if (!first_ && !take(',')) return false;
    if (!take_string(out.key) || !take(':')) return false;
    first_ = false;
    skip_space();
    if (take('{')) {
        out.is_object = true;
        first_ = true;
        open_ = true;
    } else if (!rest_.empty() && rest_.front() == '"') {
        out.is_string = true;
        open_ = take_string(out.text);
    } else {
        open_ = take_literal(out.text);
    }
    return open_;
}

void LineFront::skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
}

bool LineFront::take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
}

bool LineFront::take_string(std::string_view& out) {
    if (!take('"')) return false;
    const std::string_view window = rest_.substr(0, kMaxString);
    for (std::size_t i = 0; i < window.size(); ++i) {
        if (window[i] == '\\') {
            ++i;
        } else if (window[i] == '"') {
            out = window.substr(0, i);
            rest_.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

bool LineFront::take_literal(std::string_view& out) {
    const std::size_t end = rest_.find_first_not_of("0123456789+-.eEtrufalsn");
    if (end == 0 || end == std::string_view::npos) return false;
    out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return true;
}

bool is_one_object(std::string_view line) {
    if (line.empty() || line.back() != '}' || line.find("}{") != std::string_view::npos) return false;
    const std::string_view beginning = line.substr(0, line.find(':'));
    return line.find(beginning, 1) == std::string_view::npos;
}

}  // namespace kaizen::parse
