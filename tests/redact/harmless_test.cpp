// What looks like a secret and is none comes out as it went in: line by line, all in one text, and as JSON.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/redact/redaction.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("# ")) lines.push_back(line);
    }
    return lines;
}

std::vector<std::string> harmless_lines() {
    return lines_of(read_file(std::string(KAIZEN_SOURCE_DIR) + "/tests/redact/harmless.txt"));
}

TEST(Harmless, lines_are_left_as_they_are) {
    const std::vector<std::string> lines = harmless_lines();
    EXPECT_GE(lines.size(), 300u);
    for (const std::string& line : lines) EXPECT_EQ(redacted(line), line);
}

TEST(Harmless, lines_are_left_as_they_are_in_one_text) {
    std::string all;
    for (const std::string& line : harmless_lines()) all += line + "\n";
    const std::vector<std::string> before = harmless_lines();
    const std::vector<std::string> after = lines_of(redacted(all));
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i], before[i]);
}

TEST(Harmless, lines_are_left_as_they_are_in_json) {
    for (const std::string& line : harmless_lines()) {
        JsonText json;
        json.StartArray();
        json.string(line);
        json.string(line);
        json.EndArray();
        EXPECT_EQ(redacted_json(json.str()), json.str());
    }
}

}  // namespace
}  // namespace kaizen::test
