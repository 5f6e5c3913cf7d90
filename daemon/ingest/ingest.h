#pragma once

// One job, one transaction: a slice of a file goes through tail, parse, session and store, and where reading
// stands is saved with what was read. A crash at any instant therefore loses nothing and doubles nothing.
// Worker thread only.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/json.h"
#include "daemon/ingest/file_queue.h"
#include "daemon/ingest/gone_files.h"
#include "daemon/ingest/reading_place.h"
#include "daemon/ingest/root.h"
#include "daemon/ingest/session_writer.h"
#include "daemon/parse/formats.h"
#include "daemon/parse/records.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

struct Options {
    parse::Options parse;
    std::int64_t max_line_bytes = std::int64_t{64} << 20;
};

struct StepResult {
    bool more = false;               // call again at once
    std::int64_t last_event_id = 0;  // newest event of this step; 0: none came
    std::optional<UnixMs>
        recheck_at;  // a last line without newline is taken once its file has been quiet until then
    std::int64_t outgoing = 0;                // rows that came into the outbox
    std::int64_t history_files = 0;           // that wait
    std::vector<std::int64_t> history_bytes;  // that wait, about, by root
    std::string refused_statement;            // of the database: it may be damaged. Empty: there was none
    std::set<FileKey> lost;                   // as of Ingest::lost()
    std::string redaction_problem;  // of the last row that did not leave for that; empty: there was none
};

enum class Again : std::uint8_t {
    read,
    left_alone,   // its files are gone, or say less than they did; all is as it was
    interrupted,  // likewise; try again later
};

class Ingest {
  public:
    // `crash_note` outlives it; null: a line that ends this process is not known to the next one.
    Ingest(store::Store& store, std::vector<Root> roots, Options options, session::PriceTable prices,
           runtime::CrashNote* crash_note = nullptr);
    ~Ingest();

    // A file may have grown. History is looked at before it is read: what is stored already is not opened
    // again, the rest is read in the order it happened, once all of it is known.
    // What is noticed below a root that is not followed is left alone.
    void notice_live(std::size_t root, std::string path, std::int64_t size = 0);
    void notice_history(std::size_t root, std::string path);
    void notice_gone(std::size_t root);                    // files below it may be gone
    void history_complete() { history_complete_ = true; }  // all of it was noticed

    // One more root, behind all others. History waits until it is complete again.
    void follow(Root root);
    // What is stored of it stays, what waits of it is not read. Its number stays its own.
    void unfollow(std::size_t root);

    // At most about 1 MiB or 20 ms of work in one transaction. Throws when the database cannot take it:
    // nothing is stored then, and the same work is tried again by the next call. What a file is to blame for
    // is no exception: see ReadingPlace.
    StepResult step(UnixMs now);

    // Reads the files of a session again from their beginnings, and puts what they say by today's rules in
    // the place of what is stored: in one transaction, so that sums are right before and after. Throws as
    // step().
    [[nodiscard]] Again read_again(std::int64_t session, UnixMs now);
    [[nodiscard]] bool history_is_complete() const { return history_complete_; }
    void interrupt() { interrupted_ = true; }  // that; on any thread

    // Of each root: what is known to be unread, also where nothing can be stored. Of files that change now
    // only the first thousand are looked at.
    [[nodiscard]] std::vector<std::int64_t> bytes_unread();

    [[nodiscard]] const std::set<FileKey>& lost() const { return gone_.lost(); }  // see GoneFiles

    void set_text_max_bytes(std::size_t bytes);
    [[nodiscard]] SessionWriter& writer() { return writer_; }          // between steps
    [[nodiscard]] UsageWriter& usage() { return writer_.usage(); }     // likewise
    [[nodiscard]] Outbound& outbound() { return writer_.outbound(); }  // likewise
    void release_memory();                                             // what is kept for speed

  private:
    using Deadline = std::chrono::steady_clock::time_point;
    struct OpenFile;
    struct Outcome {
        bool more = false;
        std::int64_t bytes = 0;
    };

    void wake_quiet_files(UnixMs now);
    void store_slice(UnixMs now, Deadline until);
    [[nodiscard]] bool read_files(std::vector<Work>& taken, std::map<std::size_t, std::int64_t>& history_read,
                                  UnixMs now, Deadline until);
    [[nodiscard]] bool blames_a_file(const std::exception& error);
    void look_at_history(Deadline until);
    void sort_in(const FileKey& key);
    [[nodiscard]] Outcome read_file(const Work& work, UnixMs now);
    [[nodiscard]] bool is_followed(std::size_t root) const {
        return root < roots_.size() && roots_[root].followed;
    }
    [[nodiscard]] Result<tail::ReadResult> read_lines(OpenFile& file, const tail::OpenedFile& opened,
                                                      bool quiet);
    [[nodiscard]] OpenFile& open(const FileKey& key);
    [[nodiscard]] std::unique_ptr<OpenFile> load(const FileKey& key, const parse::FileOwner& owner);
    [[nodiscard]] std::optional<store::FileRow> moved_here(const FileKey& key, std::int64_t session);
    [[nodiscard]] Result<const tail::OpenedFile*> text_of(OpenFile& file, const FileKey& key,
                                                          const tail::OpenedFile& opened);
    [[nodiscard]] std::unique_ptr<parse::SessionParser> make_parser(const OpenFile& file,
                                                                    std::string_view saved);
    void rewind(OpenFile& file);
    void start_generation(OpenFile& file);
    [[nodiscard]] std::optional<std::vector<FileKey>> files_of(std::int64_t session);
    [[nodiscard]] Again read_all_again(const std::vector<FileKey>& files, std::int64_t session, UnixMs now);
    [[nodiscard]] Again read_whole(const FileKey& key, UnixMs now);
    void count_kind(const std::string& agent, const std::string& kind, parse::LineOutcome outcome);
    bool take_line(OpenFile& file, const tail::Line& line);
    void begin(OpenFile& file, UnixMs first_timestamp);
    void store_line(OpenFile& file);
    void count_bad(OpenFile& file, const tail::Line& line, const std::string& reason);
    void leave_alone(const FileKey& key, const std::string& problem, UnixMs now);
    void set_problem(OpenFile& file, const std::string& problem);  // empty: it can be read again
    [[nodiscard]] std::string absolute(const FileKey& key) const {
        return roots_[key.root].path + "/" + key.path;
    }
    void forget();

    store::Store& store_;
    std::vector<Root> roots_;
    Options options_;
    FileQueue queue_;
    std::deque<FileKey> noticed_;  // history that was not looked at yet
    bool history_complete_ = false;
    SessionWriter writer_;
    std::map<FileKey, std::unique_ptr<OpenFile>> open_;
    // When to look again: at files with an unterminated last line, and at those that could not be read.
    std::map<FileKey, UnixMs> unquiet_;
    parse::ParsedLine parsed_;
    JsonDocument document_{parse::kMaxLineValues};
    bool events_stored_ = false;
    GoneFiles gone_;
    StepResult stored_;  // what the next answer of step() tells of, also when a step failed behind it
    ReadingPlace place_;
    bool reading_again_ = false;
    std::atomic<bool> interrupted_ = false;
    bool one_by_one_ = false;  // a file a transaction: one of those that wait makes it fail
};

}  // namespace kaizen::ingest
