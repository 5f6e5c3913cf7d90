#include <fmt/format.h>

#include <algorithm>

#include "common/config.h"
#include "common/config_keys.h"
#include "common/hash.h"

namespace kaizen {
namespace {

constexpr char kMask[] = "***";

std::string as_toml(bool value) { return value ? "true" : "false"; }

std::string as_toml(std::int64_t value) { return fmt::format("{}", value); }

std::string as_toml(double value) { return fmt::format("{}", value); }

std::string as_toml(const std::string& value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string as_toml(const StringList& value) {
    StringList parts;
    for (const std::string& element : value) parts.push_back(as_toml(element));
    return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string as_toml(const StringMap& value) {
    StringList parts;
    for (const auto& [name, text] : value)
        parts.push_back(fmt::format("{} = {}", as_toml(name), as_toml(text)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

// The same value with nothing of a secret in it.
template <class T>
T masked(const T& value) {
    return value;
}
std::string masked(const std::string& value) { return value.empty() ? "" : kMask; }
StringMap masked(StringMap value) {
    for (auto& [name, text] : value) text = masked(text);
    return value;
}

template <class Owner>
void describe_keys(const std::vector<Key<Owner>>& keys, Owner& owner, const std::string& element,
                   const std::map<std::string, std::string>& origins, std::vector<Setting>& out) {
    for (const Key<Owner>& key : keys) {
        if (!applies(key.rule, owner)) continue;
        const std::string label = fmt::format("{}{}.{}", key.section, element, key.name);
        const auto origin = origins.find(label);
        std::visit(
            [&](auto slot) {
                const auto& value = slot(owner);
                out.push_back({label, key.rule.secret ? as_toml(masked(value)) : as_toml(value),
                               origin == origins.end() ? "default" : origin->second, hash64(as_toml(value)),
                               key.rule.secret});
            },
            key.slot);
    }
}

}  // namespace

std::vector<Setting> describe(Config& config, const std::map<std::string, std::string>& origins) {
    std::vector<Setting> out;
    describe_keys(config_keys(), config, "", origins, out);
    for_each_list(config, [&](const auto& keys, auto& elements) {
        for (std::size_t i = 0; i < elements.size(); ++i) {
            describe_keys(keys, elements[i], fmt::format("[{}]", i + 1), origins, out);
        }
    });
    return out;
}

std::string check_report(const LoadedConfig& loaded, const std::string& file) {
    std::size_t key_width = 0;
    std::size_t value_width = 0;
    for (const Setting& setting : loaded.settings) {
        key_width = std::max(key_width, setting.key.size());
        value_width = std::max(value_width, std::min<std::size_t>(setting.value.size(), 40));
    }
    std::string out = fmt::format("configuration: {}\n", file);
    for (const Setting& setting : loaded.settings) {
        out += fmt::format("{:<{}}  {:<{}}  {}\n", setting.key, key_width, setting.value, value_width,
                           setting.origin);
    }
    return out;
}

std::vector<std::string> changed_keys(const LoadedConfig& before, const LoadedConfig& after) {
    std::map<std::string, std::uint64_t> old_values;
    for (const Setting& setting : before.settings) old_values.emplace(setting.key, setting.fingerprint);
    std::vector<std::string> changed;
    for (const Setting& setting : after.settings) {
        const auto old = old_values.find(setting.key);
        if (old == old_values.end() || old->second != setting.fingerprint) changed.push_back(setting.key);
        if (old != old_values.end()) old_values.erase(old);
    }
    for (const auto& [key, value] : old_values) changed.push_back(key);
    return changed;
}

}  // namespace kaizen
