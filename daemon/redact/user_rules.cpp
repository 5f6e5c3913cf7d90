#include "daemon/redact/user_rules.h"

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>

namespace kaizen::redact {
namespace {

constexpr std::size_t kShortestLiteral = 3;
constexpr std::size_t kFirstWindow = 4096;
constexpr std::size_t kLongestCharacter = 4;  // of which the window may hold a part
constexpr std::size_t kLongestName = 32;
constexpr std::int64_t kPatternMemory = 1 << 20;

// Whether the pattern is an alternative of several at its top: a|b, not (a|b) or [|].
bool has_alternatives(std::string_view pattern) {
    int depth = 0;
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\')
            ++i;
        else if (in_class)
            in_class = c != ']';
        else if (c == '[')
            in_class = true;
        else if (c == '(' || c == ')')
            depth += c == '(' ? 1 : -1;
        else if (c == '|' && depth == 0)
            return true;
    }
    return false;
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName &&
           std::all_of(name.begin(), name.end(), [](char c) { return in(Alphabet::lower, c) || c == '-'; });
}

}  // namespace

UserRules::UserRules() = default;
UserRules::~UserRules() = default;
UserRules::UserRules(UserRules&&) noexcept = default;
UserRules& UserRules::operator=(UserRules&&) noexcept = default;

std::string leading_literal(std::string_view pattern) {
    if (has_alternatives(pattern)) return {};
    if (pattern.starts_with("\\b")) pattern.remove_prefix(2);
    std::string literal;
    while (!pattern.empty()) {
        std::size_t taken = 1;
        char c = pattern[0];
        if (c == '\\') {
            if (pattern.size() < 2 || in(Alphabet::alnum, pattern[1])) break;
            c = pattern[1];
            taken = 2;
        } else if (std::string_view(".[](){}*+?^$|").find(c) != std::string_view::npos) {
            break;
        }
        const char next = pattern.size() > taken ? pattern[taken] : '\0';
        if (next == '?' || next == '*' || next == '{') break;
        literal.push_back(c);
        pattern.remove_prefix(taken);
        if (next == '+') break;
    }
    return literal;
}

Result<UserRules> UserRules::compile(const std::vector<RedactRule>& rules) {
    UserRules out;
    for (const RedactRule& rule : rules) {
        if (!is_name(rule.name)) {
            return fail(ErrorCode::bad_input, fmt::format("redact.rule \"{}\": not a name", rule.name),
                        "a name has 1 to 32 of a-z, 0-9 and -");
        }
        std::string literal = leading_literal(rule.pattern);
        if (literal.size() < kShortestLiteral) {
            return fail(
                ErrorCode::bad_input,
                fmt::format("redact.rule \"{}\": the pattern does not begin with a literal of {} characters",
                            rule.name, kShortestLiteral),
                "begin it with what all matches begin with, and make one rule of each alternative");
        }
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kPatternMemory);
        auto pattern = std::make_unique<re2::RE2>(rule.pattern, options);
        if (!pattern->ok())
            return fail(ErrorCode::bad_input,
                        fmt::format("redact.rule \"{}\": {}", rule.name, pattern->error()));
        out.names_.push_back(rule.name);
        out.literals_.push_back(std::move(literal));
        out.patterns_.push_back(std::move(pattern));
    }
    return out;
}

std::optional<Place> UserRules::match(std::size_t i, Scan& scan, Place literal) const {
    const std::string_view text = scan.text();
    // A match that fills the window may go on behind it.
    for (std::size_t window = kFirstWindow;; window *= 2) {
        const std::size_t end = std::min(text.size(), literal.begin + window);
        re2::StringPiece found;
        const bool matched = patterns_[i]->Match(re2::StringPiece(text.data(), text.size()), literal.begin,
                                                 end, re2::RE2::ANCHOR_START, &found, 1);
        scan.spend(matched ? found.size() : end - literal.begin);
        if (!matched || found.empty()) return std::nullopt;
        const Place place{literal.begin, literal.begin + found.size()};
        if (end == text.size() || place.end + kLongestCharacter <= end) return place;
    }
}

}  // namespace kaizen::redact
