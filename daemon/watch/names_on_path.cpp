#include "daemon/watch/names_on_path.h"

#include <filesystem>
#include <system_error>
#include <vector>

namespace kaizen::watch {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // what the kernel allows, too

// Last name first, so that the next one is at the back.
void push_names(std::vector<fs::path>& names, const fs::path& path) {
    const fs::path relative = path.relative_path();
    const std::vector<fs::path> in_order(relative.begin(), relative.end());
    names.insert(names.end(), in_order.rbegin(), in_order.rend());
}

}  // namespace

void visit_names_on_path(
    const std::string& path,
    const std::function<bool(const std::string& directory, const std::string& name)>& visit) {
    fs::path directory = "/";
    std::vector<fs::path> names;
    push_names(names, path);
    for (int links = 0; !names.empty();) {
        const fs::path name = names.back();
        names.pop_back();
        if (name.empty() || name == ".") continue;
        if (name == "..") {
            directory = directory.parent_path();  // that of "/" is "/"
            continue;
        }
        if (!visit(directory.string(), name.string())) return;
        std::error_code error;
        const fs::file_status status = fs::symlink_status(directory / name, error);
        if (!fs::exists(status)) return;
        if (!fs::is_symlink(status)) {
            directory /= name;
            continue;
        }
        const fs::path target = fs::read_symlink(directory / name, error);
        if (error || ++links > kMaxLinks) return;
        if (target.is_absolute()) directory = "/";
        push_names(names, target);
    }
}

}  // namespace kaizen::watch
