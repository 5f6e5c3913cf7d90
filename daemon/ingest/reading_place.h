#pragma once

// Where reading of session files stands, so that what fails there again is left out and holds up nobody: a
// line that threw twice, or at which kaizend died twice, is bad; a file that cannot be read without failing,
// or fails at line after line, is left alone until the next start. Worker thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/runtime/crash_note.h"
#include "daemon/tail/line_reader.h"

namespace kaizen::ingest {

class ReadingPlace {
  public:
    explicit ReadingPlace(runtime::CrashNote* crash_note);  // null: deaths are not noted

    void enter(const std::string& file);  // at none of its lines
    void at(const tail::Line& line);
    void leave();
    void stored();  // all that was read since the last time

    // Reading threw. False: not in a file, so nothing is known.
    bool failed(std::string_view why);
    bool cannot_read(std::string_view why);  // the system could not read the file: that may pass
    void has_read();                         // the file, without that
    // Of a file that could not be read: what is known of it is forgotten, and it is to be tried again.
    bool try_again_later();
    // Why this line, or this file, is left out.
    [[nodiscard]] std::optional<std::string> problem_of_line() const;
    [[nodiscard]] std::optional<std::string> problem_of_file() const;
    [[nodiscard]] bool cannot_be_opened() const;  // not even to note its problem

  private:
    struct Failures {
        std::int64_t offset = 0;
        int here = 0;
        int in_all = 0;
        bool may_pass = false;
        std::string why;
    };
    [[nodiscard]] bool died_here() const;
    Failures& count(std::string_view why);

    runtime::CrashNote* crash_note_;
    std::string file_;
    std::int64_t offset_;
    bool noted_ = false;  // what stands in the crash note is of what was read since it was last stored
    std::unordered_map<std::string, Failures> failures_;
};

}  // namespace kaizen::ingest
