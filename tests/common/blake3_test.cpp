#include "common/blake3.h"

#include <gtest/gtest.h>

#include <map>

namespace kaizen::test {
namespace {

std::string counting_bytes(std::size_t n) {
    std::string bytes;
    for (std::size_t i = 0; i < n; ++i) bytes.push_back(static_cast<char>(i % 251));
    return bytes;
}

std::string hash_of(std::string_view bytes) {
    Blake3 hash;
    hash.update(bytes);
    return hash.hex();
}

// Input byte i is i mod 251, as in the official vectors.
const std::map<std::size_t, std::string> kOfCountingBytes = {
    {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
    {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
    {63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b"},
    {64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"},
    {65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"},
    {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
    {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
    {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
    {2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"},
    {2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"},
    {3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"},
    {4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"},
    {31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"},
    {102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"},
};

TEST(Blake3, gives_the_official_hashes_of_counting_bytes) {
    for (const auto& [length, expected] : kOfCountingBytes)
        EXPECT_EQ(hash_of(counting_bytes(length)), expected) << length;
}

TEST(Blake3, gives_the_same_in_pieces_of_any_size) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{65},
                                    std::size_t{1000}, std::size_t{1024}, std::size_t{5000}}) {
        const std::string bytes = counting_bytes(31744);
        Blake3 hash;
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            hash.update(std::string_view(bytes).substr(at, piece));
        EXPECT_EQ(hash.hex(), kOfCountingBytes.at(31744)) << piece;
    }
}

TEST(Blake3, goes_on_after_a_digest) {
    Blake3 hash;
    hash.update(counting_bytes(1024));
    EXPECT_EQ(hash.hex(), kOfCountingBytes.at(1024));
    hash.update(counting_bytes(2049).substr(1024));
    EXPECT_EQ(hash.hex(), kOfCountingBytes.at(2049));
}

TEST(Blake3, gives_the_hashes_of_the_wire_contract) {
    const std::map<std::string, std::string> salted = {
        {"", "2ada83c1819a5372dae1238fc1ded123c8104fdaa15862aaee69428a1820fcda"},
        {"/Users/alice/proj", "6fa159d0bf044404f1dd66430bf2038a1f2d7315ba03683111f396b340a0e216"},
        {"5b1c9f0e-1111-2222-3333-444455556666",
         "751d42cd984d95a781f682655bba145de0e9ac814c2a59c7fe83b784cfe0708d"},
        {"toolu_01", "45967b25ebdb605490bf2ba17f18d7babdd84ff7062d7c6389d24758277417e4"},
        {"path:src/main.rs", "6ac9f506b2e0264edf78771a0e108ee7b1b97aa7f48304a32d59487ac5df76c0"},
        {"commit:0123456789abcdef0123456789abcdef01234567",
         "c37fdb4ae62e300f6da3d974e9a39d53ea71dfa6ea4b4447d2633ac5da66acec"},
        {"slug:tdd", "8600f95193ee9e30dd65e8bdd236ffad26be15c1d125d5d94b41d773a9784f48"},
        {"rule:code-quality", "3f7e08785622c4a268ba9f019a2618efba7c2e5c983cf8ad03acec468b295d05"},
    };
    for (const auto& [text, expected] : salted) {
        Blake3 hash;
        hash.update(std::string(32, '\0'));
        hash.update(text);
        EXPECT_EQ(hash.hex(), expected) << text;
    }
}

}  // namespace
}  // namespace kaizen::test
