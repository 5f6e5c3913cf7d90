#include "daemon/session/pricing.h"

#include <algorithm>
#include <array>

#include "common/hash.h"

namespace kaizen::session {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMostPico = 1'000'000'000'000'000;  // 1,000 USD

// Words that make another model of a name: "gpt-5-codex" says nothing of what a "gpt-5-codex-mini" costs.
constexpr std::array<std::string_view, 10> kSizes = {"mini",  "nano", "lite",  "small", "large",
                                                     "turbo", "air",  "flash", "pro",   "max"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// "openrouter/anthropic/x", "us.anthropic.x", "arn:…/us.anthropic.x"
std::string_view without_provider(std::string_view model) {
    constexpr std::string_view kVendor = "anthropic.";
    if (const std::size_t slash = model.rfind('/'); slash != std::string_view::npos)
        model.remove_prefix(slash + 1);
    if (const std::size_t vendor = model.find(kVendor); vendor != std::string_view::npos)
        model.remove_prefix(vendor + kVendor.size());
    return model;
}

// "-v1:0", "-v2"
std::string_view without_version(std::string_view model) {
    const std::size_t mark = model.rfind("-v");
    if (mark == std::string_view::npos) return model;
    const std::string_view version = model.substr(mark + 2);
    const std::size_t colon = version.find(':');
    const bool is_version = all_digits(version.substr(0, colon)) &&
                            (colon == std::string_view::npos || all_digits(version.substr(colon + 1)));
    return is_version ? model.substr(0, mark) : model;
}

// "-20250929", "@20250929", "-2025-09-29"
std::string_view without_date(std::string_view model) {
    constexpr std::string_view kForms[] = {"-########", "@########", "-####-##-##"};
    for (const std::string_view form : kForms) {
        if (model.size() <= form.size()) continue;
        const std::string_view end = model.substr(model.size() - form.size());
        const bool fits = std::equal(form.begin(), form.end(), end.begin(),
                                     [](char f, char c) { return f == '#' ? is_digit(c) : f == c; });
        if (fits) return model.substr(0, model.size() - form.size());
    }
    return model;
}

// Whether what follows a listed name leaves the model in its family: "-latest" does, "-5" and "-mini" do not.
bool stays_in_family(std::string_view rest) {
    if (rest.size() < 2 || rest[0] != '-' || is_digit(rest[1])) return false;
    return std::none_of(kSizes.begin(), kSizes.end(), [&](std::string_view size) {
        const std::size_t at = rest.find(size);
        if (at == std::string_view::npos || rest[at - 1] != '-') return false;
        return at + size.size() == rest.size() || rest[at + size.size()] == '-';
    });
}

}  // namespace

std::optional<std::int64_t> cost_pico(const Price& price, const parse::TokenCounts& tokens) {
    if (!tokens.input && !tokens.output) return std::nullopt;
    const std::int64_t read = tokens.cache_read.value_or(0);
    if (read > 0 && !price.cache_read) return std::nullopt;
    const std::int64_t written = tokens.cache_write.value_or(0);
    const std::int64_t written_1h = std::min(tokens.cache_write_1h.value_or(0), written);
    const Wide sum = Wide{tokens.input.value_or(0)} * price.input +
                     Wide{read} * price.cache_read.value_or(0) +
                     Wide{written - written_1h} * price.cache_write_5m +
                     Wide{written_1h} * price.cache_write_1h + Wide{tokens.output.value_or(0)} * price.output;
    if (sum > kMostPico) return std::nullopt;
    return static_cast<std::int64_t>(sum);
}

std::int64_t to_micro(std::int64_t pico) {
    return pico / kPicoPerMicro + (pico % kPicoPerMicro >= kPicoPerMicro / 2 ? 1 : 0);
}

const Price* PriceTable::find(std::string_view model) const {
    const std::string_view plain = without_provider(model);
    const std::string_view unversioned = without_version(plain);
    const std::string_view family = without_date(unversioned);
    for (const std::string_view name : {model, plain, unversioned, family}) {
        if (const auto row = rows_.find(name); row != rows_.end()) return &row->second;
    }
    for (std::size_t dash = family.rfind('-'); dash != std::string_view::npos && dash > 0;
         dash = family.rfind('-', dash - 1)) {
        const auto row = rows_.find(family.substr(0, dash));
        if (row == rows_.end()) continue;
        return stays_in_family(family.substr(dash)) ? &row->second : nullptr;
    }
    return nullptr;
}

std::uint64_t PriceTable::fingerprint() const {
    std::uint64_t hash = hash64(date_);
    for (const auto& [model, price] : rows_) {
        hash = hash64(model, hash);
        for (const std::int64_t each : {price.input, price.output, price.cache_read.value_or(-1),
                                        price.cache_write_5m, price.cache_write_1h}) {
            hash = hash64(static_cast<std::uint64_t>(each), hash);
        }
    }
    return hash;
}

}  // namespace kaizen::session
