#include "ctl/time_zone.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace kaizen::ctl {
namespace {

bool is_plausible(std::string_view name) {
    constexpr std::string_view kOthers = "_+-/";
    const auto fits = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kOthers.find(c) != std::string_view::npos;
    };
    return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), fits);
}

std::string linked_zone(const std::string& link) {
    constexpr std::string_view kFolder = "/zoneinfo/";
    std::error_code failed;
    const std::string target = std::filesystem::read_symlink(link, failed).string();
    const std::size_t at = target.rfind(kFolder);
    if (failed || at == std::string::npos) return {};
    std::string name = target.substr(at + kFolder.size());
    return is_plausible(name) ? name : std::string();
}

}  // namespace

std::string time_zone_name(const Env& env, const std::string& link) {
    if (const char* value = env("TZ"); value != nullptr) {
        std::string_view name = value;
        if (name.starts_with(':')) name.remove_prefix(1);
        if (name.empty()) return "UTC";  // as the C library takes it
        if (is_plausible(name)) return std::string(name);
    }
    return linked_zone(link);
}

}  // namespace kaizen::ctl
