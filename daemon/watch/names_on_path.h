#pragma once

// Walks an absolute path as the kernel would, links included, and calls `visit` for each name before it is
// looked up: where one of these names comes, goes or changes, the path may lead elsewhere. Ends at the first
// name that does not exist, or when `visit` says so by returning false.

#include <functional>
#include <string>

namespace kaizen::watch {

void visit_names_on_path(
    const std::string& path,
    const std::function<bool(const std::string& directory, const std::string& name)>& visit);

}  // namespace kaizen::watch
