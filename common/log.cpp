#include "common/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "common/json.h"
#include "common/plain_text.h"

namespace kaizen::log {
namespace {

Format format_in_use = Format::text;

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view priority(Level level) {  // sd-daemon(3): "<6>" and so on, one per line
    switch (level) {
        case Level::debug:
            return "<7>";
        case Level::info:
            return "<6>";
        case Level::warn:
            return "<4>";
        case Level::error:
            return "<3>";
    }
    return "<6>";
}

std::string as_json(std::string_view event, std::string_view fields) {
    JsonText text;
    text.String(event.data(), static_cast<rapidjson::SizeType>(event.size()));
    std::string out = R"("event":)" + text.str();
    JsonText rest;
    rest.String(fields.data(), static_cast<rapidjson::SizeType>(fields.size()));
    return fields.empty() ? out : out + R"(,"fields":)" + rest.str();
}

}  // namespace

void start(Level level, Format format) {
    format_in_use = format;
    auto logger = spdlog::stderr_logger_mt("kaizend");
    const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
    if (format == Format::json) {
        logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                            spdlog::pattern_time_type::utc);
    } else {
        logger->set_pattern(journal ? "%v" : "%H:%M:%S %-7l %v");
    }
    logger->flush_on(spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
    set_level(level);
}

void set_level(Level level) { spdlog::set_level(to_spdlog(level)); }

bool enabled(Level level) { return spdlog::should_log(to_spdlog(level)); }

bool parse_level(std::string_view text, Level& out) {
    if (text == "debug")
        out = Level::debug;
    else if (text == "info")
        out = Level::info;
    else if (text == "warn")
        out = Level::warn;
    else if (text == "error")
        out = Level::error;
    else
        return false;
    return true;
}

// Names of files and words of others stand in the fields: a terminal that shows the log must not obey them.
void write(Level level, std::string_view event, std::string_view fields) {
    if (!enabled(level)) return;
    const bool journal = format_in_use == Format::text && std::getenv("JOURNAL_STREAM") != nullptr;
    std::string line;
    if (format_in_use == Format::json) {
        line = visible_json(as_json(event, fields));
    } else {
        if (journal) line += priority(level);
        line += event;
        if (!fields.empty()) line.append("  ").append(plain(fields, fields.size()));
    }
    spdlog::log(to_spdlog(level), "{}", line);
}

}  // namespace kaizen::log
