#include "daemon/ingest/git_remote.h"

#include <filesystem>

#include "common/small_file.h"
#include "common/text.h"
#include "daemon/ingest/git_directory.h"

namespace kaizen::ingest {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    const auto read = read_small_file(file.string());
    return read && *read ? (*read)->text : std::string();
}

std::string_view unquoted(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return value.substr(1, value.size() - 2);
    return value;
}

}  // namespace

std::optional<std::string> git_remote(const std::string& root) {
    const auto directory = git_directory(root);
    if (!directory) return std::nullopt;
    const std::string config = text_of(fs::path(directory->common) / "config");
    bool in_origin = false;
    for (const std::string_view raw : split(config, '\n')) {
        const std::string_view line = trim(raw);
        if (line.starts_with('[')) in_origin = line == R"([remote "origin"])";
        const std::size_t equals = line.find('=');
        if (!in_origin || equals == std::string_view::npos || trim(line.substr(0, equals)) != "url") continue;
        return std::string(unquoted(trim(line.substr(equals + 1))));
    }
    return std::nullopt;
}

}  // namespace kaizen::ingest
