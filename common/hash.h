#pragma once

// FNV-1a, 64 bit: identities inside one machine's own files (is this still the file that was read, was this
// record seen). Not for anything that leaves the machine: those hashes are salted BLAKE3.

#include <cstdint>
#include <string_view>

namespace kaizen {

inline constexpr std::uint64_t kHashSeed = 0xcbf29ce484222325ULL;

[[nodiscard]] constexpr std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = kHashSeed) {
    std::uint64_t hash = seed;
    for (const char c : bytes) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3ULL;
    }
    return hash;
}

// For a number in the chain: hash64(name, hash64(index)).
[[nodiscard]] constexpr std::uint64_t hash64(std::uint64_t number, std::uint64_t seed = kHashSeed) {
    std::uint64_t hash = seed;
    for (int shift = 0; shift < 64; shift += 8) {
        hash ^= (number >> shift) & 0xff;
        hash *= 0x100000001b3ULL;
    }
    return hash;
}

}  // namespace kaizen
