#pragma once

// The log: one line per event, lower case, then key=value. Any thread. Never the content of a session, never
// a secret. A façade, so that spdlog is compiled once (log.cpp): including it costs two seconds per file.
//
//   log::info("history imported", "files={} seconds={:.1f}", files, seconds);

#include <fmt/core.h>

#include <string_view>

namespace kaizen::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

// Once, before any other thread runs. Text goes to stderr; with JOURNAL_STREAM set each line carries a
// journald priority.
void start(Level level, Format format);
void set_level(Level level);
[[nodiscard]] bool enabled(Level level);

// "debug", "info", "warn", "error"; false and nothing written when it is none of them.
[[nodiscard]] bool parse_level(std::string_view text, Level& out);

void write(Level level, std::string_view event, std::string_view fields);

template <class... Args>
void write(Level level, std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    if (enabled(level))
        write(level, event, std::string_view(fmt::format(fields, std::forward<Args>(args)...)));
}

inline void info(std::string_view event) { write(Level::info, event, std::string_view{}); }
inline void warn(std::string_view event) { write(Level::warn, event, std::string_view{}); }
inline void error(std::string_view event) { write(Level::error, event, std::string_view{}); }

template <class... Args>
void debug(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    write(Level::debug, event, fields, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    write(Level::info, event, fields, std::forward<Args>(args)...);
}
template <class... Args>
void warn(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    write(Level::warn, event, fields, std::forward<Args>(args)...);
}
template <class... Args>
void error(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    write(Level::error, event, fields, std::forward<Args>(args)...);
}

}  // namespace kaizen::log
