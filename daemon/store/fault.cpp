#include "daemon/store/fault.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "daemon/store/disk.h"

namespace kaizen::store {
namespace {

// With less than this even the index of the WAL does not fit.
constexpr std::int64_t kNothing = 64 * 1024;

bool is_full(const std::string& database) {
    const auto room = free_bytes(database);
    return room && *room < kNothing;
}

Fault fault_of_result(int result, const std::string& database) {
    switch (result) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Fault::damaged;
        case SQLITE_FULL:
            return Fault::full;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Fault::locked;
        case SQLITE_READONLY:
            return Fault::read_only;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_PROTOCOL:
        case SQLITE_NOLFS:
        case SQLITE_AUTH:
            return is_full(database) ? Fault::full : Fault::other;
        case SQLITE_NOMEM:
            return Fault::no_memory;
        case SQLITE_INTERRUPT:
            return Fault::none;
        default:
            return Fault::statement;
    }
}

}  // namespace

Fault fault_of(const std::exception& error, const std::string& database) {
    if (dynamic_cast<const Damaged*>(&error) != nullptr) return Fault::damaged;
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return Fault::no_memory;
    if (dynamic_cast<const Contradiction*>(&error) != nullptr) return Fault::statement;
    if (dynamic_cast<const Unusable*>(&error) != nullptr) return Fault::other;
    if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error))
        return fault_of_result(sqlite->getErrorCode() & 0xff, database);
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
        if (system->code() == std::errc::no_space_on_device) return Fault::full;
        if (system->code() == std::errc::read_only_file_system) return Fault::read_only;
        return Fault::other;
    }
    return Fault::none;
}

}  // namespace kaizen::store
