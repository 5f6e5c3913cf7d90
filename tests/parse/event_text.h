#pragma once

// Parsed lines as text, one event per line, for golden files and for comparing two parsers. Only what is set
// is shown.

#include <string>
#include <vector>

#include "daemon/parse/formats.h"

namespace kaizen::test {

[[nodiscard]] std::string to_string(const parse::Event& event);
[[nodiscard]] std::string to_string(const parse::ParsedLine& line);  // ends with a newline

[[nodiscard]] std::vector<std::string> lines_of(const std::string& path);

// A fixture file of an agent, and the parser that its name asks for ("agent-….jsonl" is a sub-agent's).
struct Fixture {
    const parse::Format* format = nullptr;
    std::string path;

    [[nodiscard]] std::string name() const;
    [[nodiscard]] std::unique_ptr<parse::SessionParser> parser(std::string_view saved = {}) const;
};

[[nodiscard]] std::vector<Fixture> fixtures();

// A parser for a main session file of `agent`.
[[nodiscard]] std::unique_ptr<parse::SessionParser> parser_for(std::string_view agent,
                                                               parse::Options options = {});

}  // namespace kaizen::test
