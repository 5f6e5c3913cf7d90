#pragma once

// What people are told of a database that cannot be used at present, or was rebuilt. Pure.

#include <string>
#include <vector>

#include "daemon/status.h"
#include "daemon/store/aside.h"
#include "daemon/store/fault.h"

namespace kaizen {

struct StoreTrouble {
    store::Fault fault = store::Fault::other;
    std::string why;
};

// Whether it may pass while we wait: then opening the database is tried again.
[[nodiscard]] bool may_pass(store::Fault fault);

[[nodiscard]] std::string describe(const StoreTrouble& trouble, const std::string& database);
void add_store_trouble(Health& health, const StoreTrouble& trouble, const std::string& database);
void add_rebuilt_health(Health& health, const std::vector<store::Aside>& damaged);

}  // namespace kaizen
