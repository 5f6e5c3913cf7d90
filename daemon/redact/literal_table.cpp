#include "daemon/redact/literal_table.h"

#include <bit>

#include "daemon/redact/alphabet.h"

namespace kaizen::redact {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

}  // namespace

// While it is built: transitions by class (kNone where the trie has none), and the literals that end in each
// state.
struct LiteralTable::Trie {
    explicit Trie(std::size_t class_count) : classes(class_count) { add_state(); }

    std::uint32_t add_state() {
        next.resize(next.size() + classes, kNone);
        ending.emplace_back();
        return static_cast<std::uint32_t>(ending.size() - 1);
    }
    std::uint32_t& step(std::uint32_t state, std::size_t cls) { return next[state * classes + cls]; }

    // Breadth first: what a state lacks it takes from the longest proper suffix that is a state, too.
    void complete() {
        std::vector<std::uint32_t> suffix(ending.size(), 0);
        std::vector<std::uint32_t> queue = {0};
        for (std::size_t at = 0; at < queue.size(); ++at) {
            const std::uint32_t state = queue[at];
            for (std::size_t cls = 0; cls < classes; ++cls) {
                std::uint32_t& target = step(state, cls);
                const std::uint32_t fallback = state == 0 ? 0 : step(suffix[state], cls);
                if (target == kNone) {
                    target = fallback;
                    continue;
                }
                suffix[target] = fallback;
                ending[target].insert(ending[target].end(), ending[fallback].begin(), ending[fallback].end());
                queue.push_back(target);
            }
        }
    }

    std::size_t classes;
    std::vector<std::uint32_t> next;
    std::vector<std::vector<std::uint32_t>> ending;
};

LiteralTable::LiteralTable(const std::vector<std::string>& literals) {
    std::uint8_t classes = 1;  // 0: bytes of no literal
    for (const std::string& literal : literals) {
        for (const char c : literal) {
            std::uint8_t& cls = class_of_[static_cast<unsigned char>(fold(c))];
            if (cls == 0) cls = classes++;
        }
    }
    for (char c = 'A'; c <= 'Z'; ++c)
        class_of_[static_cast<unsigned char>(c)] = class_of_[static_cast<unsigned char>(fold(c))];

    const std::size_t width = std::bit_ceil(std::size_t{classes});
    shift_ = static_cast<std::uint32_t>(std::countr_zero(width));
    Trie trie(width);
    for (std::uint32_t index = 0; index < literals.size(); ++index) {
        std::uint32_t state = 0;
        for (const char c : literals[index]) {
            const std::size_t cls = class_of_[static_cast<unsigned char>(c)];
            if (trie.step(state, cls) == kNone) {
                const std::uint32_t added = trie.add_state();
                trie.step(state, cls) = added;
            }
            state = trie.step(state, cls);
        }
        trie.ending[state].push_back(index);
    }
    trie.complete();

    next_.reserve(trie.next.size());
    for (const std::uint32_t target : trie.next)
        next_.push_back(target << shift_ | (trie.ending[target].empty() ? 0 : kHit));
    for (const std::vector<std::uint32_t>& ending : trie.ending) {
        first_literal_.push_back(static_cast<std::uint32_t>(literals_.size()));
        literals_.insert(literals_.end(), ending.begin(), ending.end());
    }
    first_literal_.push_back(static_cast<std::uint32_t>(literals_.size()));
}

}  // namespace kaizen::redact
