// Every statement of the product, by the plan that SQLite has for it: what goes through a whole table, or
// sorts, stands in a reviewed list with its reason.

#include <dlfcn.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace {

std::vector<std::string>* prepared = nullptr;  // what is prepared goes here

}  // namespace

// Stands before SQLite's: the tables keep none of their statements before they need it.
extern "C" int sqlite3_prepare_v2(sqlite3* db, const char* sql, int bytes, sqlite3_stmt** statement,
                                  const char** rest) {
    using Prepare = decltype(&sqlite3_prepare_v2);
    static const auto real = reinterpret_cast<Prepare>(::dlsym(RTLD_NEXT, "sqlite3_prepare_v2"));
    if (prepared != nullptr) prepared->emplace_back(sql);
    return real(db, sql, bytes, statement, rest);
}

namespace kaizen::test {
namespace {

struct Allowed {
    const char* statement;  // that holds this
    const char* step;       // of its plan; a prefix
    const char* reason;
};

constexpr const char* kFew = "a few rows whatever is stored";
constexpr const char* kOneSession = "sorts what one session has, which is what is asked for";

constexpr Allowed kAllowed[] = {
    {"sqlite_master", "SCAN ", "the schema, once at a start"},
    {"FROM outbox_lanes", "SCAN ", "a row for each workspace and kind of rows that ever left"},
    {"FROM outbox_batches", "USE TEMP B-TREE FOR ORDER BY", "a batch or two for each lane are open"},
    {"FROM receivers", "SCAN receivers", kFew},
    {"FROM price_tables", "SCAN price_tables", kFew},
    {"FROM price_tables", "USE TEMP B-TREE FOR ORDER BY", kFew},
    {"UPDATE price_tables", "SCAN price_tables", kFew},
    {"FROM sources", "SCAN sources", "a row for each root"},
    {"SELECT agent, workspace, key FROM sessions", "SCAN sessions USING COVERING INDEX sessions_by_place",
     "of an index alone, for usage in a time with thousands of sessions"},
    {"FROM unbooked", "SCAN unbooked", "one row or none"},
    {"span_count", "SCAN span_count", "one row"},
    {"session_count", "SCAN session_count", "one row"},
    {"forgotten_events", "SCAN forgotten_events", "one row"},
    {"rereading", "SCAN rereading", "one row"},
    {"FROM sessions WHERE key <= ?", "USE TEMP B-TREE FOR ORDER BY", "once at a start after an update"},
    {"count(*) FROM sessions)", "SCAN sessions", "once after an update"},
    {"DELETE FROM line_kinds", "SCAN line_kinds", "at most kKindsKept"},
    {"FROM summary_titles", "SCAN summary_titles", "at most 20,000, once after a start"},
    {"FROM line_kinds", "SCAN line_kinds", "at most kKindsKept"},
    {"FROM line_kinds", "USE TEMP B-TREE FOR RIGHT PART OF ORDER BY", "at most kKindsKept"},
    {"FROM files WHERE problem", "SCAN files USING INDEX files_with_problem",
     "goes through files with a problem up to its LIMIT"},
    {"FROM files INDEXED BY files_with_problem", "SCAN files USING INDEX files_with_problem",
     "those with a problem"},
    {"FROM files INDEXED BY files_with_problem", "USE TEMP B-TREE FOR GROUP BY", "those with a problem"},
    {"SELECT DISTINCT session FROM files", "USE TEMP B-TREE FOR DISTINCT", "of one directory"},
    {"SELECT paths FROM tool_spans", "USE TEMP B-TREE FOR ORDER BY", kOneSession},
    {"FROM agent_starts", "USE TEMP B-TREE FOR ORDER BY", kOneSession},
    {"FROM sessions WHERE parent", "USE TEMP B-TREE FOR ORDER BY", kOneSession},
    {"WITH RECURSIVE family", "SCAN family", "the queue of the recursion: one session and its sub-agents"},
};

std::vector<std::string> plan_of(sqlite3* db, const std::string& sql) {
    std::vector<std::string> steps;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr),
              SQLITE_OK)
        << sql;
    while (sqlite3_step(statement) == SQLITE_ROW)
        steps.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3)));
    sqlite3_finalize(statement);
    return steps;
}

