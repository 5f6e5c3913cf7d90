#include "daemon/export/member.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "common/small_file.h"
#include "common/text.h"

namespace kaizen::exporting {
namespace {

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// machine-id(5): not to be shown to others as it is.
std::string machine_id() {
    const auto file = read_small_file("/etc/machine-id");
    std::string id = file && *file ? std::string(trim((*file)->text)) : "";
    return id.empty() ? host_name() : id;
}

}  // namespace

std::string member_of(const proto::TeamHash& hash, std::string_view machine, unsigned user) {
    return hash.of(fmt::format("member:{}:{}", machine, user));
}

std::string local_member(const proto::TeamHash& hash) { return member_of(hash, machine_id(), ::getuid()); }

}  // namespace kaizen::exporting
