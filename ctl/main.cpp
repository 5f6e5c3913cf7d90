// kaizenctl: asks the daemon and prints. Everything that it does is in command_line.h; here are the edges to
// the system.

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include "ctl/command_line.h"

namespace {

int terminal_width() {
    constexpr int kPiped = 120;
    const char* columns = std::getenv("COLUMNS");
    if (columns != nullptr && std::atoi(columns) > 0) return std::atoi(columns);
    winsize size{};
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
        if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    }
    return kPiped;
}

// Where this program stands, links resolved; empty where the system does not say so.
std::string own_path() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::string() : path.string();
}

}  // namespace

int main(int argc, char** argv) {
    using namespace kaizen::ctl;
    // Each line is flushed when it is whole, so there is nothing to tidy up. A reader that went away (`|
    // head`) ends us quietly, also where a parent had SIGPIPE ignored.
    std::signal(SIGINT, [](int) { ::_exit(static_cast<int>(ExitCode::interrupted)); });
    std::signal(SIGPIPE, SIG_DFL);
    const World world{std::cout,
                      std::cerr,
                      ::getenv,
                      ::isatty(STDOUT_FILENO) == 1,
                      ::isatty(STDERR_FILENO) == 1,
                      terminal_width(),
                      kaizen::now(),
                      own_path()};
    try {
        return static_cast<int>(run_command_line(argc, argv, world));
    } catch (const std::exception& error) {
        std::cerr << "kaizenctl: " << error.what() << "\n";
        return static_cast<int>(ExitCode::failed);
    }
}
