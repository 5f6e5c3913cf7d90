#pragma once

// A statement of a table, and what binds its values and reads its columns.

#include <SQLiteCpp/Statement.h>

#include <cassert>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/store/database.h"

namespace kaizen::store {

// Prepared on its first use, since all of them together would hold a megabyte for each connection. On the
// connection that writes one that does not fit the schema throws when it is made.
class Statement {
  public:
    Statement(Database& database, std::string sql);

    [[nodiscard]] SQLite::Statement& operator*() { return prepared_ ? *prepared_ : prepare(); }
    [[nodiscard]] SQLite::Statement* operator->() { return &**this; }

  private:
    SQLite::Statement& prepare();

    Database& database_;
    std::string sql_;  // until it is prepared
    std::optional<SQLite::Statement> prepared_;
};

// A statement that failed says so again when it is reset, which here would be its next use: so everything in
// store/ resets by tryReset().

// Binds and reads values one after the other, so that a column added in the middle cannot shift the numbers
// behind it. All of them each time: those of the time before are not cleared, which would cost as much again.
class Binder {
  public:
    explicit Binder(Statement& statement) : statement_(*statement) { statement_.tryReset(); }
    ~Binder() { assert(next_ == statement_.getBindParameterCount() + 1 || std::uncaught_exceptions() > 0); }
    Binder(const Binder&) = delete;
    Binder& operator=(const Binder&) = delete;
    Binder& add(std::int64_t value) { return statement_.bind(next_++, value), *this; }
    Binder& add(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
    Binder& add(const std::string& text) {
        return statement_.bindNoCopy(next_++, text), *this;
    }                                             // must outlive the step
    Binder& add_blob(const std::string& bytes) {  // must outlive the step
        return statement_.bindNoCopy(next_++, bytes.data(), static_cast<int>(bytes.size())), *this;
    }
    Binder& add(const std::optional<std::int64_t>& value) { return value ? add(*value) : null(); }
    Binder& add_or_null(const std::string& text) { return text.empty() ? null() : add(text); }
    Binder& null() { return statement_.bind(next_++), *this; }

  private:
    SQLite::Statement& statement_;
    int next_ = 1;
};

class Reader {
  public:
    explicit Reader(Statement& statement) : statement_(*statement) {}
    [[nodiscard]] std::int64_t integer() { return statement_.getColumn(next_++).getInt64(); }
    [[nodiscard]] std::uint64_t unsigned_integer() { return static_cast<std::uint64_t>(integer()); }
    [[nodiscard]] bool boolean() { return integer() != 0; }
    [[nodiscard]] std::string text() { return statement_.getColumn(next_++).getString(); }
    [[nodiscard]] std::optional<std::int64_t> optional_integer() {
        const SQLite::Column column = statement_.getColumn(next_++);
        if (column.isNull()) return std::nullopt;
        return column.getInt64();
    }

  private:
    SQLite::Statement& statement_;
    int next_ = 0;
};

// As many "?" as a list of columns has names.
[[nodiscard]] std::string placeholders(std::string_view columns);

// The one number that a statement without parameters answers.
[[nodiscard]] inline std::int64_t one_number(Statement& statement) {
    statement->tryReset();
    statement->executeStep();
    const std::int64_t number = statement->getColumn(0).getInt64();
    statement->tryReset();
    return number;
}

}  // namespace kaizen::store
