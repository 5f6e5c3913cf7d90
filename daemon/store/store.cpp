#include "daemon/store/store.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <exception>

#include "daemon/store/fault.h"

namespace kaizen::store {

namespace {

// Its version says that they are all there.
bool does_not_know_our_tables(const std::exception& error) {
    const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
    return sqlite != nullptr && sqlite->getErrorCode() == SQLITE_ERROR;
}

}  // namespace

std::unique_ptr<Store> open(const std::string& path, const OnProgress& on_progress) {
    try {
        return std::make_unique<Store>(path, on_progress);
    } catch (const std::exception& error) {
        if (!does_not_know_our_tables(error)) throw;
        throw Damaged(error.what());
    }
}

}  // namespace kaizen::store
