#include "daemon/flush/excerpt.h"

#include <gtest/gtest.h>

#include "common/text.h"

namespace kaizen::flush {
namespace {

TEST(Excerpt, is_one_bounded_line_without_control_characters) {
    EXPECT_EQ(excerpt("no such\r\n\tfield", 100), "no such field");
    EXPECT_EQ(excerpt("\x1b[2Jred\x7f", 100), "red");
    EXPECT_EQ(excerpt("a\xc2\x9b"
                      "31mb \xc2\xa7",
                      100),
              "a31mb \xc2\xa7");
    EXPECT_EQ(excerpt("caf\xc3\xa9", 4), "caf");
    EXPECT_EQ(excerpt(std::string(1 << 20, 'x'), 10).size(), 10U);
    EXPECT_EQ(excerpt(std::string_view("a\0b", 3), 10), "ab");
    EXPECT_EQ(excerpt("to \u202emoc.live\u202c\u2066\u200f\u200b\ufeff\u2028next", 100), "to moc.live next");
    EXPECT_TRUE(is_utf8(excerpt("\xff\xfe text \xc3", 100)));
}

}  // namespace
}  // namespace kaizen::flush
