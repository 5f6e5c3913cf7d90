#pragma once

// The SQLite file: opened, brought to the current schema, and the transactions on it. One connection writes,
// on the worker; others read beside it, each on one thread. WAL with synchronous=NORMAL: after a power loss
// the last transactions may be missing, together with the file offsets they would have advanced, so they are
// simply read again.
//
// Everything in store/ throws when the disk is full or the file is damaged, SQLite::Exception mostly: the
// transaction is rolled back, and the caller's task is what fails. fault_of() says what that means.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <cstdint>
#include <functional>
#include <string>

namespace kaizen::store {

// Called every now and then while a database is checked, copied and upgraded, which may take minutes. False:
// gives up, by an exception, and nothing has changed.
using OnProgress = std::function<bool()>;

// For the whole process, before its first connection: SQLite does not count what memory it uses, which takes
// a lock with every allocation and which nothing asks for.
void forgo_memory_statistics();

class Database {
  public:
    // Creates the file (0600) when it is missing; a new one takes over the outbox of a damaged one that was
    // moved aside. One that nobody closed is checked first. Throws Unusable when a newer kaizend wrote it or
    // it may not be written.
    explicit Database(const std::string& path, OnProgress on_progress = {});
    // A connection that only reads what another one keeps: a statement that writes throws.
    struct ReadOnly {};
    Database(const std::string& path, ReadOnly);

    [[nodiscard]] SQLite::Database& handle() { return db_; }
    [[nodiscard]] bool read_only() const { return read_only_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::int64_t bytes() const;  // of the database and its WAL on disk

    // Puts all that stands in the WAL into the database and empties it, unless a question reads at the
    // moment.
    void checkpoint();
    void release_memory();  // gives page cache back; for the time when nothing happens

  private:
    void set_up(bool unclean, const OnProgress& on_progress);
    void take_over_what_was_set_aside();

    std::string path_;
    SQLite::Database db_;
    bool read_only_;
};

// Rolls back unless commit() was called.
class Transaction {
  public:
    explicit Transaction(Database& database)
        : transaction_(ready(database), SQLite::TransactionBehavior::IMMEDIATE) {}
    void commit() { transaction_.commit(); }

  private:
    // One whose end failed, too, would be there for ever.
    [[nodiscard]] static SQLite::Database& ready(Database& database);

    SQLite::Transaction transaction_;
};

// While it stands, what is deleted is overwritten in the file, too.
class Overwriting {
  public:
    explicit Overwriting(Database& database);
    ~Overwriting();
    Overwriting(const Overwriting&) = delete;
    Overwriting& operator=(const Overwriting&) = delete;

  private:
    SQLite::Database& handle_;
};

// While it stands, all that a connection reads is of one instant; and what takes longer than `give_up` likes
// (it is asked every fraction of a millisecond) ends with SQLITE_INTERRUPT.
class Snapshot {
  public:
    Snapshot(Database& database, std::function<bool()> give_up);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

  private:
    SQLite::Database& handle_;
    std::function<bool()> give_up_;
};

// What became of an event or a span with regard to the outbox.
enum class Outgoing : std::uint8_t {
    kept,      // nothing was to leave when it was stored
    enqueued,  // is or was in the outbox, or should have been and the redactor refused it
    withheld,  // excluded or sampled out, and counted as such
};

}  // namespace kaizen::store
