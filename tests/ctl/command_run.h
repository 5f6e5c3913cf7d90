#pragma once

// A whole command, words in and text and exit code out.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ctl/command_line.h"
#include "tests/ctl/samples.h"

namespace kaizen::ctl {

struct Ending {
    ExitCode exit = ExitCode::ok;
    std::string out;
    std::string err;
};

struct Surroundings {
    std::string socket = "/nonexistent/kaizend.sock";
    bool terminal = false;
    int width = 100;
    std::map<std::string, std::string, std::less<>> env;  // HOME is /home/ada unless it says so
    ServiceKind services = ServiceKind::systemd;
};

[[nodiscard]] Ending run(std::vector<const char*> words, const Surroundings& around);
[[nodiscard]] Ending run(std::vector<const char*> words, const std::string& socket, bool terminal = false);
[[nodiscard]] Ending run(std::vector<const char*> words);

}  // namespace kaizen::ctl
