#include "daemon/store/salvage.h"

#include <SQLiteCpp/Statement.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "common/log.h"

namespace kaizen::store {
namespace {

// A row that was stored in the last minute may not have come to the disk: it is enqueued again, and a server
// that has it already drops it.
constexpr UnixMs kOverlap = 60'000;

struct Table {
    const char* name;
    const char* keys;       // its order
    const char* backwards;  // the same, from the other end
};
// Lanes first: the others refer to them.
constexpr std::array kTables = {
    Table{"outbox_lanes", "id", "id DESC"},
    Table{"outbox", "lane, id", "lane DESC, id DESC"},
    Table{"outbox_cursors", "receiver, lane", "receiver DESC, lane DESC"},
    Table{"outbox_batches", "key", "key DESC"},
    Table{"receivers", "name", "name DESC"},
    Table{"dead_letters", "id", "id DESC"},
    Table{"outbox_counts", "name", "name DESC"},
};
constexpr std::size_t kCursors = 2;
constexpr std::size_t kBatches = 3;

std::vector<std::string> columns_of(SQLite::Database& db, const std::string& table) {
    std::vector<std::string> names;
    SQLite::Statement info(db, fmt::format("SELECT name FROM pragma_table_info('{}') ORDER BY cid", table));
    while (info.executeStep()) names.push_back(info.getColumn(0).getString());
    return names;
}

void bind(SQLite::Statement& insert, int index, const SQLite::Column& value) {
    if (value.isNull())
        insert.bind(index);
    else if (value.isInteger())
        insert.bind(index, value.getInt64());
    else if (value.isBlob())
        insert.bind(index, value.getBlob(), value.getBytes());
    else
        insert.bind(index, value.getString());
}

// False: it is no such row (a damaged value, or one of a lane that is lost). Other troubles are the new
// database's own.
bool insert_row(SQLite::Statement& insert, SQLite::Statement& row, int columns) {
    insert.reset();
    insert.clearBindings();
    for (int i = 0; i < columns; ++i) bind(insert, i + 1, row.getColumn(i));
    try {
        insert.exec();
        return true;
    } catch (const SQLite::Exception& error) {
        if ((error.getErrorCode() & 0xff) != SQLITE_CONSTRAINT) throw;
        insert.tryReset();  // reset() would throw the same once more
    }
    return false;
}

class Salvage {
  public:
    Salvage(SQLite::Database& from, SQLite::Database& to) : from_(from), to_(to) {}

    // From both ends towards the damage. False: something is missing.
    bool copy(const Table& table) {
        const auto columns = columns_of(to_, table.name);
        try {
            if (copy(table, table.keys, columns)) return true;
            static_cast<void>(copy(table, table.backwards, columns));
        } catch (const SourceTrouble&) {  // it was said that not all of it came
        }
        return false;
    }

  private:
    struct SourceTrouble {};

    template <class Do>
    static auto read(Do&& action) {
        try {
            return action();
        } catch (const SQLite::Exception&) {
            throw SourceTrouble();
        }
    }

    bool copy(const Table& table, const char* order, const std::vector<std::string>& wanted) {
        // A damaged database may be of an older schema.
        const auto there = read([&] { return columns_of(from_, table.name); });
        std::vector<std::string> columns;
        for (const std::string& name : wanted) {
            if (std::find(there.begin(), there.end(), name) != there.end()) columns.push_back(name);
        }
        if (columns.empty()) throw SourceTrouble();
        std::string list = columns.front();
        for (std::size_t i = 1; i < columns.size(); ++i) list += ", " + columns[i];
        const auto rows = read([&] {
            return std::make_unique<SQLite::Statement>(
                from_, fmt::format("SELECT {} FROM {} ORDER BY {}", list, table.name, order));
        });
        std::string marks = "?";
        for (std::size_t i = 1; i < columns.size(); ++i) marks += ", ?";
        SQLite::Statement insert(
            to_, fmt::format("INSERT OR IGNORE INTO {} ({}) VALUES ({})", table.name, list, marks));
        bool whole = true;
        while (true) {
            bool more = false;
            try {
                more = rows->executeStep();
            } catch (const SQLite::Exception&) {
                return false;
            }
            if (!more) return whole;
            whole = insert_row(insert, *rows, static_cast<int>(columns.size())) && whole;
        }
    }

