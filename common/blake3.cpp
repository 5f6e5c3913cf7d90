#include "common/blake3.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace kaizen {
namespace {

using Words = std::array<std::uint32_t, 8>;
using Block = std::array<std::uint32_t, 16>;

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kBlocksPerChunk = 16;

constexpr Words kInitial = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                            0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
constexpr std::array<std::size_t, 16> kPermutation = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

constexpr std::uint32_t kChunkStart = 1;
constexpr std::uint32_t kChunkEnd = 2;
constexpr std::uint32_t kParent = 4;
constexpr std::uint32_t kRoot = 8;

void mix(Block& v, std::size_t a, std::size_t b, std::size_t c, std::size_t d, std::uint32_t x,
         std::uint32_t y) {
    v[a] = v[a] + v[b] + x;
    v[d] = std::rotr(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 12);
    v[a] = v[a] + v[b] + y;
    v[d] = std::rotr(v[d] ^ v[a], 8);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 7);
}

void mix_columns_and_diagonals(Block& v, const Block& m) {
    mix(v, 0, 4, 8, 12, m[0], m[1]);
    mix(v, 1, 5, 9, 13, m[2], m[3]);
    mix(v, 2, 6, 10, 14, m[4], m[5]);
    mix(v, 3, 7, 11, 15, m[6], m[7]);
    mix(v, 0, 5, 10, 15, m[8], m[9]);
    mix(v, 1, 6, 11, 12, m[10], m[11]);
    mix(v, 2, 7, 8, 13, m[12], m[13]);
    mix(v, 3, 4, 9, 14, m[14], m[15]);
}

// The first half of the state is all that a 32-byte hash needs, for inner nodes and for the root alike.
Words compress(const Words& chain, Block block, std::uint64_t counter, std::uint32_t length,
               std::uint32_t flags) {
    Block v = {chain[0],
               chain[1],
               chain[2],
               chain[3],
               chain[4],
               chain[5],
               chain[6],
               chain[7],
               kInitial[0],
               kInitial[1],
               kInitial[2],
               kInitial[3],
               static_cast<std::uint32_t>(counter),
               static_cast<std::uint32_t>(counter >> 32),
               length,
               flags};
    for (int round = 0; round < 7; ++round) {
        mix_columns_and_diagonals(v, block);
        Block permuted;
        for (std::size_t i = 0; i < block.size(); ++i) permuted[i] = block[kPermutation[i]];
        block = permuted;
    }
    Words out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = v[i] ^ v[i + 8];
    return out;
}

Block little_endian_words(const std::array<std::uint8_t, kBlockBytes>& bytes) {
    Block words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = std::uint32_t{bytes[4 * i]} | std::uint32_t{bytes[4 * i + 1]} << 8 |
                   std::uint32_t{bytes[4 * i + 2]} << 16 | std::uint32_t{bytes[4 * i + 3]} << 24;
    }
    return words;
}

Words parent(const Words& left, const Words& right, std::uint32_t root_flag) {
    Block block;
    std::copy(left.begin(), left.end(), block.begin());
    std::copy(right.begin(), right.end(), block.begin() + 8);
    return compress(kInitial, block, 0, kBlockBytes, kParent | root_flag);
}

}  // namespace

Blake3::Words Blake3::start() { return kInitial; }

void Blake3::update(std::string_view bytes) {
    while (!bytes.empty()) {
        if (block_used_ == kBlockBytes) close_block();  // only now: the last block of all is closed by digest
        const std::size_t n = std::min(kBlockBytes - block_used_, bytes.size());
        std::memcpy(block_.data() + block_used_, bytes.data(), n);
        block_used_ += n;
        bytes.remove_prefix(n);
    }
}

void Blake3::close_block() {
    if (blocks_closed_ + 1 == kBlocksPerChunk) {
        close_chunk();
        return;
    }
    chain_ = compress(chain_, little_endian_words(block_), chunks_closed_, kBlockBytes,
                      blocks_closed_ == 0 ? kChunkStart : 0);
    ++blocks_closed_;
    block_used_ = 0;
    block_.fill(0);
}

void Blake3::close_chunk() {
    Words right = compress(chain_, little_endian_words(block_), chunks_closed_, kBlockBytes, kChunkEnd);
    ++chunks_closed_;
    for (std::uint64_t chunks = chunks_closed_; (chunks & 1) == 0; chunks >>= 1)
        right = parent(left_trees_[--left_tree_count_], right, 0);
    left_trees_[left_tree_count_++] = right;
    chain_ = start();
    blocks_closed_ = 0;
    block_used_ = 0;
    block_.fill(0);
}

std::array<std::uint8_t, 32> Blake3::digest() const {
    const std::uint32_t chunk_flags = (blocks_closed_ == 0 ? kChunkStart : 0) | kChunkEnd;
    std::size_t trees = left_tree_count_;
    Words root = compress(chain_, little_endian_words(block_), chunks_closed_,
                          static_cast<std::uint32_t>(block_used_), chunk_flags | (trees == 0 ? kRoot : 0));
    while (trees > 0) {
        --trees;
        root = parent(left_trees_[trees], root, trees == 0 ? kRoot : 0);
    }
    std::array<std::uint8_t, 32> out;
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::uint8_t>(root[i / 4] >> (8 * (i % 4)));
    return out;
}

std::string Blake3::hex() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest()) text.append({kDigits[byte >> 4], kDigits[byte & 15]});
    return text;
}

}  // namespace kaizen
