#include "tests/ctl/command_run.h"

#include <sstream>

namespace kaizen::ctl {

Ending run(std::vector<const char*> words, const Surroundings& around) {
    std::ostringstream out;
    std::ostringstream err;
    const Env env = [&](const char* name) -> const char* {
        const std::string_view key = name;
        if (key == "KAIZEN_SOCKET") return around.socket.c_str();
        const auto found = around.env.find(key);
        if (found != around.env.end()) return found->second.c_str();
        return key == "HOME" ? "/home/ada" : nullptr;
    };
    const World world{out,          err,  env, around.terminal, around.terminal,
                      around.width, kNow, "",  around.services};
    words.insert(words.begin(), "kaizenctl");
    Ending ending;
    ending.exit = run_command_line(static_cast<int>(words.size()), words.data(), world);
    ending.out = out.str();
    ending.err = err.str();
    return ending;
}

Ending run(std::vector<const char*> words, const std::string& socket, bool terminal) {
    return run(std::move(words), Surroundings{socket, terminal, 100, {}, ServiceKind::systemd});
}

Ending run(std::vector<const char*> words) { return run(std::move(words), Surroundings()); }

}  // namespace kaizen::ctl
