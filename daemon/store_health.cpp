#include "daemon/store_health.h"

#include <fmt/core.h>

#include "common/paths.h"

namespace kaizen {
namespace {

using store::Fault;

const char* code_of(Fault fault) {
    switch (fault) {
        case Fault::full:
            return "disk_full";
        case Fault::locked:
            return "database_locked";
        case Fault::read_only:
            return "database_read_only";
        case Fault::damaged:
            return "database_damaged";
        case Fault::no_memory:
            return "no_memory";
        case Fault::none:
        case Fault::statement:
        case Fault::other:
            break;
    }
    return "store_failing";
}

std::string fix_for(Fault fault, const std::string& database) {
    switch (fault) {
        case Fault::full:
            return "free disk space; it goes on by itself, and nothing is lost meanwhile";
        case Fault::locked:
            return fmt::format("end the program that holds it: fuser {}; nothing is lost meanwhile",
                               shell_quoted(database));
        case Fault::read_only:
            return fmt::format("make it writable: ls -l {}; nothing is lost meanwhile",
                               shell_quoted(database));
        case Fault::damaged:
            return "it is moved aside and rebuilt from the session files";
        case Fault::no_memory:
            return "end a program that takes much memory; nothing is lost meanwhile";
        case Fault::none:
        case Fault::statement:
        case Fault::other:
            break;
    }
    return "the reason says what to mend; nothing is lost meanwhile";
}

}  // namespace

bool may_pass(Fault fault) {
    return fault == Fault::full || fault == Fault::locked || fault == Fault::no_memory;
}

std::string describe(const StoreTrouble& trouble, const std::string& database) {
    switch (trouble.fault) {
        case Fault::full:
            return fmt::format("the disk of {} is full", database);
        case Fault::locked:
            return fmt::format("another program holds {}", database);
        case Fault::read_only:
            return fmt::format("{} may not be written", database);
        case Fault::damaged:
            return fmt::format("{} is damaged", database);
        case Fault::no_memory:
            return "there is no memory for it";
        case Fault::none:
        case Fault::statement:
        case Fault::other:
            break;
    }
    return trouble.why;
}

void add_store_trouble(Health& health, const StoreTrouble& trouble, const std::string& database) {
    health.add(code_of(trouble.fault), "error",
               "events cannot be stored, the session files keep them: " + describe(trouble, database),
               fix_for(trouble.fault, database));
}

void add_rebuilt_health(Health& health, const std::vector<store::Aside>& damaged) {
    if (damaged.empty()) return;
    const store::Aside& last = damaged.back();
    health.add(
        "database_rebuilt", "warning",
        fmt::format("the database was damaged and is made anew from the session files since {}; the old "
                    "one is {}",
                    format_iso8601(last.at), last.path),
        fmt::format("sessions whose files are gone are in the old one only; when you do not need it: rm {}*",
                    shell_quoted(last.path)));
}

}  // namespace kaizen
