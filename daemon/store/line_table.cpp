#include "daemon/store/line_table.h"

namespace kaizen::store {

LineTable::LineTable(Database& database)
    : add_kind_(database,
                "INSERT INTO line_kinds (agent, kind, outcome, lines) VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT DO UPDATE SET lines = lines + excluded.lines"),
      add_known_kind_(
          database,
          "UPDATE line_kinds SET lines = lines + ?4 WHERE agent = ?1 AND kind = ?2 AND outcome = ?3"),
      count_kinds_(database, "SELECT count(*) FROM line_kinds"),
      kinds_(database,
             "SELECT agent, kind, outcome, lines FROM line_kinds ORDER BY agent, outcome, lines DESC, kind"),
      add_bad_(database,
               "INSERT INTO bad_lines (file, generation, line, offset, reason) VALUES (?, ?, ?, ?, ?)"),
      prune_bad_(database, "DELETE FROM bad_lines WHERE id <= (SELECT max(id) FROM bad_lines) - ?"),
      erase_bad_(database, "DELETE FROM bad_lines WHERE file = ?"),
      bad_of_(database,
              "SELECT generation, line, offset, reason FROM bad_lines WHERE file = ? "
              "ORDER BY id DESC LIMIT ?"),
      keep_title_(database, "INSERT OR REPLACE INTO summary_titles (uid, title) VALUES (?, ?)"),
      titles_(database, "SELECT uid, title FROM summary_titles") {}

void LineTable::count(const std::string& agent, const std::string& kind, parse::LineOutcome outcome) {
    ++pending_[{agent, {kind, outcome}}];
}

void LineTable::flush() {
    for (const auto& [key, lines] : pending_) add(key.first, key.second.first, key.second.second, lines);
    pending_.clear();
}

// Each line may name a kind of its own: from a number of them on, new ones are counted together.
void LineTable::add(const std::string& agent, const std::string& kind, parse::LineOutcome outcome,
                    std::int64_t lines) {
    const auto run = [&](Statement& statement, const std::string& name) {
        Binder(statement).add(agent).add(name).add(static_cast<std::int64_t>(outcome)).add(lines);
        return statement->exec();
    };
    if (run(add_known_kind_, kind) == 1) return;
    run(add_kind_, one_number(count_kinds_) < kKindsKept ? kind : std::string(kOtherKinds));
}

std::vector<LineKind> LineTable::kinds() {
    std::vector<LineKind> all;
    kinds_->tryReset();
    while (kinds_->executeStep()) {
        Reader in(kinds_);
        LineKind one;
        one.agent = in.text();
        one.kind = in.text();
        one.outcome = static_cast<parse::LineOutcome>(in.integer());
        one.lines = in.integer();
        all.push_back(std::move(one));
    }
    kinds_->tryReset();
    return all;
}

void LineTable::add_bad(const BadLine& line) {
    Binder(add_bad_).add(line.file).add(line.generation).add(line.line).add(line.offset).add(line.reason);
    add_bad_->exec();
    Binder(prune_bad_).add(kBadLinesKept);
    prune_bad_->exec();
}

void LineTable::erase_bad(std::int64_t file) {
    Binder(erase_bad_).add(file);
    erase_bad_->exec();
}

std::vector<BadLine> LineTable::bad_of(std::int64_t file, std::int64_t limit) {
    std::vector<BadLine> lines;
    Binder(bad_of_).add(file).add(limit);
    while (bad_of_->executeStep()) {
        Reader in(bad_of_);
        BadLine line;
        line.file = file;
        line.generation = in.integer();
        line.line = in.integer();
        line.offset = in.integer();
        line.reason = in.text();
        lines.push_back(std::move(line));
    }
    bad_of_->tryReset();
    return lines;
}

void LineTable::keep_title(std::uint64_t uid, const std::string& title) {
    Binder(keep_title_).add(uid).add(title);
    keep_title_->exec();
}

std::unordered_map<std::uint64_t, std::string> LineTable::titles() {
    std::unordered_map<std::uint64_t, std::string> all;
    titles_->tryReset();
    while (titles_->executeStep()) {
        Reader in(titles_);
        const std::uint64_t uid = in.unsigned_integer();
        all.emplace(uid, in.text());
    }
    titles_->tryReset();
    return all;
}

}  // namespace kaizen::store