bool costs_what_is_stored(const std::string& step) {
    return step.ends_with("(agent=?)") ||  // half of all that there is
           (step.starts_with("SCAN") && step != "SCAN CONSTANT ROW") ||
           step.find("TEMP B-TREE") != std::string::npos || step.find("AUTOMATIC") != std::string::npos;
}

const Allowed* allowed(const std::string& sql, const std::string& step) {
    for (const Allowed& row : kAllowed) {
        if (sql.find(row.statement) != std::string::npos && step.starts_with(row.step)) return &row;
    }
    return nullptr;
}

// A store, and what its tables prepare: all of their statements when they are made (tests/lint holds them to
// that).
struct Prepared {
    Prepared() {
        { const store::Store made(dir.path() + "/kaizen.db"); }  // so that no migration is among them
        prepared = &statements;
        store.emplace(dir.path() + "/kaizen.db");
        prepared = nullptr;
    }
    [[nodiscard]] sqlite3* db() { return store->database.handle().getHandle(); }

    const TempDir dir;
    std::vector<std::string> statements;
    std::optional<store::Store> store;
};

// What triggers do is in no plan of the statement that fires them.
std::vector<std::string> statements_of_triggers(SQLite::Database& db) {
    std::vector<std::string> all;
    SQLite::Statement triggers(db, "SELECT sql FROM sqlite_master WHERE type = 'trigger'");
    while (triggers.executeStep()) {
        std::string sql = triggers.getColumn(0).getString();
        sql = sql.substr(sql.find("BEGIN") + 5);
        sql = sql.substr(0, sql.rfind("END"));
        sql = std::regex_replace(sql, std::regex("--[^\n]*\n"), "\n");
        sql = std::regex_replace(sql, std::regex("\\b(NEW|OLD)\\.\\w+"), "?");
        for (std::size_t from = 0, end = sql.find(';'); end != std::string::npos;
             from = end + 1, end = sql.find(';', from))
            all.push_back(sql.substr(from, end - from));
    }
    return all;
}

TEST(Plans, no_statement_goes_through_more_than_it_answers) {
    Prepared all;
    sqlite3* const db = all.db();
    std::vector<std::string> statements = all.statements;
    EXPECT_GT(statements.size(), 100U);
    const auto of_triggers = statements_of_triggers(all.store->database.handle());
    EXPECT_GE(of_triggers.size(), 10U);
    statements.insert(statements.end(), of_triggers.begin(), of_triggers.end());
    std::set<const Allowed*> used;
    for (const std::string& sql : statements) {
        for (const std::string& step : plan_of(db, sql)) {
            if (!costs_what_is_stored(step)) continue;
            const Allowed* row = allowed(sql, step);
            EXPECT_NE(row, nullptr) << step << "\n    " << sql;
            used.insert(row);
        }
    }
    for (const Allowed& row : kAllowed)
        EXPECT_TRUE(used.contains(&row)) << "nothing needs this: " << row.statement;
}

// What goes on behind a pair begins there. Of an index on an expression SQLite uses a bound of its first
// member only, and only where that is said apart.
TEST(Plans, a_list_that_goes_on_walks_past_nothing) {
    Prepared all;
    sqlite3* const db = all.db();
    const std::regex pair("\\(coalesce\\(\\w+, 0\\), key\\) [<>] ");
    int found = 0;
    for (const std::string& sql : all.statements) {
        if (!std::regex_search(sql, pair)) continue;
        ++found;
        for (const std::string& step : plan_of(db, sql))
            EXPECT_NE(step.find("<expr>>? AND <expr><?"), std::string::npos) << step << "\n    " << sql;
    }
    EXPECT_EQ(found, 4);
}

}  // namespace
}  // namespace kaizen::test