    SQLite::Database& from_;
    SQLite::Database& to_;
};

std::int64_t number(SQLite::Database& db, const std::string& query) {
    return db.execAndGet(query).getInt64();
}

// How far a receiver was is known from its cursor, and from its batches when all of them are there. Where it
// is not known, it gets again what is kept: a server drops what it has. The endpoint has all that is settled.
void mend_cursors(SQLite::Database& db, bool cursors_whole, bool batches_whole) {
    db.exec(
        "INSERT OR IGNORE INTO receivers (name, failures, not_before_ms, body_limit, batches_sent, "
        "rows_sent, "
        "rows_deduped) SELECT DISTINCT receiver, 0, 0, 0, 0, 0, 0 FROM outbox_cursors;"
        "UPDATE receivers SET active = 1 WHERE name IN (SELECT receiver FROM outbox_cursors);"
        "DELETE FROM outbox_batches AS b WHERE NOT EXISTS "
        "(SELECT 1 FROM outbox_cursors c WHERE c.receiver = b.receiver AND c.lane = b.lane);"
        "INSERT OR IGNORE INTO outbox_cursors (receiver, lane, frozen, passed) "
        "SELECT r.name, l.id, iif(r.name = 'ingest', l.settled, 0), 0 FROM receivers r, outbox_lanes l "
        "WHERE r.active");
    if (!batches_whole) {
        db.exec(
            "DELETE FROM outbox_batches;"
            "UPDATE outbox_cursors AS c SET frozen = iif(receiver = 'ingest', "
            "min(frozen, (SELECT settled FROM outbox_lanes l WHERE l.id = c.lane)), 0)");
    }
    // A receiver of which nothing is left begins there.
    if (!cursors_whole) db.exec("UPDATE outbox_lanes SET settled = 0");
}

// What is counted of rows follows those that are there.
void mend_sums(SQLite::Database& db) {
    db.exec(
        "DELETE FROM outbox_batches AS b WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = b.lane "
        "AND o.id BETWEEN b.first AND b.last AND coalesce(o.only_for, b.receiver) = b.receiver);"
        "UPDATE outbox_batches AS b SET rows = (SELECT count(*) FROM outbox o WHERE o.lane = b.lane "
        "AND o.id BETWEEN b.first AND b.last AND coalesce(o.only_for, b.receiver) = b.receiver);"
        "UPDATE outbox_lanes AS l SET "
        "waiting = (SELECT count(*) FROM outbox o WHERE o.lane = l.id AND NOT o.settled), "
        "enqueued = (SELECT count(*) FROM outbox o WHERE o.lane = l.id);"
        "UPDATE outbox_cursors AS c SET passed = "
        "(SELECT count(*) FROM outbox o WHERE o.lane = c.lane AND o.id <= c.frozen)");
}

// Afterwards enqueued = delivered + waiting + dead + dropped. How many rows are missing, as far as is known.
std::int64_t mend_counts(SQLite::Database& db, UnixMs kept_before) {
    constexpr const char* kEnqueued =
        "SELECT coalesce(max(number), 0) FROM outbox_counts WHERE name = 'enqueued'";
    const std::int64_t before = number(db, kEnqueued);
    db.exec(
        "DELETE FROM outbox_counts WHERE number < 0;"
        "INSERT OR REPLACE INTO outbox_counts SELECT 'enqueued', "
        "(SELECT count(*) FROM outbox WHERE NOT settled) + "
        "(SELECT count(*) FROM dead_letters WHERE receiver = 'ingest') + "
        "(SELECT coalesce(sum(number), 0) FROM outbox_counts WHERE name IN ('delivered', 'dropped'));"
        // A row with an id that a cursor is beyond would never leave.
        "INSERT OR REPLACE INTO outbox_counts SELECT 'last_id', max("
        "(SELECT coalesce(max(number), 0) FROM outbox_counts WHERE name = 'last_id'), "
        "(SELECT coalesce(max(id), 0) FROM outbox), (SELECT coalesce(max(id), 0) FROM dead_letters), "
        "(SELECT coalesce(max(frozen), 0) FROM outbox_cursors), "
        "(SELECT coalesce(max(settled), 0) FROM outbox_lanes))");
    db.exec(fmt::format("INSERT OR REPLACE INTO outbox_counts VALUES ('kept_before_ms', {})", kept_before));
    return std::max<std::int64_t>(0, before - number(db, kEnqueued));
}

struct Copied {
    bool all = false;
    bool cursors = false;
    bool batches = false;
};

Copied copy_all(SQLite::Database& db, const std::string& path) {
    std::unique_ptr<SQLite::Database> from;
    try {
        // Read only: what was moved aside stays as it is.
        from = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, 2000);
    } catch (const SQLite::Exception&) {
        return {};
    }
    Salvage salvage(*from, db);
    std::array<bool, kTables.size()> whole{};
    for (std::size_t i = 0; i < kTables.size(); ++i) whole[i] = salvage.copy(kTables[i]);
    const bool all = std::all_of(whole.begin(), whole.end(), [](bool one) { return one; });
    return {all, whole[kCursors], whole[kBatches]};
}

}  // namespace

void take_over_outbox(SQLite::Database& db, const Aside& damaged) {
    const Copied copied = copy_all(db, damaged.path);
    mend_cursors(db, copied.cursors, copied.batches);
    mend_sums(db);
    const std::int64_t lost = mend_counts(db, damaged.written_at - kOverlap);
    const std::int64_t waiting = number(db, "SELECT count(*) FROM outbox WHERE NOT settled");
    const std::int64_t dead = number(db, "SELECT count(*) FROM dead_letters");
    if (copied.all && lost == 0) {
        log::info("what waited to leave was taken over", "from={} waiting={} dead={}", damaged.path, waiting,
                  dead);
        return;
    }
    log::warn(
        "what waited to leave was taken over as far as it is readable; kaizenctl sync backfill makes up for "
        "the rest",
        "from={} waiting={} dead={} known_to_be_lost={}", damaged.path, waiting, dead, lost);
}

}  // namespace kaizen::store
