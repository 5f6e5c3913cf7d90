#include "daemon/redact/rules.h"

namespace kaizen::redact {

std::vector<Rule> all_rules() {
    std::vector<Rule> rules;
    for (const std::span<const Rule> part :
         {model_rules(), cloud_rules(), code_rules(), service_rules(), shape_rules(), person_rules()})
        rules.insert(rules.end(), part.begin(), part.end());
    return rules;
}

}  // namespace kaizen::redact
