#pragma once

// What the fuzz targets share: input that is taken apart, files that exist in memory only, and claims.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/unique_fd.h"

namespace kaizen::fuzz {

// Ends the process, and so tells the fuzzer, when `holds` is false.
inline void claim(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

// Takes bytes off the front.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    std::size_t number() { return byte() * std::size_t{256} + byte(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

// A regular file with a name, but on no disk.
class MemoryFile {
  public:
    MemoryFile() : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {}

    void replace(std::string_view bytes) {
        claim(::ftruncate(fd_.get(), 0) == 0, "a file can be emptied");
        size_ = 0;
        append(bytes);
    }
    void append(std::string_view bytes) {
        const ssize_t written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), size_);
        claim(written == static_cast<ssize_t>(bytes.size()), "a file can be written");
        size_ += written;
    }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

  private:
    UniqueFd fd_;
    off_t size_ = 0;
};

}  // namespace kaizen::fuzz
