#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/parse/event_text.h"

namespace kaizen::parse {
namespace {

std::string prompt(std::string_view text) {
    return fmt::format(R"({{"role":"user","message":{{"content":[{{"type":"text","text":"{}"}}]}}}})", text);
}

std::string time_of(std::string_view written) {
    ParsedLine out;
    test::parser_for("cursor")->parse(
        prompt(fmt::format("<timestamp>{}</timestamp><user_query>x</user_query>", written)), out);
    const auto at = out.events.at(0).at;
    return at ? format_iso8601(*at) : "none";
}

TEST(Cursor, written_times_are_local_english_minutes) {
    EXPECT_EQ(time_of("Thursday, Aug 27, 2026, 4:38 PM (UTC+4)"), "2026-08-27T12:38:00.000Z");
    EXPECT_EQ(time_of("Thursday, Aug 27, 2026, 12:00 AM (UTC)"), "2026-08-27T00:00:00.000Z");
    EXPECT_EQ(time_of("Thursday, Aug 27, 2026, 12:30 PM (UTC-3:30)"), "2026-08-27T16:00:00.000Z");
    for (const char* odd : {"", "yesterday", "Thursday, Abc 27, 2026, 4:38 PM (UTC+4)",
                            "Monday, Feb 30, 2026, 4:38 PM (UTC)", "Thursday, Aug 27, 2026, 14:38 PM (UTC)",
                            "Thursday, Aug 27, 2026, 4:38 PM (CET)", "Thursday, Aug 27, 1999, 4:38 PM (UTC)",
                            "Thursday, Aug 27, 2026, 4:38 PM (UTC+99)", "a, b 1, 2, 3:4 AM (UTC) and more"}) {
        EXPECT_EQ(time_of(odd), "none") << odd;
    }
}

TEST(Cursor, a_time_holds_until_the_next_one) {
    const auto parser = test::parser_for("cursor");
    ParsedLine out;
    parser->parse(prompt("first"), out);
    EXPECT_FALSE(out.events.at(0).at);
    parser->parse(prompt("<timestamp>Thursday, Aug 27, 2026, 4:38 PM (UTC+4)</timestamp>second"), out);
    const auto at = out.events.at(0).at;
    EXPECT_TRUE(at);
    parser->parse(R"({"role":"assistant","message":{"content":[{"type":"text","text":"third"}]}})", out);
    EXPECT_EQ(out.events.at(0).at, at);
}

TEST(Cursor, equal_lines_are_different_events) {
    const auto parser = test::parser_for("cursor");
    ParsedLine first;
    ParsedLine second;
    parser->parse(prompt("again"), first);
    parser->parse(prompt("again"), second);
    EXPECT_NE(first.events.at(0).uid, second.events.at(0).uid);
}

TEST(Cursor, the_prompt_is_what_stands_in_user_query) {
    ParsedLine out;
    test::parser_for("cursor")->parse(
        prompt("<cursor_commands>/x</cursor_commands>\\n<user_query>\\nreal\\n</user_query>"), out);
    EXPECT_EQ(out.events.at(0).text, "real");
    EXPECT_EQ(out.facts.title, "real");
}

}  // namespace
}  // namespace kaizen::parse
