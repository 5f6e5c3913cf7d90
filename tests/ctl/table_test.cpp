#include "ctl/table.h"

#include <gtest/gtest.h>

namespace kaizen::ctl {
namespace {

Look wide(int width) {
    Look look;
    look.width = width;
    return look;
}

Table sample() {
    Table table({{"ID"}, {"TITLE", false, 0, 60, 8}, {"MODEL", false, 2}, {"COST", true, 1}});
    table.add({{"1b3e"}, {"日本語 title"}, {"opus"}, {"$4.12"}});
    table.add({{"019c"}, {"short"}, {"–"}, {"–"}});
    return table;
}

TEST(Table, aligns_by_columns_not_by_bytes) {
    EXPECT_EQ(sample().text(wide(80)),
              "ID    TITLE         MODEL   COST\n"
              "1b3e  日本語 title  opus   $4.12\n"
              "019c  short         –          –\n");
}

TEST(Table, cuts_the_growing_column_before_others_leave) {
    EXPECT_EQ(sample().text(wide(29)),
              "ID    TITLE      MODEL   COST\n"
              "1b3e  日本語 t…  opus   $4.12\n"
              "019c  short      –          –\n");
}

TEST(Table, drops_columns_in_the_order_they_say) {
    EXPECT_EQ(sample().text(wide(24)),
              "ID    TITLE         COST\n"
              "1b3e  日本語 tit…  $4.12\n"
              "019c  short            –\n");
    EXPECT_EQ(sample().text(wide(14)),
              "ID    TITLE\n"
              "1b3e  日本語…\n"
              "019c  short\n");
}

TEST(Table, leaves_out_what_is_unknown_everywhere) {
    Table table({{"ID"}, {"COST", true, 1}, {"LAST"}});
    table.add({{"1b3e"}, {"–"}, {"–"}});
    EXPECT_EQ(table.text(wide(80)), "ID    LAST\n1b3e  –\n");
}

TEST(Table, puts_the_total_below_a_rule_as_wide_as_the_table) {
    Table table({{"DAY"}, {"COST", true}, {""}});
    table.add({{"Mon"}, {"$1.20+"}, {"██"}});
    table.add({{"Tue"}, {"$4.12 "}, {""}});
    table.set_total({{"Total"}, {"$1,005.32+"}, {""}});
    EXPECT_EQ(table.text(wide(80)),
              "DAY          COST\n"
              "Mon        $1.20+  ██\n"
              "Tue        $4.12\n"
              "─────────────────────\n"
              "Total  $1,005.32+\n");
}

TEST(Table, colours_cells_and_not_their_padding) {
    Look look = wide(40);
    look.colour = true;
    Table table({{"", false}, {"", true}});
    table.add({{"ok", Style::green}, {"1"}});
    table.add({{"bad", Style::red}, {"10"}});
    EXPECT_EQ(table.text(look), "\x1b[32mok\x1b[0m    1\n\x1b[31mbad\x1b[0m  10\n");
}

}  // namespace
}  // namespace kaizen::ctl
