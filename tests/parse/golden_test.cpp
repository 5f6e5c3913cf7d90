// Each fixture has the events that it becomes beside it. KAIZEN_UPDATE_GOLDEN=1 rewrites them: read the
// difference.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/parse/event_text.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

std::string expected_path(const Fixture& fixture) {
    return fixture.path.substr(0, fixture.path.size() - std::string_view(".jsonl").size()) + ".expected";
}

std::string parsed(const Fixture& fixture) {
    const auto parser = fixture.parser();
    parse::ParsedLine out;
    std::string text;
    int number = 0;
    for (const std::string& line : lines_of(fixture.path)) {
        parser->parse(line, out);
        text += fmt::format("{} {}", ++number, to_string(out));
    }
    return text;
}

TEST(Golden, each_agent_has_fixtures) {
    const auto all = fixtures();
    for (const parse::Format& format : parse::formats()) {
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Fixture& f) {
            return f.format == &format;
        })) << format.agent;
    }
}

TEST(Golden, fixtures_become_the_events_beside_them) {
    const char* update = std::getenv("KAIZEN_UPDATE_GOLDEN");
    for (const Fixture& fixture : fixtures()) {
        SCOPED_TRACE(fixture.path);
        if (update != nullptr && *update == '1') write_file(expected_path(fixture), parsed(fixture));
        EXPECT_EQ(parsed(fixture), read_file(expected_path(fixture)));
    }
}

TEST(Golden, a_parser_that_is_saved_and_made_anew_before_each_line_goes_on_as_before) {
    for (const Fixture& fixture : fixtures()) {
        SCOPED_TRACE(fixture.path);
        const auto undisturbed = fixture.parser();
        auto restarted = fixture.parser();
        parse::ParsedLine expected;
        parse::ParsedLine actual;
        for (const std::string& line : lines_of(fixture.path)) {
            restarted = fixture.parser(restarted->save());
            undisturbed->parse(line, expected);
            restarted->parse(line, actual);
            EXPECT_EQ(to_string(actual), to_string(expected)) << line;
        }
    }
}

}  // namespace
}  // namespace kaizen::test
