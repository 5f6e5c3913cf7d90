#pragma once

// What became of lines: counts by record type, the last bad ones with their place, and titles by the record
// that they name. Worker thread.

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/parse/event.h"
#include "daemon/store/statement.h"

namespace kaizen::store {

inline constexpr std::int64_t kBadLinesKept = 1000;
inline constexpr std::int64_t kKindsKept = 1000;
inline constexpr const char* kOtherKinds = "(other kinds)";

struct BadLine {
    std::int64_t file = 0;
    std::int64_t generation = 0;
    std::int64_t line = 0;
    std::int64_t offset = 0;
    std::string reason;
};

struct LineKind {
    std::string agent;
    std::string kind;
    parse::LineOutcome outcome = parse::LineOutcome::skipped;
    std::int64_t lines = 0;
};

class LineTable {
  public:
    explicit LineTable(Database& database);

    // Adds up in memory; flush() writes what came together since, in the caller's transaction. forget() after
    // a rollback.
    void count(const std::string& agent, const std::string& kind, parse::LineOutcome outcome);
    void flush();
    void forget() { pending_.clear(); }
    [[nodiscard]] std::vector<LineKind> kinds();

    void add_bad(const BadLine& line);  // keeps the last kBadLinesKept
    void erase_bad(std::int64_t file);
    [[nodiscard]] std::vector<BadLine> bad_of(std::int64_t file, std::int64_t limit);  // the newest first

    void keep_title(std::uint64_t uid, const std::string& title);
    [[nodiscard]] std::unordered_map<std::uint64_t, std::string> titles();

  private:
    void add(const std::string& agent, const std::string& kind, parse::LineOutcome outcome,
             std::int64_t lines);

    std::map<std::pair<std::string, std::pair<std::string, parse::LineOutcome>>, std::int64_t> pending_;
    Statement add_kind_;
    Statement add_known_kind_;
    Statement count_kinds_;
    Statement kinds_;
    Statement add_bad_;
    Statement prune_bad_;
    Statement erase_bad_;
    Statement bad_of_;
    Statement keep_title_;
    Statement titles_;
};

}  // namespace kaizen::store
