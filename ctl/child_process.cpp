#include "ctl/child_process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "common/text.h"
#include "common/unique_fd.h"

extern char** environ;  // NOLINT: POSIX leaves its declaration to us

namespace kaizen::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostOutput = 65536;

struct Pipe {
    UniqueFd reader;
    UniqueFd writer;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe(fds.data()) != 0)
        return fail(ErrorCode::internal, fmt::format("pipe: {}", std::strerror(errno)));
    for (const int fd : fds) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::vector<char*> pointers_to(Words& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

Words environment_in_c_locale() {
    Words all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (!text.starts_with("LC_ALL=") && !text.starts_with("LANGUAGE=")) all.emplace_back(text);
    }
    all.emplace_back("LC_ALL=C");
    return all;
}

Result<pid_t> spawn(const std::string& path, Words words, const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out.writer.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.writer.get(), STDERR_FILENO);
    Words environment = environment_in_c_locale();
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, path.c_str(), &actions, nullptr, pointers_to(words).data(),
                                    pointers_to(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return fail(ErrorCode::internal, fmt::format("{}: {}", path, std::strerror(error)));
    return pid;
}

int left_until(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

// False at its end.
bool read_some(int fd, std::string& text) {
    std::array<char, 4096> bytes;
    const ssize_t n = ::read(fd, bytes.data(), bytes.size());
    if (n <= 0) return n < 0 && errno == EINTR;
    const std::size_t room = kMostOutput - text.size();
    text.append(bytes.data(), std::min(room, static_cast<std::size_t>(n)));
    return true;
}

// Reads both until their end. False when the time ended first.
bool drain(UniqueFd out, UniqueFd err, Finished& finished, Clock::time_point deadline) {
    std::array<pollfd, 2> polled{pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        const int ready = ::poll(polled.data(), polled.size(), left_until(deadline));
        if (ready == 0) return false;
        if (ready < 0) continue;  // a signal
        if (polled[0].revents != 0 && !read_some(out.get(), finished.out)) polled[0].fd = -1;
        if (polled[1].revents != 0 && !read_some(err.get(), finished.err)) polled[1].fd = -1;
    }
    return true;
}

// False when the time ended first.
bool await_end(pid_t pid, int& status, Clock::time_point deadline) {
    constexpr int kLookAgainMs = 5;
    for (;;) {
        const pid_t ended = ::waitpid(pid, &status, WNOHANG);
        if (ended == pid) return true;
        if (ended < 0 && errno != EINTR) return true;
        if (left_until(deadline) == 0) return false;
        ::poll(nullptr, 0, kLookAgainMs);
    }
}

}  // namespace

std::optional<std::string> find_program(const std::string& name, const Env& env) {
    const char* path = env("PATH");
    for (const std::string_view directory : split(path != nullptr ? path : "", ':')) {
        if (!directory.starts_with('/')) continue;
        std::string candidate = fmt::format("{}/{}", directory, name);
        struct stat info {};
        if (::stat(candidate.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
            ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return std::nullopt;
}

Result<Finished> run_program(const Words& words, const Env& env, std::chrono::milliseconds patience) {
    const Clock::time_point deadline = Clock::now() + patience;
    const auto path = find_program(words.front(), env);
    if (!path) return fail(ErrorCode::not_found, fmt::format("there is no {} on PATH", words.front()));
    auto out = make_pipe();
    if (!out) return tl::unexpected(out.error());
    auto err = make_pipe();
    if (!err) return tl::unexpected(err.error());
    const auto pid = spawn(*path, words, *out, *err);
    if (!pid) return tl::unexpected(pid.error());
    out->writer.reset();
    err->writer.reset();
    Finished finished;
    int status = 0;
    if (!drain(std::move(out->reader), std::move(err->reader), finished, deadline) ||
        !await_end(*pid, status, deadline)) {
        ::kill(*pid, SIGKILL);
        ::waitpid(*pid, &status, 0);
        return fail(ErrorCode::timeout,
                    fmt::format("{} did not end within {} s", words.front(), patience.count() / 1000));
    }
    finished.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return finished;
}

Error become_program(const Words& words, const Env& env) {
    const auto path = find_program(words.front(), env);
    if (!path) return Error(ErrorCode::not_found, fmt::format("there is no {} on PATH", words.front()));
    Words own = words;
    ::execv(path->c_str(), pointers_to(own).data());
    return Error(ErrorCode::internal, fmt::format("{}: {}", *path, std::strerror(errno)));
}

}  // namespace kaizen::ctl
