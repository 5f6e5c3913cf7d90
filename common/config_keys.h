#pragma once

// The table of configuration keys: what config.cpp reads by, and the report prints by. A new key is one row
// here and one member in config.h. Only for config*.cpp and the manual's page about it.

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/config.h"

namespace kaizen {

using StringList = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;

// Where a key lands. The alternative is the type of the key.
template <class Owner>
using Slot = std::variant<bool& (*)(Owner&), std::int64_t& (*)(Owner&), double& (*)(Owner&),
                          std::string& (*)(Owner&), StringList& (*)(Owner&), StringMap& (*)(Owner&)>;

enum class Form {
    any,
    path,   // absolute once "~" is resolved
    glob,   // "~/" is resolved
    url,    // http or https, without a user or password in it
    hex64,  // 64 hexadecimal digits
};

struct Rule {
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    std::string_view choices = {};  // separated by spaces; for a list: of every element
    Form form = Form::any;          // an empty text always passes: it means "none"
    bool required = false;          // in a table of a list: neither absent nor empty
    bool secret = false;
    std::string_view only_for = {};  // the types of exporter that have this key, separated by spaces
};

template <class Owner>
struct Key {
    std::string_view section;
    std::string_view name;
    std::string_view help;  // a sentence, for the manual
    Slot<Owner> slot;
    Rule rule = {};
};

[[nodiscard]] const std::vector<Key<Config>>& config_keys();
[[nodiscard]] const std::vector<Key<WatchRoot>>& watch_root_keys();
[[nodiscard]] const std::vector<Key<ExportTarget>>& export_target_keys();
[[nodiscard]] const std::vector<Key<RedactRule>>& redact_rule_keys();

// Calls visit(keys, elements) for each list of tables.
template <class Visit>
void for_each_list(Config& config, Visit&& visit) {
    visit(watch_root_keys(), config.watch.roots);
    visit(export_target_keys(), config.exporters.to);
    visit(redact_rule_keys(), config.redact.rules);
}

template <class Owner>
[[nodiscard]] bool applies(const Rule&, const Owner&) {
    return true;
}
[[nodiscard]] bool applies(const Rule& rule, const ExportTarget& target);

// Why the value breaks the rule, for people ("is not one of ..."); empty when it does not. Never holds the
// value of a secret.
[[nodiscard]] std::string complaint(const Rule& rule, bool value);
[[nodiscard]] std::string complaint(const Rule& rule, std::int64_t value);
[[nodiscard]] std::string complaint(const Rule& rule, double value);
[[nodiscard]] std::string complaint(const Rule& rule, const std::string& value);
[[nodiscard]] std::string complaint(const Rule& rule, const StringList& value);
[[nodiscard]] std::string complaint(const Rule& rule, const StringMap& value);

// Every setting, in the order of the tables. `origins` by label ("sync.endpoint", "watch.root[1].path"); a
// default has none.
[[nodiscard]] std::vector<Setting> describe(Config& config,
                                            const std::map<std::string, std::string>& origins);

}  // namespace kaizen
