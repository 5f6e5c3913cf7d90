#pragma once

// Finds many literals in one pass, ASCII case folded: an Aho-Corasick automaton as one flat table over
// classes of bytes. Immutable once built; any thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kaizen::redact {

class LiteralTable {
  public:
    // Empty literals are not allowed.
    explicit LiteralTable(const std::vector<std::string>& literals = {});

    // Calls `hit(index of the literal, end of it)` for each literal at each of its places, in the order of
    // the ends.
    template <class Hit>
    void scan(std::string_view text, Hit&& hit) const;

    [[nodiscard]] bool finds_any(std::string_view text) const {
        std::uint32_t state = 0;
        return std::any_of(text.begin(), text.end(), [&](char c) {
            state = next_[state + class_of_[static_cast<unsigned char>(c)]];
            return (state & kHit) != 0;
        });
    }

    [[nodiscard]] std::size_t bytes() const { return next_.size() * sizeof(next_[0]); }

  private:
    struct Trie;

    static constexpr std::uint32_t kHit = 1u << 31;

    std::array<std::uint8_t, 256> class_of_{};
    std::uint32_t shift_ = 0;          // a state's row is 1 << shift_ entries
    std::vector<std::uint32_t> next_;  // row start of the next state; kHit where a literal ends there
    std::vector<std::uint32_t> first_literal_;  // by state; one more at the end
    std::vector<std::uint32_t> literals_;
};

template <class Hit>
void LiteralTable::scan(std::string_view text, Hit&& hit) const {
    const std::uint32_t* const next = next_.data();
    std::uint32_t state = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        state = next[state + class_of_[static_cast<unsigned char>(text[i])]];
        if ((state & kHit) == 0) continue;
        state &= ~kHit;
        const std::uint32_t row = state >> shift_;
        for (std::uint32_t n = first_literal_[row]; n < first_literal_[row + 1]; ++n)
            hit(literals_[n], i + 1);
    }
}

}  // namespace kaizen::redact
