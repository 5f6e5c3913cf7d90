#pragma once

// What one session has shown so far: each secret's number (<REDACTED:token#3>), and hashes by which it is
// found again where it stands bare: in a stack trace, an echo, an encoded form. Holds no secret itself.
// Worker thread; one per session, kept as long as the session goes on.

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/error.h"
#include "daemon/redact/rule.h"

namespace kaizen::redact {

class SessionSecrets {
  public:
    // Paths inside `workspace` (absolute, may be empty) keep what follows the user's name.
    explicit SessionSecrets(std::string workspace = {});

    // Goes on where state() was taken; an error when `state` is not one.
    [[nodiscard]] static Result<SessionSecrets> restore(std::string_view state, std::string workspace = {});
    [[nodiscard]] std::string state() const;

    [[nodiscard]] const std::string& workspace() const { return workspace_; }

    // "type#n": the first type and the number under which `value` was met; "type" when there are too many.
    [[nodiscard]] std::string label(std::string_view type, std::string_view value);

    // From now on `value` is found wherever it stands, and, unless it is long, percent- or base64-encoded.
    // Short ones and plain words are not taken: they stand in many a text by chance. `type` names it where it
    // is first met like this.
    void remember(std::string_view type, std::string_view value);
    [[nodiscard]] std::size_t remembered() const { return known_count_; }
    [[nodiscard]] std::size_t labels() const { return labels_.size(); }  // that were given

    // Calls `found(place)` for each place of a remembered value, also where they overlap; `spend(bytes)` with
    // what the comparisons cost.
    template <class Found, class Spend>
    void find(std::string_view text, Found&& found, Spend&& spend) const;

    [[nodiscard]] bool finds_any(std::string_view text) const;

    // The label of what find() found.
    [[nodiscard]] std::string known_label(std::string_view value) const;

  private:
    struct Known {
        std::uint32_t length;
        std::uint64_t hash;
        std::uint32_t label;
        std::uint64_t hash_of_front = 0;  // of a long one: tells whether the whole is worth a comparison
    };

    static constexpr std::size_t kFront = 8;  // bytes by which a value is first recognised
    static constexpr std::size_t kLong = 512;
    static constexpr std::size_t kFilterBits = 1 << 14;

    [[nodiscard]] std::uint64_t front_hash(const char* bytes) const;
    [[nodiscard]] std::uint64_t hash(std::string_view value) const;
    template <class Spend>
    [[nodiscard]] const Known* match(std::string_view text, std::size_t at, Spend&& spend) const;
    [[nodiscard]] const Known* match(std::string_view value) const;
    [[nodiscard]] std::uint32_t label_index(std::string_view type, std::string_view value);
    void add_known(std::uint64_t front, Known known);

    std::string workspace_;
    std::uint64_t salt_;
    std::vector<std::string> labels_;
    std::unordered_map<std::uint64_t, std::uint32_t> label_of_;    // hash of a value
    std::unordered_map<std::uint64_t, std::vector<Known>> known_;  // by front_hash, the longest first
    std::size_t known_count_ = 0;
    std::bitset<kFilterBits> fronts_;
};

inline std::uint64_t SessionSecrets::front_hash(const char* bytes) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, kFront);
    word = (word ^ salt_) * 0x9E3779B97F4A7C15ULL;
    return word ^ (word >> 32);
}

template <class Spend>
const SessionSecrets::Known* SessionSecrets::match(std::string_view text, std::size_t at,
                                                   Spend&& spend) const {
    const auto it = known_.find(front_hash(text.data() + at));
    if (it == known_.end()) return nullptr;
    for (const Known& known : it->second) {
        if (at + known.length > text.size()) continue;
        if (known.hash_of_front != 0) {
            if (hash(text.substr(at, kLong)) != known.hash_of_front) continue;
            spend(known.length);
        }
        if (hash(text.substr(at, known.length)) == known.hash) return &known;
    }
    return nullptr;
}

template <class Found, class Spend>
void SessionSecrets::find(std::string_view text, Found&& found, Spend&& spend) const {
    if (known_count_ == 0) return;
    for (std::size_t i = 0; i + kFront <= text.size(); ++i) {
        if (!fronts_[front_hash(text.data() + i) % kFilterBits]) continue;
        spend(kFront);
        const Known* known = match(text, i, spend);
        if (known == nullptr) continue;
        spend(known->length);
        found(Place{i, i + known->length});
    }
}

}  // namespace kaizen::redact
