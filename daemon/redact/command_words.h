#pragma once

// The words of a shell command, and which of them may be a password.

#include <optional>

#include "daemon/redact/scan.h"

namespace kaizen::redact {

constexpr int kMostWords = 12;  // a command with more of them before its password was made to be slow

class CommandWords {
  public:
    // From `at` on; all of them, or so many.
    CommandWords(Scan& scan, std::size_t at) : scan_(scan), at_(at) {}
    CommandWords(Scan& scan, std::size_t at, int most) : scan_(scan), at_(at), left_(most) {}

    // The next one without its quotes; none behind a sign of the shell that ends the command, and none from a
    // mark on.
    std::optional<Place> next();

    // Up to where they have been read.
    [[nodiscard]] std::size_t at() const { return at_; }

  private:
    [[nodiscard]] Place bare_word(std::size_t begin) const;

    Scan& scan_;
    std::size_t at_;
    int left_ = -1;
};

// What stands where a password does, unless it is too short, a placeholder or an option.
void add_password(Scan& scan, const Rule& rule, Place word);

// The same of one word; several in quotes are rather a text.
void add_argument(Scan& scan, const Rule& rule, Place word);

}  // namespace kaizen::redact
