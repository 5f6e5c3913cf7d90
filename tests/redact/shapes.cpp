#include "tests/redact/shapes.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "daemon/redact/checksums.h"

namespace kaizen::test {
namespace {

using redact::crc32;
using redact::encode_base64;

const std::string kDigits = "0123456789";
const std::string kLower = "abcdefghijklmnopqrstuvwxyz";
const std::string kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::map<char, std::string> kClasses = {
    {'a', kDigits + kLower + kUpper},
    {'w', kDigits + kLower + kUpper + "_"},
    {'u', kDigits + kLower + kUpper + "_-"},
    {'b', kDigits + kLower + kUpper + "+/"},
    {'l', kLower + kUpper},
    {'d', kDigits},
    {'h', kDigits + "abcdef"},
    {'H', kDigits + "ABCDEF"},
    {'L', kDigits + kLower},
    {'U', kDigits + kUpper},
    {'y', kLower + "234567"},
    {'z', kUpper + "234567"},
    {'c', "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"},
};

std::string base64url(std::string text) {
    text = encode_base64(text);
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text.substr(0, text.find('='));
}

std::string without_last(const std::string& text) { return text.substr(0, text.size() - 1); }

}  // namespace

std::string Shapes::some(std::string_view bytes, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(bytes[below(bytes.size())]);
    return out;
}

std::string Shapes::make(std::string_view shape) {
    std::string out;
    std::size_t first = std::string::npos;
    std::size_t last = 0;
    while (!shape.empty()) {
        const std::size_t open = shape.find('{');
        out.append(shape.substr(0, open));
        if (open == std::string_view::npos) break;
        const std::size_t close = shape.find('}', open);
        first = std::min(first, out.size());
        out.append(part(shape.substr(open + 1, close - open - 1), out));
        last = out.size();
        shape.remove_prefix(close + 1);
    }
    made_ = out.substr(std::min(first, out.size()), last - std::min(first, last));
    return out;
}

std::vector<std::string> Shapes::make_all(std::string_view shapes) {
    std::vector<std::string> out;
    while (!shapes.empty()) {
        const std::size_t bar = shapes.find(" | ");
        out.push_back(make(shapes.substr(0, bar)));
        if (bar == std::string_view::npos) break;
        shapes.remove_prefix(bar + 3);
    }
    return out;
}

std::string Shapes::part(std::string_view name, const std::string& so_far) {
    if (name.size() > 1 && kClasses.contains(name[0]) && name[1] >= '0' && name[1] <= '9' && name != "b64") {
        const std::string counts(name.substr(1));
        const std::size_t dash = counts.find('-');
        const std::size_t low = std::stoul(counts);
        const std::size_t high = dash == std::string::npos ? low : std::stoul(counts.substr(dash + 1));
        return some(kClasses.at(name[0]), low + below(high - low + 1));
    }
    if (name == "b64") return some(kClasses.at('b'), 64);
    if (name == "uuid") return make("{h8}-{h4}-4{h3}-a{h3}-{h12}");
    if (name == "json") return base64url(R"({"u":")" + make("{L12}") + R"(","a":")" + make("{L24}") + "\"}");
    if (name == "user-pass") return encode_base64(make("{L8}:{a14}"));
    if (name == "discord") return base64url(some("123456789", 1) + make("{d17}"));
    if (name == "wrapped-key")
        return encode_base64(
            make("-----BEGIN EC PRIVATE KEY-----\n{b64}\n{b64}\n-----END EC PRIVATE KEY-----\n"));
    if (name == "jwt") {
        const std::string header =
            one_of<std::string>({"HS256\",\"typ\":\"JWT", "RS256\",\"kid\":\"x1", "ES256"});
        const std::string payload = R"({"sub":")" + some(kClasses.at('L'), 12) + R"(","exp":1764000000})";
        return base64url(R"({"alg":")" + header + "\"}") + "." + base64url(payload) + "." +
               some(kClasses.at('u'), 43);
    }
    const std::string sum = checksum(name, so_far);
    return sum.empty() ? person(name) : sum;
}

std::string Shapes::checksum(std::string_view name, const std::string& so_far) {
    if (name == "crc62") return redact::in_base(crc32(so_far.substr(so_far.find('_') + 1)), 62, 6);
    if (name == "crc36") return redact::in_base(crc32(so_far), 36, 7);
    if (name == "len36") return redact::in_base(static_cast<std::uint32_t>(so_far.find(".01.") - 6), 36, 2);
    if (name == "crcle") return redact::little_endian_hex(crc32(without_last(so_far)));
    if (name == "crcb64") return redact::little_endian_base64(crc32(so_far));
    if (name == "crchex") return fmt::format("{:08x}", crc32(without_last(so_far)));
    return {};
}

std::string Shapes::person(std::string_view name) {
    if (name == "card") return card("");
    if (name == "card-spaced") return card(one_of<std::string>({" ", "-"}));
    if (name == "card-joined") return card(one_of<std::string>({"+", "%20"}));
    if (name == "iban") return iban();
    if (name == "ipv4") {
        const std::size_t first = one_of<std::size_t>({5, 18, 34, 52, 81, 93, 104, 142, 185, 217});
        return fmt::format("{}.{}.{}.{}", first, below(256), below(256), 1 + below(254));
    }
    if (name == "ipv6") return make("2a0") + some("0123456789", 1) + make(":{h4}:a{h3}:{h4}::{h2}f:b{h2}");
    if (name == "mac") return make("3c:{h2}:{h2}:{h2}:{h2}:e{h1}");
    if (name == "mac-dashed") return make("3C-{H2}-{H2}-{H2}-{H2}-E{H1}");
    throw std::invalid_argument("no shape is called " + std::string(name));
}

std::string Shapes::card(const std::string& gap) {
    std::string digits = one_of<std::string>({"4", "51", "55", "2221", "6011", "65"});
    while (digits.size() < 15) digits += some(kDigits, 1);
    for (char last = '0'; last <= '9'; ++last) {
        if (!redact::luhn_holds(digits + last)) continue;
        digits.push_back(last);
        break;
    }
    return digits.substr(0, 4) + gap + digits.substr(4, 4) + gap + digits.substr(8, 4) + gap +
           digits.substr(12);
}

std::string Shapes::iban() {
    const std::string account = make("{d18}");
    for (int check = 2; check <= 98; ++check) {
        const std::string iban = fmt::format("DE{:02}{}", check, account);
        if (redact::mod97_holds(iban)) return iban;
    }
    throw std::logic_error("every account has check digits");
}

}  // namespace kaizen::test
