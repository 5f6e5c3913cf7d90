#include "daemon/store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <system_error>

#include "common/unique_fd.h"
#include "daemon/store/migrations.h"

namespace kaizen::store {
namespace {

// SQLite makes its files with the umask's mode, and -wal and -shm with the database's: so the database comes
// first, 0600.
const std::string& create_private(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) throw std::system_error(errno, std::generic_category(), path);
    return path;
}

std::int64_t file_bytes(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

}  // namespace

Database::Database(const std::string& path)
    : path_(path), db_(create_private(path), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, 2000) {
    db_.exec("PRAGMA journal_mode=WAL");
    db_.exec("PRAGMA synchronous=NORMAL");
    db_.exec("PRAGMA foreign_keys=ON");
    db_.exec("PRAGMA cache_size=-8192");            // KiB
    db_.exec("PRAGMA journal_size_limit=8388608");  // what a checkpoint leaves of the WAL
    migrate(db_);
}

std::int64_t Database::bytes() const { return file_bytes(path_) + file_bytes(path_ + "-wal"); }

void Database::release_memory() { sqlite3_db_release_memory(db_.getHandle()); }

}  // namespace kaizen::store
