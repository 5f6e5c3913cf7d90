#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <string_view>

#include "common/processes.h"
#include "common/text.h"
#include "common/unique_fd.h"

namespace kaizen {
namespace {

constexpr std::size_t kMostProcesses = 4096;
constexpr std::chrono::milliseconds kLongest{200};
constexpr std::size_t kNameBytes = 4096;
constexpr std::size_t kEnvironmentBytes = std::size_t{128} * 1024;

std::optional<std::string> front_of(const std::string& file, std::size_t most) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return std::nullopt;
    std::string text(most, '\0');
    std::size_t filled = 0;
    while (filled < most) {
        const ssize_t size = ::read(fd.get(), text.data() + filled, most - filled);
        if (size < 0 && filled == 0) return std::nullopt;
        if (size <= 0) break;
        filled += static_cast<std::size_t>(size);
    }
    text.resize(filled);
    return text;
}

std::vector<std::string> names_of(const std::string& process) {
    std::vector<std::string> names;
    const std::string called = front_of(process + "/comm", kNameBytes).value_or("");
    names.emplace_back(trim(called));
    const std::string line = front_of(process + "/cmdline", kNameBytes).value_or("");
    for (const std::string_view word : split(line, '\0')) {
        if (names.size() == 3) break;
        names.emplace_back(word.substr(word.rfind('/') + 1));  // all of it without one
    }
    return names;
}

std::int64_t number_in(std::string_view name) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    return error == std::errc() && end == name.data() + name.size() ? number : 0;
}

}  // namespace

void visit_own_processes(const std::function<void(const OwnProcess&)>& visit) {
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir("/proc"), ::closedir);
    std::size_t visited = 0;
    while (const dirent* entry = all ? ::readdir(all.get()) : nullptr) {
        OwnProcess process;
        process.pid = number_in(entry->d_name);
        if (process.pid == 0 || process.pid == ::getpid()) continue;
        if (++visited > kMostProcesses || std::chrono::steady_clock::now() > deadline) return;
        const std::string place = std::string("/proc/") + entry->d_name;
        struct stat info {};
        if (::stat(place.c_str(), &info) != 0 || info.st_uid != ::geteuid()) continue;
        process.names = names_of(place);
        process.environment = front_of(place + "/environ", kEnvironmentBytes);
        visit(process);
    }
}

}  // namespace kaizen
