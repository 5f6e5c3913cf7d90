#include "daemon/store/file_table.h"

#include <string>

namespace kaizen::store {
namespace {

constexpr const char* kColumns =
    "root, path, agent, session, generation, size, mtime_ns, offset, line, skipping, open_line, device, "
    "inode, head_bytes, "
    "head_hash, tail_hash, lines, event_lines, skipped_lines, bad_lines, events, last_event_at_ms, parser, "
    "problem";

std::string select(const std::string& rest) {
    return std::string("SELECT id, ") + kColumns + " FROM files " + rest;
}

FileRow read_row(Statement& statement) {
    Reader in(statement);
    FileRow row;
    row.id = in.integer();
    row.root = in.text();
    row.path = in.text();
    row.agent = in.text();
    row.session = in.integer();
    row.generation = in.integer();
    row.size = in.integer();
    row.mtime_ns = in.integer();
    row.position.offset = in.integer();
    row.position.line = in.integer();
    row.position.skipping = in.boolean();
    row.position.open_line = in.boolean();
    row.identity.device = in.unsigned_integer();
    row.identity.inode = in.unsigned_integer();
    row.identity.head_bytes = in.integer();
    row.identity.head_hash = in.unsigned_integer();
    row.identity.tail_hash = in.unsigned_integer();
    row.counts.lines = in.integer();
    row.counts.event_lines = in.integer();
    row.counts.skipped_lines = in.integer();
    row.counts.bad_lines = in.integer();
    row.events = in.integer();
    row.last_event_at = in.optional_integer();
    row.parser = in.text();
    row.problem = in.text();
    return row;
}

void bind_row(Binder& out, const FileRow& row) {
    out.add(row.root)
        .add(row.path)
        .add(row.agent)
        .add(row.session)
        .add(row.generation)
        .add(row.size)
        .add(row.mtime_ns);
    out.add(row.position.offset).add(row.position.line);
    out.add(std::int64_t{row.position.skipping}).add(std::int64_t{row.position.open_line});
    out.add(row.identity.device).add(row.identity.inode).add(row.identity.head_bytes);
    out.add(row.identity.head_hash).add(row.identity.tail_hash);
    out.add(row.counts.lines)
        .add(row.counts.event_lines)
        .add(row.counts.skipped_lines)
        .add(row.counts.bad_lines);
    out.add(row.events).add(row.last_event_at).add(row.parser).add_or_null(row.problem);
}

std::vector<FileRow> read_rows(Statement& statement) {
    std::vector<FileRow> rows;
    while (statement->executeStep()) rows.push_back(read_row(statement));
    statement->tryReset();
    return rows;
}

}  // namespace

FileTable::FileTable(Database& database)
    : find_(database, select("WHERE root = ? AND path = ?")),
      find_by_inode_(database, select("WHERE inode = ? ORDER BY id")),
      of_session_(database, select("WHERE session = ? ORDER BY id")),
      sessions_below_(
          database,
          "SELECT DISTINCT session FROM files WHERE root = ? AND path >= ? AND path < ? ORDER BY session"),
      insert_(database,
              std::string("INSERT INTO files (") + kColumns + ") VALUES (" + placeholders(kColumns) + ")"),
      update_(database, std::string("UPDATE files SET (") + kColumns + ") = (" + placeholders(kColumns) +
                            ") WHERE id = ?"),
      totals_(database,
              "SELECT agent, root, files, bytes_read, bytes_behind, sessions, lines, event_lines, "
              "skipped_lines, bad_lines, "
              "events, last_event_at_ms FROM sources ORDER BY root, agent"),
      unread_(database,
              "SELECT count(*), min(mtime_ns) / 1000000 FROM files WHERE root = ? AND size > offset"),
      with_problem_(database, select("WHERE problem IS NOT NULL AND problem <> ? ORDER BY id DESC LIMIT ?")),
      problems_(database,
                "SELECT root, problem = ?, count(*), min(path) FROM files INDEXED BY files_with_problem "
                "WHERE problem IS NOT NULL "
                "GROUP BY 1, 2"),
      unfinished_(database,
                  select("WHERE id IN (SELECT id FROM files WHERE root = ?1 AND size > offset UNION ALL "
                         "SELECT id FROM files INDEXED BY files_with_problem WHERE problem IS NOT NULL AND "
                         "root = ?1)")),
      database_(database) {}

std::optional<FileRow> FileTable::find(const std::string& root, const std::string& path) {
    Binder(find_).add(root).add(path);
    std::optional<FileRow> row;
    if (find_->executeStep()) row = read_row(find_);
    find_->tryReset();
    return row;
}

std::vector<FileRow> FileTable::find_by_inode(std::uint64_t inode) {
    Binder(find_by_inode_).add(inode);
    return read_rows(find_by_inode_);
}

std::vector<FileRow> FileTable::of_session(std::int64_t session) {
    Binder(of_session_).add(session);
    return read_rows(of_session_);
}

std::vector<std::int64_t> FileTable::sessions_below(const std::string& root, const std::string& directory) {
    const std::string end = directory + "\xFF";
    Binder(sessions_below_).add(root).add(directory).add(end);
    std::vector<std::int64_t> keys;
    while (sessions_below_->executeStep()) keys.push_back(sessions_below_->getColumn(0).getInt64());
    sessions_below_->tryReset();
    return keys;
}

void FileTable::save(FileRow& row) {
    Statement& statement = row.id == 0 ? insert_ : update_;
    Binder out(statement);
    bind_row(out, row);
    if (row.id != 0) out.add(row.id);
    statement->exec();
    if (row.id == 0) row.id = database_.handle().getLastInsertRowid();
}

std::vector<SourceTotals> FileTable::totals() {
    std::vector<SourceTotals> all;
    totals_->tryReset();
    while (totals_->executeStep()) {
        Reader in(totals_);
        SourceTotals one;
        one.agent = in.text();
        one.root = in.text();
        one.files = in.integer();
        one.bytes_read = in.integer();
        one.bytes_behind = in.integer();
        one.sessions = in.integer();
        one.counts.lines = in.integer();
        one.counts.event_lines = in.integer();
        one.counts.skipped_lines = in.integer();
        one.counts.bad_lines = in.integer();
        one.events = in.integer();
        one.last_event_at_ms = in.optional_integer();
        all.push_back(std::move(one));
    }
    totals_->tryReset();
    return all;
}

UnreadFiles FileTable::unread(const std::string& root) {
    Binder(unread_).add(root);
    unread_->executeStep();
    Reader in(unread_);
    UnreadFiles unread;
    unread.files = in.integer();
    unread.oldest_change_at = in.optional_integer();
    unread_->tryReset();
    return unread;
}

std::vector<FileRow> FileTable::with_problem(std::int64_t limit) {
    const std::string gone = kGoneUnread;
    Binder(with_problem_).add(gone).add(limit);
    return read_rows(with_problem_);
}

std::vector<ProblemFiles> FileTable::problems() {
    const std::string gone = kGoneUnread;
    Binder(problems_).add(gone);
    std::vector<ProblemFiles> all;
    while (problems_->executeStep()) {
        Reader in(problems_);
        ProblemFiles one;
        one.root = in.text();
        one.gone = in.boolean();
        one.files = in.integer();
        one.example = in.text();
        all.push_back(std::move(one));
    }
    problems_->tryReset();
    return all;
}

std::vector<FileRow> FileTable::unfinished(const std::string& root) {
    Binder(unfinished_).add(root);
    return read_rows(unfinished_);
}

}  // namespace kaizen::store
