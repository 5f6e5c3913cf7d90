#pragma once

// BLAKE3, unkeyed, 32 bytes: the hash under which identities leave the machine (salt first, then the text).
// Written from the public specification, portable, one lane. Any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kaizen {

class Blake3 {
  public:
    void update(std::string_view bytes);

    // Of everything so far; more may follow.
    [[nodiscard]] std::array<std::uint8_t, 32> digest() const;
    [[nodiscard]] std::string hex() const;

  private:
    using Words = std::array<std::uint32_t, 8>;
    static constexpr std::size_t kMaxLevels = 54;  // 2^54 chunks of 1 KiB are 2^64 bytes

    static Words start();
    void close_block();
    void close_chunk();

    Words chain_ = start();  // of the open chunk
    std::array<std::uint8_t, 64> block_{};
    std::size_t block_used_ = 0;
    std::size_t blocks_closed_ = 0;  // in the open chunk
    std::uint64_t chunks_closed_ = 0;
    std::array<Words, kMaxLevels> left_trees_{};  // one per set bit of chunks_closed_, the largest first
    std::size_t left_tree_count_ = 0;
};

}  // namespace kaizen
