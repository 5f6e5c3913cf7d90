// Characters at the edges of what goes.

#include <gtest/gtest.h>

#include "common/text.h"
#include "tests/redact/redaction.h"

namespace kaizen::test {
namespace {

std::string times(std::string_view unit, std::size_t count) {
    std::string out;
    for (; count > 0; --count) out += unit;
    return out;
}

TEST(Bounds, findings_end_between_characters) {
    const std::string cjk = times("\xE6\xBC\xA2", 2000);
    for (const std::string& text :
         {"/home/" + cjk, "/home/ada/" + cjk, "C:\\Users\\" + cjk + "\\x", "~ada/" + cjk, "PASSWORD=a1" + cjk,
          "password=\"a1" + cjk + "\"", "Cookie: a=b1" + cjk + times(cjk, 2),
          "postgres://app:a" + cjk + "@h/x", "db:5432:app:app:s1" + cjk, "curl -u ada:a1" + cjk}) {
        ASSERT_TRUE(is_utf8(text));
        const std::string out = redacted(text);
        EXPECT_TRUE(is_utf8(out)) << text.substr(0, 32);
    }
}

}  // namespace
}  // namespace kaizen::test
