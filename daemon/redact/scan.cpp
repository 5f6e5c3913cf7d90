#include "daemon/redact/scan.h"

#include <algorithm>
#include <stdexcept>

namespace kaizen::redact {
namespace {

constexpr std::size_t kBlobBytes = 500;
constexpr std::size_t kSpendingPerByte = 64;
constexpr std::size_t kSpendingAtLeast = 1 << 20;

bool overlap(Place a, Place b) { return a.begin < b.end && b.begin < a.end; }

// The first of `places` (sorted, apart) that ends beyond `at`.
std::vector<Place>::const_iterator first_beyond(const std::vector<Place>& places, std::size_t at) {
    return std::partition_point(places.begin(), places.end(), [at](Place place) { return place.end <= at; });
}

bool lies_within(const std::vector<Place>& places, Place place) {
    const auto it = first_beyond(places, place.begin);
    return it != places.end() && it->holds(place);
}

void sort_and_join(std::vector<Place>& places) {
    std::sort(places.begin(), places.end(), [](Place a, Place b) { return a.begin < b.begin; });
    std::vector<Place> joined;
    for (const Place place : places) {
        if (!joined.empty() && overlap(joined.back(), place))
            joined.back().end = std::max(joined.back().end, place.end);
        else
            joined.push_back(place);
    }
    places = std::move(joined);
}

// What a finding is without the marks in it; pieces that say nothing are dropped.
void add_without_marks(const std::vector<Place>& marks, const Finding& finding, std::vector<Finding>& out) {
    constexpr std::size_t kShortestPiece = 4;
    Finding piece = finding;
    for (auto it = first_beyond(marks, finding.place.begin); it != marks.end(); ++it) {
        if (it->begin >= finding.place.end) break;
        piece.place.end = std::max(piece.place.begin, it->begin);
        piece.value = piece.place;
        if (piece.place.size() >= kShortestPiece) out.push_back(piece);
        piece.place = {it->end, finding.place.end};
        piece.value = piece.place;
    }
    if (piece.place == finding.place)
        out.push_back(finding);
    else if (piece.place.begin + kShortestPiece <= piece.place.end)
        out.push_back(piece);
}

// By place, the wider first; of equal ones the rule that stands earlier in the list, and what has no rule
// last.
bool comes_before(const Finding& a, const Finding& b) {
    if (a.place.begin != b.place.begin) return a.place.begin < b.place.begin;
    if (a.place.end != b.place.end) return a.place.end > b.place.end;
    if (a.rule == nullptr || b.rule == nullptr) return a.rule != nullptr && b.rule == nullptr;
    return a.rule < b.rule;
}

}  // namespace

Scan::Scan(std::string_view text, const Surroundings& surroundings, const Rule* first_rule,
           std::size_t rule_count)
    : text_(text), surroundings_(surroundings), first_rule_(first_rule), rule_count_(rule_count) {}

Place Scan::run(Alphabet alphabet, std::size_t i) {
    Place& known = runs_[static_cast<std::size_t>(alphabet)];
    if (i >= known.begin && i < known.end) return known;
    if (!has(i, alphabet)) return {i, i};
    Place run{i, i + 1};
    while (run.begin > 0 && in(alphabet, text_[run.begin - 1])) --run.begin;
    while (run.end < text_.size() && in(alphabet, text_[run.end])) ++run.end;
    known = run;
    return run;
}

std::size_t Scan::past_blanks(std::size_t i) const {
    for (;;) {
        if (has(i, Alphabet::space))
            ++i;
        else if (at(i) == '\\' && is_any_of(at(i + 1), "nrt"))
            i += 2;
        else
            return i;
    }
}

std::size_t Scan::end_of(Alphabet alphabet, std::size_t i, std::size_t cap) const {
    const std::size_t limit = std::min(text_.size(), i + cap);
    while (i < limit && in(alphabet, text_[i])) ++i;
    return i;
}

bool Scan::first_try(const Rule& rule, std::size_t i, std::size_t until) {
    if (tried_.empty()) tried_.resize(rule_count_);
    std::size_t& tried = tried_[static_cast<std::size_t>(&rule - first_rule_)];
    if (i < tried) return false;
    tried = until;
    return true;
}

bool Scan::inside_blob(std::size_t i) {
    const Place blob = run(Alphabet::base64, i);
    return blob.size() > kBlobBytes && blob.begin != i;
}

void Scan::spend(std::size_t bytes) {
    spent_ += bytes;
    if (spent_ > kSpendingAtLeast + kSpendingPerByte * text_.size())
        throw std::runtime_error("a text that takes too long to redact");
}

void Scan::drop_kept() {
    if (kept_.empty() && marks_.empty()) return;
    sort_and_join(kept_);
    sort_and_join(marks_);
    std::vector<Finding> loose;
    for (const Finding& finding : findings_) {
        if (!lies_within(kept_, finding.place) && !lies_within(kept_, finding.value))
            add_without_marks(marks_, finding, loose);
    }
    findings_ = std::move(loose);
}

// Rules measure bytes. What is left of a character of which a part goes would be no text any more.
Place Scan::whole_characters(Place place) const {
    constexpr int kLongest = 3;  // bytes behind the first one of a character
    const auto continues = [this](std::size_t i) {
        return i < text_.size() && (static_cast<unsigned char>(text_[i]) & 0xC0) == 0x80;
    };
    for (int n = 0; n < kLongest && place.begin > 0 && continues(place.begin); ++n) --place.begin;
    for (int n = 0; n < kLongest && continues(place.end); ++n) ++place.end;
    return place;
}

const std::vector<Finding>& Scan::settle() {
    drop_kept();
    for (Finding& finding : findings_) finding.place = whole_characters(finding.place);
    if (!std::is_sorted(findings_.begin(), findings_.end(), comes_before))
        std::sort(findings_.begin(), findings_.end(), comes_before);
    std::size_t merged = 0;
    std::size_t widest = 0;
    for (const Finding& finding : findings_) {
        if (finding.place.size() == 0) continue;
        if (merged == 0 || !overlap(findings_[merged - 1].place, finding.place)) {
            widest = finding.place.size();
            findings_[merged++] = finding;
            continue;
        }
        Finding& last = findings_[merged - 1];
        const Place both{last.place.begin, std::max(last.place.end, finding.place.end)};
        if (finding.place.size() > widest) {
            widest = finding.place.size();
            last = finding;
        }
        last.place = both;
    }
    findings_.resize(merged);
    return findings_;
}

}  // namespace kaizen::redact
