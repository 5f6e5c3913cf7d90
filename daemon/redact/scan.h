#pragma once

// One text while it is searched: what was found, and what keeps the search linear. Runs of an alphabet are
// measured once, however many literals stand in them, and a rule is tried once per run. Worker thread; lives
// for one text.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/redact/rule.h"

namespace kaizen::redact {

struct Finding {
    Place place;
    Place value;                 // what is numbered and remembered: `place` without scheme, user, quotes
    const Rule* rule = nullptr;  // none: a text of the scan's, which
    std::size_t text = 0;        //
    enum : char { stands, names } as = {};  // stands for the place, or names it like a rule
};

// What a text's paths are relative to, and the 32 bytes under which paths outside are hashed.
struct Surroundings {
    std::string_view workspace;
    std::string_view salt;
};

class Scan {
  public:
    Scan(std::string_view text, const Surroundings& surroundings, const Rule* first_rule,
         std::size_t rule_count);

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::string_view text(Place place) const { return text_.substr(place.begin, place.size()); }
    [[nodiscard]] std::string_view workspace() const { return surroundings_.workspace; }
    [[nodiscard]] std::string_view salt() const { return surroundings_.salt; }

    // The byte there, or 0 outside the text.
    [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
    [[nodiscard]] char before(std::size_t i) const { return i > 0 ? text_[i - 1] : '\0'; }
    [[nodiscard]] bool has(std::size_t i, Alphabet alphabet) const {
        return i < text_.size() && in(alphabet, text_[i]);
    }
    [[nodiscard]] bool starts(std::size_t i, std::string_view with) const {
        return stands_at(text_, i, with);
    }

    // Behind white space, also where it is written as an escape.
    [[nodiscard]] std::size_t past_blanks(std::size_t i) const;

    // The longest stretch of the alphabet around `i`; empty when there is none.
    [[nodiscard]] Place run(Alphabet alphabet, std::size_t i);

    // Where a stretch that begins at `i` ends, at most `cap` on: for parts of a known length. What may be of
    // any length is a run.
    [[nodiscard]] std::size_t end_of(Alphabet alphabet, std::size_t i, std::size_t cap) const;

    // Whether `i` lies beyond all that the rule has tried; if so, it has tried everything until `until`.
    [[nodiscard]] bool first_try(const Rule& rule, std::size_t i, std::size_t until);

    [[nodiscard]] std::size_t tried_until(const Rule& rule) const {
        return tried_.empty() ? 0 : tried_[static_cast<std::size_t>(&rule - first_rule_)];
    }
    [[nodiscard]] bool was_tried(const Rule& rule, std::size_t i) const { return i < tried_until(rule); }

    // How far the search near sensitive names has come, whatever the name.
    [[nodiscard]] std::size_t near_until() const { return near_until_; }
    void was_near(std::size_t until) { near_until_ = std::max(near_until_, until); }

    // How often a value that ends at `end` has been none, this time included.
    [[nodiscard]] int count_rejected(std::size_t end) {
        rejected_ = end == rejected_end_ ? rejected_ + 1 : 1;
        rejected_end_ = end;
        return rejected_;
    }

    // Inside a long unbroken stretch of base64 any short literal comes up by chance.
    [[nodiscard]] bool inside_blob(std::size_t i);

    // Counts the bytes that a look around has cost. Throws std::runtime_error when all of them together are
    // out of proportion to the text: then it was made to be slow, and does not leave.
    void spend(std::size_t bytes);

    void add(const Rule& rule, Place place) { findings_.push_back({place, place, &rule}); }
    void add(const Rule& rule, Place place, Place value) { findings_.push_back({place, value, &rule}); }
    void replace(Place place, std::string text) {
        findings_.push_back({place, place, nullptr, texts_.size(), Finding::stands});
        texts_.push_back(std::move(text));
    }
    // The same text for each place of `path`, made once: that may cost more than to find the path. None when
    // `make` gives an empty one.
    template <class Make>
    void replace_path(Place place, std::string_view path, Make&& make) {
        const auto [it, is_new] = path_texts_.try_emplace(path, texts_.size());
        if (is_new) texts_.push_back(make());
        if (!texts_[it->second].empty())
            findings_.push_back({place, place, nullptr, it->second, Finding::stands});
    }
    void add_named(Place place, std::string name) {
        findings_.push_back({place, place, nullptr, texts_.size(), Finding::names});
        texts_.push_back(std::move(name));
    }
    void keep(Place place) { kept_.push_back(place); }        // never touched, if it is all of a finding
    void keep_mark(Place place) { marks_.push_back(place); }  // was put there by a redactor

    // Sorted, merged where they overlap (the widest gives the name), without what is kept, and widened to
    // whole characters of UTF-8. Findings added later are settled by another call.
    [[nodiscard]] const std::vector<Finding>& settle();

    // The rule's name, or the text that stands for it.
    [[nodiscard]] std::string_view name(const Finding& finding) const {
        return finding.rule != nullptr ? finding.rule->name : std::string_view(texts_[finding.text]);
    }

  private:
    void drop_kept();
    [[nodiscard]] Place whole_characters(Place place) const;

    std::string_view text_;
    Surroundings surroundings_;
    const Rule* first_rule_;
    std::size_t rule_count_;
    std::array<Place, static_cast<std::size_t>(Alphabet::count)> runs_{};
    std::size_t near_until_ = 0;
    std::size_t rejected_end_ = 0;
    int rejected_ = 0;
    std::size_t spent_ = 0;
    std::vector<std::size_t> tried_;  // by rule; empty until the first try
    std::vector<Finding> findings_;
    std::vector<std::string> texts_;
    std::unordered_map<std::string_view, std::size_t> path_texts_;  // among the texts
    std::vector<Place> kept_;
    std::vector<Place> marks_;
};

}  // namespace kaizen::redact
