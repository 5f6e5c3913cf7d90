#include "common/model_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace kaizen {
namespace {

constexpr std::string_view kClaude = "claude-";

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

// "[1m]": which window of context was asked for.
std::string_view without_tag(std::string_view model) {
    const std::size_t open = model.rfind('[');
    return model.ends_with(']') && open != std::string_view::npos ? model.substr(0, open) : model;
}

// Gateways write "claude-opus-4.6" for claude-opus-4-6.
std::string with_dashes(std::string_view model) {
    std::string name(model);
    if (!model.starts_with(kClaude)) return name;
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        if (name[i] == '.' && is_digit(name[i - 1]) && is_digit(name[i + 1])) name[i] = '-';
    }
    return name;
}

}  // namespace

std::string plain_model_name(std::string_view model) {
    return with_dashes(without_tag(without_provider(model)));
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

std::string with_version_last(std::string_view model) {
    if (!model.starts_with(kClaude)) return std::string(model);
    std::size_t end = kClaude.size();
    while (end < model.size() && (is_digit(model[end]) || model[end] == '-')) ++end;
    if (end == kClaude.size() || end == model.size()) return std::string(model);
    return fmt::format("{}{}-{}", kClaude, model.substr(end),
                       model.substr(kClaude.size(), end - kClaude.size() - 1));
}

std::string model_family(std::string_view model) {
    const std::string plain = plain_model_name(model);
    return with_version_last(without_date(without_version(plain)));
}

}  // namespace kaizen
