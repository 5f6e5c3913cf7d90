#pragma once

// Makes secrets and persons out of shapes, at run time and from a seed, so that none stands in the
// repository.
//
// A shape is text with {…} in it: a class and how many of it ({a30}, {u90-110}), or something made as a
// whole. Classes: a letters and digits, w the same and _, u base64url, b base64, l letters, d digits, h hex,
// H HEX, L a-z0-9, U A-Z0-9, y a-z2-7, z A-Z2-7, c bech32 in upper case. Whole: {uuid} {jwt} {json} {b64} (a
// line of base64) {user-pass} {wrapped-key} {discord} {card} {card-spaced} {card-joined} {iban} {ipv4} {ipv6}
// {mac} {mac-dashed}, and checksums of what stands before them: {crc62} {crc36} {len36} {crcle} {crcb64}
// {crchex}.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace kaizen::test {

class Shapes {
  public:
    explicit Shapes(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] std::string make(std::string_view shape);

    // Of the last make(): from the first made part to the last, without the text around them.
    [[nodiscard]] const std::string& made() const { return made_; }

    // One of each of the shapes between " | ".
    [[nodiscard]] std::vector<std::string> make_all(std::string_view shapes);

    [[nodiscard]] std::size_t below(std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
    }
    [[nodiscard]] std::string some(std::string_view bytes, std::size_t count);

    template <class T>
    [[nodiscard]] const T& one_of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }

  private:
    [[nodiscard]] std::string part(std::string_view name, const std::string& so_far);
    [[nodiscard]] std::string checksum(std::string_view name, const std::string& so_far);
    [[nodiscard]] std::string person(std::string_view name);
    [[nodiscard]] std::string card(const std::string& gap);
    [[nodiscard]] std::string iban();

    std::mt19937_64 random_;
    std::string made_;
};

}  // namespace kaizen::test
