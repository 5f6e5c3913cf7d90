#pragma once

// One row per session file: where reading stands and what came of its lines. Worker thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/statement.h"
#include "daemon/tail/file_identity.h"
#include "daemon/tail/line_reader.h"

namespace kaizen::store {

struct LineCounts {  // lines is the sum of the other three, always
    std::int64_t lines = 0;
    std::int64_t event_lines = 0;
    std::int64_t skipped_lines = 0;
    std::int64_t bad_lines = 0;
};

struct FileRow {
    std::int64_t id = 0;  // 0: not stored yet
    std::string root;
    std::string path;
    std::string agent;
    std::int64_t session = 0;
    std::int64_t generation = 0;
    std::int64_t size = 0;  // when it was last looked at
    std::int64_t mtime_ns = 0;
    tail::Position position;
    tail::FileIdentity identity;
    LineCounts counts;
    std::int64_t events = 0;
    std::optional<std::int64_t> last_event_at;
    std::string parser;
    std::string problem;
};

struct SourceTotals {
    std::string agent;
    std::string root;
    std::int64_t files = 0;
    std::int64_t bytes_read = 0;
    std::int64_t bytes_behind = 0;
    std::int64_t sessions = 0;
    LineCounts counts;
    std::int64_t events = 0;
    std::optional<std::int64_t> last_event_at_ms;
};

// Of those that are not read to their end.
struct UnreadFiles {
    std::int64_t files = 0;
    std::optional<std::int64_t> oldest_change_at;  // of the one that changed longest ago; milliseconds
};

// The problem of a file that is gone, while something of it was not read.
inline constexpr char kGoneUnread[] = "gone before it was read to its end";

// Files of one root that have a problem.
struct ProblemFiles {
    std::string root;
    bool gone = false;  // all of them are, or none
    std::int64_t files = 0;
    std::string example;  // relative to the root
};

class FileTable {
  public:
    explicit FileTable(Database& database);

    [[nodiscard]] std::optional<FileRow> find(const std::string& root, const std::string& path);
    // Files that were last seen under this inode, for one that was moved.
    [[nodiscard]] std::vector<FileRow> find_by_inode(std::uint64_t inode);
    [[nodiscard]] std::vector<FileRow> of_session(std::int64_t session);
    // Keys of the sessions whose files stand in or below a directory ("slug/", relative to root).
    [[nodiscard]] std::vector<std::int64_t> sessions_below(const std::string& root,
                                                           const std::string& directory);
    void save(FileRow& row);  // inserts (and sets id) or updates

    [[nodiscard]] std::vector<SourceTotals> totals();                     // by root
    [[nodiscard]] UnreadFiles unread(const std::string& root);            // looks at all of its rows
    [[nodiscard]] std::vector<FileRow> with_problem(std::int64_t limit);  // but those that are gone
    [[nodiscard]] std::vector<ProblemFiles> problems();
    // Below a root: those of which something may be lost when they are gone. Looks at all of its rows.
    [[nodiscard]] std::vector<FileRow> unfinished(const std::string& root);

  private:
    Statement find_;
    Statement find_by_inode_;
    Statement of_session_;
    Statement sessions_below_;
    Statement insert_;
    Statement update_;
    Statement totals_;
    Statement unread_;
    Statement with_problem_;
    Statement problems_;
    Statement unfinished_;
    Database& database_;
};

}  // namespace kaizen::store
