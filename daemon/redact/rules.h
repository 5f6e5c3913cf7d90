#pragma once

// The one list of rules. A token that several rules find goes by the widest finding, then by the earlier
// rule.

#include <span>
#include <string_view>
#include <vector>

#include "daemon/redact/rule.h"

namespace kaizen::redact {

[[nodiscard]] std::vector<Rule> all_rules();

// The parts of it, by topic.
[[nodiscard]] std::span<const Rule> cloud_rules();
[[nodiscard]] std::span<const Rule> code_rules();     // git hosts, builds, packages
[[nodiscard]] std::span<const Rule> model_rules();    // model providers and their tools
[[nodiscard]] std::span<const Rule> service_rules();  // chat, mail, payment, monitoring, business
[[nodiscard]] std::span<const Rule> shape_rules();    // key blocks, HTTP, URLs, names with values
[[nodiscard]] std::span<const Rule> person_rules();   // persons and places

// Rules for values that are known only at run time (find_word).
inline constexpr std::string_view kUserRule = "user";
inline constexpr std::string_view kHostRule = "host";
inline constexpr std::string_view kPersonRule = "person";

}  // namespace kaizen::redact
