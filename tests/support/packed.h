#pragma once

// Text as agents compress it.

#include <zstd.h>

#include <stdexcept>
#include <string>

namespace kaizen::test {

[[nodiscard]] inline std::string packed(const std::string& text) {
    std::string bytes(ZSTD_compressBound(text.size()), '\0');
    const std::size_t size = ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3);
    if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
    bytes.resize(size);
    return bytes;
}

}  // namespace kaizen::test
