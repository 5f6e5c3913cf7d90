#pragma once

// The rules of the configuration ([[redact.rule]]): a name and an RE2 pattern. A pattern begins with a
// literal of at least three characters, which the redactor's one pass looks for; only there is the pattern
// tried. Immutable; any thread.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "daemon/redact/scan.h"

namespace re2 {
class RE2;
}

namespace kaizen::redact {

class UserRules {
  public:
    UserRules();
    ~UserRules();
    UserRules(UserRules&&) noexcept;
    UserRules& operator=(UserRules&&) noexcept;

    // The error names the rule and what is wrong with it.
    [[nodiscard]] static Result<UserRules> compile(const std::vector<RedactRule>& rules);

    [[nodiscard]] std::size_t size() const { return names_.size(); }
    [[nodiscard]] const std::string& name(std::size_t i) const { return names_[i]; }
    [[nodiscard]] const std::string& literal(std::size_t i) const { return literals_[i]; }

    // The place of the match of rule `i` that begins at `literal`, if it matches there.
    [[nodiscard]] std::optional<Place> match(std::size_t i, Scan& scan, Place literal) const;

  private:
    std::vector<std::string> names_;
    std::vector<std::string> literals_;
    std::vector<std::unique_ptr<re2::RE2>> patterns_;
};

// What every match of `pattern` begins with, as far as it is plain; empty when an alternative could begin
// otherwise.
[[nodiscard]] std::string leading_literal(std::string_view pattern);

}  // namespace kaizen::redact
