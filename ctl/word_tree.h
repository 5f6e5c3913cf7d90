#pragma once

// What may stand on the command line, as plain data: completions and the manual are written from it, so that
// they cannot say anything else than the table of commands (command_line.cpp).

#include <string>
#include <vector>

namespace kaizen::ctl {

struct OptionWords {
    std::vector<std::string> names;    // "--json", "-q"; of a word without dashes its name alone: "SESSION"
    std::string value;                 // what follows: "TIME"; empty: nothing does
    std::vector<std::string> choices;  // all values that there are; empty: any
    std::string help;

    [[nodiscard]] bool is_positional() const { return !names.front().starts_with('-'); }
};

struct CommandWords {
    std::string name;
    std::string words;                 // as the overview shows them: "[SESSION]"
    std::vector<std::string> actions;  // first words that it knows; others name something, or are wrong
    std::string help;
    std::vector<OptionWords> options;
};

struct WordTree {
    std::vector<OptionWords> options;  // of every command
    std::vector<CommandWords> commands;
};

}  // namespace kaizen::ctl
