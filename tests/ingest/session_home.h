#pragma once

// Session files of Claude Code and Codex, real ones where the corpus is there and our fixtures, and a home in
// which Ingest reads them into a database, with restarts.

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/ingest/ingest.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {

inline constexpr std::size_t kClaudeRoot = 0;
inline constexpr std::size_t kCodexRoot = 1;

struct SessionFile {
    std::size_t root = kClaudeRoot;
    std::string path;  // relative to the root
    std::string content;
};

// Names of the scenarios of corpus/recorded; of these agents, or of both.
[[nodiscard]] std::vector<std::string> recorded_scenarios();
[[nodiscard]] std::vector<SessionFile> recorded_files(const std::string& scenario);
[[nodiscard]] std::vector<SessionFile> public_files();
[[nodiscard]] std::vector<SessionFile> fixture_files();

class SessionHome {
  public:
    explicit SessionHome(session::PriceTable prices = session::PriceTable::built_in());

    void write(const SessionFile& file) const;
    void append(const SessionFile& file, std::string_view piece) const;  // `content` is not looked at
    void notice(const SessionFile& file);
    void read_all();  // throws where the database refuses a statement, unless that is expected
    void expect_refusals() { refusals_expected_ = true; }
    void restart();
    void close();
    [[nodiscard]] std::string database() const { return dir_ / "kaizen.db"; }

    // The whole of it as a first start does.
    void import(const std::vector<SessionFile>& files);

    [[nodiscard]] const std::string& root(std::size_t root) const { return roots_[root].path; }
    [[nodiscard]] store::Store& store() { return *store_; }
    [[nodiscard]] ingest::Ingest& ingest() { return *ingest_; }

    // What is booked, by model; by model and day (UTC).
    [[nodiscard]] std::map<std::string, session::UsageSum> by_model();
    [[nodiscard]] std::map<std::pair<std::string, std::int64_t>, session::UsageSum> by_model_and_day();
    [[nodiscard]] std::map<std::string, session::UsageSum> by_session();
    [[nodiscard]] std::vector<store::SessionRow> all_sessions();  // with events, sub-agents too

  private:
    TempDir dir_;
    session::PriceTable prices_;
    std::vector<ingest::Root> roots_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<ingest::Ingest> ingest_;
    bool refusals_expected_ = false;
};

}  // namespace kaizen::test
