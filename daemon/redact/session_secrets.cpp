#include "daemon/redact/session_secrets.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <random>

#include "common/hash.h"
#include "common/text.h"
#include "daemon/redact/checksums.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kMostLabels = 10'000;
constexpr std::size_t kMostKnown = 4'000;
constexpr std::size_t kMostPerFront = 4;  // of one beginning: bounds the work at each place of a text
constexpr std::string_view kStateVersion = "secrets 1";

std::uint64_t random_salt() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

// No word or name of the language may become a secret everywhere.
bool is_distinctive(std::string_view value) {
    constexpr int kRandom = 10;
    if (is_placeholder(value) || is_reference(value) || is_prose(value)) return false;
    const auto any = [value](Alphabet alphabet, bool of) {
        return std::any_of(value.begin(), value.end(), [=](char c) { return in(alphabet, c) == of; });
    };
    const bool digit = any(Alphabet::digit, true);
    if (any(Alphabet::space, true) || !any(Alphabet::letter, true))
        return digit && any(Alphabet::name, false);
    const bool sign = std::any_of(value.begin() + 1, value.end() - 1, [](char c) {
        return static_cast<unsigned char>(c) < 0x80 && !in(Alphabet::dotted, c) && c != '=';
    });
    return digit || sign || randomness(value) >= kRandom;
}

std::string percent_encoded(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (in(Alphabet::name, c) || c == '.' || c == '~')
            out.push_back(c);
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

// Without the last characters, which depend on what follows.
std::string base64_front(std::string_view value) {
    return encode_base64(value.substr(0, value.size() / 3 * 3));
}

template <class Number>
bool read_number(std::string_view text, int base, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

SessionSecrets::SessionSecrets(std::string workspace)
    : workspace_(std::move(workspace)), salt_(random_salt()) {
    while (workspace_.size() > 1 && workspace_.back() == '/') workspace_.pop_back();
}

std::uint64_t SessionSecrets::hash(std::string_view value) const { return hash64(value, hash64(salt_)); }

std::uint32_t SessionSecrets::label_index(std::string_view type, std::string_view value) {
    const auto [it, added] = label_of_.try_emplace(hash(value), static_cast<std::uint32_t>(labels_.size()));
    if (added) labels_.push_back(fmt::format("{}#{}", type, labels_.size() + 1));
    return it->second;
}

std::string SessionSecrets::label(std::string_view type, std::string_view value) {
    if (labels_.size() >= kMostLabels && !label_of_.contains(hash(value))) return std::string(type);
    return labels_[label_index(type, value)];
}

void SessionSecrets::remember(std::string_view type, std::string_view value) {
    if (value.size() < kFront) return;
    if (const Known* known = match(value); known != nullptr && known->length == value.size()) return;
    if (known_count_ >= kMostKnown || labels_.size() >= kMostLabels ||
        !is_distinctive(value.substr(0, kLong)))
        return;
    const std::uint32_t label = label_index(type, value);
    std::vector<std::string> forms = {std::string(value)};
    if (value.size() <= kLong) forms.insert(forms.end(), {percent_encoded(value), base64_front(value)});
    for (const std::string& form : forms) {
        if (form.size() < kFront) continue;
        const std::uint64_t hash_of_front = form.size() > kLong ? hash(form.substr(0, kLong)) : 0;
        add_known(front_hash(form.data()),
                  {static_cast<std::uint32_t>(form.size()), hash(form), label, hash_of_front});
    }
}

void SessionSecrets::add_known(std::uint64_t front, Known known) {
    std::vector<Known>& of_front = known_[front];
    const bool there = std::any_of(of_front.begin(), of_front.end(), [&](const Known& one) {
        return one.hash == known.hash && one.length == known.length;
    });
    if (there || of_front.size() >= kMostPerFront) return;
    of_front.insert(std::upper_bound(of_front.begin(), of_front.end(), known,
                                     [](const Known& a, const Known& b) { return a.length > b.length; }),
                    known);
    fronts_.set(front % kFilterBits);
    ++known_count_;
}

const SessionSecrets::Known* SessionSecrets::match(std::string_view value) const {
    return match(value, 0, [](std::size_t) {});
}

bool SessionSecrets::finds_any(std::string_view text) const {
    bool any = false;
    find(
        text, [&](Place) { any = true; }, [](std::size_t) {});
    return any;
}

std::string SessionSecrets::known_label(std::string_view value) const {
    const Known* known = match(value);
    return known == nullptr ? std::string() : labels_[known->label];
}

std::string SessionSecrets::state() const {
    std::string out = fmt::format("{} {:x}\n", kStateVersion, salt_);
    std::vector<std::uint64_t> hashes(labels_.size());
    for (const auto& [hash_of_value, label] : label_of_) hashes[label] = hash_of_value;
    for (std::size_t i = 0; i < labels_.size(); ++i)
        out += fmt::format("label {} {:x}\n", labels_[i], hashes[i]);
    for (const auto& [front, of_front] : known_) {
        for (const Known& known : of_front)
            out += fmt::format("known {:x} {} {:x} {}{}\n", front, known.length, known.hash, known.label,
                               known.hash_of_front == 0 ? "" : fmt::format(" {:x}", known.hash_of_front));
    }
    return out;
}

Result<SessionSecrets> SessionSecrets::restore(std::string_view state, std::string workspace) {
    SessionSecrets secrets(std::move(workspace));
    const auto broken = [] { return fail(ErrorCode::bad_input, "not the state of a session's secrets"); };
    bool first = true;
    for (const std::string_view line : split(state, '\n')) {
        if (line.empty()) continue;
        const auto words = split(line, ' ');
        if (first) {
            if (words.size() != 3 || !line.starts_with(kStateVersion) ||
                !read_number(words[2], 16, secrets.salt_))
                return broken();
        } else if (words[0] == "label" && words.size() == 3) {
            std::uint64_t hash_of_value = 0;
            if (!read_number(words[2], 16, hash_of_value)) return broken();
            secrets.label_of_[hash_of_value] = static_cast<std::uint32_t>(secrets.labels_.size());
            secrets.labels_.emplace_back(words[1]);
        } else if (words[0] == "known" && (words.size() == 5 || words.size() == 6)) {
            std::uint64_t front = 0;
            Known known{};
            if (!read_number(words[1], 16, front) || !read_number(words[2], 10, known.length) ||
                !read_number(words[3], 16, known.hash) || !read_number(words[4], 10, known.label) ||
                (words.size() == 6 && !read_number(words[5], 16, known.hash_of_front)) ||
                (known.hash_of_front != 0 && known.length < kLong) || known.label >= secrets.labels_.size() ||
                known.length < kFront)
                return broken();
            secrets.add_known(front, known);
        } else {
            return broken();
        }
        first = false;
    }
    return first ? Result<SessionSecrets>(broken()) : Result<SessionSecrets>(std::move(secrets));
}

}  // namespace kaizen::redact
