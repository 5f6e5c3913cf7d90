#include "tests/support/temp_dir.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "common/unique_fd.h"

namespace kaizen::test {
namespace fs = std::filesystem;

TempDir::TempDir() {
    std::string name = (fs::temp_directory_path() / "kaizen-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
    path_ = fs::canonical(name).string();
}

TempDir::~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

namespace {

void write_all(const std::string& path, std::string_view content, int flags) {
    fs::create_directories(fs::path(path).parent_path());
    const UniqueFd fd(::open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    if (!fd) throw std::system_error(errno, std::generic_category(), path);
    while (!content.empty()) {
        const ssize_t n = ::write(fd.get(), content.data(), content.size());
        if (n < 0) throw std::system_error(errno, std::generic_category(), path);
        content.remove_prefix(static_cast<std::size_t>(n));
    }
}

}  // namespace

void write_file(const std::string& path, std::string_view content) { write_all(path, content, O_TRUNC); }
void append_file(const std::string& path, std::string_view content) { write_all(path, content, O_APPEND); }

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string corpus_dir() {
    const std::string path = std::string(KAIZEN_SOURCE_DIR) + "/../shared/corpus";
    return fs::is_directory(path) ? fs::canonical(path).string() : std::string();
}

std::string fixtures_dir() { return std::string(KAIZEN_SOURCE_DIR) + "/tests/fixtures"; }

}  // namespace kaizen::test
