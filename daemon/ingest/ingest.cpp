#include "daemon/ingest/ingest.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/ingest/first_look.h"
#include "daemon/ingest/start_note.h"
#include "daemon/store/fault.h"
#include "daemon/tail/unpack.h"

namespace kaizen::ingest {
namespace {

constexpr std::int64_t kSliceBytes = std::int64_t{256} * 1024;  // of one file at once
constexpr std::int64_t kJobBytes = 4 * kSliceBytes;             // of all files in one transaction
constexpr std::int64_t kFileCost = 4096;  // what a file weighs in a slice even when it has little to read
constexpr std::size_t kJobFiles = kJobBytes / kFileCost;
constexpr std::chrono::milliseconds kSliceTime{20};
constexpr std::size_t kOpenFiles = 64;
constexpr std::size_t kFrontBytes = std::size_t{1} << 20;  // of a line, in which its time is looked for
constexpr std::int64_t kTryAgainMs = 60'000;               // a file that the system cannot read
// An unterminated last line that is whole is taken then: an agent's newline follows within microseconds.
constexpr std::int64_t kQuietMs = 500;

bool is_whole_object(JsonDocument& document, std::string_view text) {
    if (!trim(text).ends_with('}') || !document.load(text)) return false;
    const auto read = document.next();
    return read && *read && document.root().IsObject();
}

// The system could not: the slice is rolled back, since where reading stands is not known.
class CannotRead : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

std::string directory_of(const std::string& path) { return path.substr(0, path.find('/') + 1); }

}  // namespace

// A file that is being read, as the rows say and as it goes on from there.
struct Ingest::OpenFile {
    const parse::Format* format = nullptr;
    parse::FileOwner owner;
    std::string path;  // absolute
    store::FileRow row;
    tail::LineReader reader;
    std::unique_ptr<parse::SessionParser> parser;
    bool begun = false;  // its first timestamp was seen
    std::optional<tail::OpenedFile> unpacked;
};

Ingest::Ingest(store::Store& store, std::vector<Root> roots, Options options, session::PriceTable prices,
               runtime::CrashNote* crash_note)
    : store_(store),
      roots_(std::move(roots)),
      options_(options),
      writer_(store, std::move(prices)),
      gone_(store),
      place_(crash_note) {}

Ingest::~Ingest() = default;

void Ingest::set_text_max_bytes(std::size_t bytes) {
    options_.parse.text_max_bytes = bytes;
    open_.clear();  // parsers are made anew, from what they saved
}

void Ingest::release_memory() {
    open_.clear();
    store_.database.release_memory();
}

void Ingest::notice_live(std::size_t root, std::string path, std::int64_t size) {
    if (is_followed(root)) queue_.add_live({root, std::move(path)}, size);
}

void Ingest::notice_history(std::size_t root, std::string path) {
    if (is_followed(root)) noticed_.push_back({root, std::move(path)});
}

void Ingest::notice_gone(std::size_t root) {
    if (is_followed(root)) gone_.notice(root);
}

void Ingest::follow(Root root) {
    roots_.push_back(std::move(root));
    history_complete_ = false;
    queue_.close_history();
}

void Ingest::unfollow(std::size_t root) {
    roots_[root].followed = false;
    queue_.forget_root(root);
    gone_.forget_root(root);
    const auto is_of_root = [root](const FileKey& file) { return file.root == root; };
    std::erase_if(noticed_, is_of_root);
    std::erase_if(open_, [&](const auto& entry) { return is_of_root(entry.first); });
    std::erase_if(unquiet_, [&](const auto& entry) { return is_of_root(entry.first); });
}

StepResult Ingest::step(UnixMs now) {
    wake_quiet_files(now);
    if (gone_.look(roots_)) open_.clear();  // their rows are other ones now; all of it is stored
    const auto until = std::chrono::steady_clock::now() + kSliceTime;
    try {
        if (!queue_.empty()) store_slice(now, until);
        look_at_history(until);
    } catch (const std::exception& error) {
        const bool goes_on = blames_a_file(error);
        place_.leave();
        if (!goes_on) throw;
    }
    StepResult result = std::exchange(stored_, {});
    result.more = !queue_.empty() || !noticed_.empty();
    result.history_files = queue_.history_files();
    for (std::size_t root = 0; root < roots_.size(); ++root)
        result.history_bytes.push_back(queue_.history_bytes_of(root));
    result.lost = lost();
    result.redaction_problem = outbound().problem();
    for (const auto& [file, at] : unquiet_) result.recheck_at = std::min(result.recheck_at.value_or(at), at);
    return result;
}

// Where only the end of a transaction failed, its files are tried one by one, to see which it was.
bool Ingest::blames_a_file(const std::exception& error) {
    if (dynamic_cast<const CannotRead*>(&error) != nullptr) return place_.cannot_read(error.what());
    const store::Fault fault = store::fault_of(error, store_.database.path());
    const bool blames =
        fault == store::Fault::none || fault == store::Fault::no_memory || fault == store::Fault::statement;
    if (!blames) return false;
    if (fault == store::Fault::statement) stored_.refused_statement = error.what();
    return place_.failed(error.what()) || !std::exchange(one_by_one_, true);
}

Again Ingest::read_again(std::int64_t session, UnixMs now) {
    interrupted_ = false;
    const auto files = files_of(session);
    if (!files) return Again::left_alone;
    Again again = Again::interrupted;
    reading_again_ = true;
    try {
        again = read_all_again(*files, session, now);
    } catch (const std::exception& error) {
        reading_again_ = false;
        forget();
        const bool goes_on = blames_a_file(error);
        place_.leave();
        if (!goes_on) throw;
    }
    reading_again_ = false;
    return again;
}

Again Ingest::read_all_again(const std::vector<FileKey>& files, std::int64_t session, UnixMs now) {
    open_.clear();
    store::Transaction transaction(store_.database);
    writer_.begin_again(session);
    for (const FileKey& key : files) {
        const Again again = read_whole(key, now);
        if (again == Again::read) continue;
        forget();
        return again;
    }
    writer_.finish_again();
    const std::int64_t outgoing = writer_.flush();
    store_.lines.flush();
    const std::int64_t last_event = store_.events.last_id();
    transaction.commit();
    stored_.outgoing += outgoing;
    stored_.last_event_id = last_event;
    place_.stored();
    return Again::read;
}

// All that the session was read from, when all of it is still there.
std::optional<std::vector<FileKey>> Ingest::files_of(std::int64_t session) {
    std::vector<FileKey> files;
    for (const store::FileRow& row : store_.files.of_session(session)) {
        const auto is_its = [&](const Root& root) { return root.followed && root.path == row.root; };
        const auto root = std::find_if(roots_.begin(), roots_.end(), is_its);
        if (root == roots_.end() || row.generation != 0 || !row.problem.empty()) return std::nullopt;
        files.push_back({static_cast<std::size_t>(root - roots_.begin()), row.path});
    }
    if (files.empty() || store_.sessions.load(session).forgotten_until) return std::nullopt;
    return files;
}

Again Ingest::read_whole(const FileKey& key, UnixMs now) {
    place_.enter(absolute(key));
    OpenFile& file = open(key);
    const std::int64_t before = file.row.position.offset;
    store_.lines.erase_bad(file.row.id);
    rewind(file);
    file.row.counts = {};
    file.row.events = 0;
    file.row.last_event_at.reset();
    while (read_file({key, true}, now).more) {
        if (interrupted_) return place_.leave(), Again::interrupted;
    }
    place_.has_read();
    place_.leave();
    const auto read = open_.find(key);
    const bool whole = read != open_.end() && read->second->row.generation == 0 &&
                       read->second->row.position.offset >= before;
    return whole ? Again::read : Again::left_alone;
}

std::vector<std::int64_t> Ingest::bytes_unread() {
    constexpr std::size_t kLooked = 1000;
    std::vector<std::int64_t> unread;
    for (std::size_t root = 0; root < roots_.size(); ++root) unread.push_back(queue_.history_bytes_of(root));
    const std::size_t live = std::min(kLooked, queue_.live().size());
    for (std::size_t i = 0; i < live; ++i) {
        const FileKey& key = queue_.live()[i];
        const auto look = look_at(roots_[key.root].path, key.path);
        const auto row = store_.files.find(roots_[key.root].path, key.path);
        if (look)
            unread[key.root] += std::max<std::int64_t>(0, look->size - (row ? row->position.offset : 0));
    }
    return unread;
}

void Ingest::wake_quiet_files(UnixMs now) {
    for (auto due = unquiet_.begin(); due != unquiet_.end();) {
        if (due->second <= now) queue_.add_live(due->first);
        due = due->second <= now ? unquiet_.erase(due) : std::next(due);
    }
}

void Ingest::store_slice(UnixMs now, Deadline until) {
    std::vector<Work> taken;
    try {
        store::Transaction transaction(store_.database);
        taken.reserve(kJobFiles);  // so that none is lost between the queue and here
        std::map<std::size_t, std::int64_t> history_read;
        const bool stored = read_files(taken, history_read, now, until);
        const std::int64_t outgoing = writer_.flush();
        store_.lines.flush();
        const std::int64_t last_event = stored ? store_.events.last_id() : 0;
        transaction.commit();
        stored_.outgoing += outgoing;
        if (stored) stored_.last_event_id = last_event;
        for (const auto& [root, bytes] : history_read) queue_.history_read(root, bytes);
    } catch (...) {
        for (Work& work : taken) queue_.put_back(std::move(work));
        forget();
        throw;
    }
    place_.leave();
    place_.stored();
    one_by_one_ = one_by_one_ && !queue_.empty();
}

// Whether events came.
bool Ingest::read_files(std::vector<Work>& taken, std::map<std::size_t, std::int64_t>& history_read,
                        UnixMs now, Deadline until) {
    events_stored_ = false;
    std::int64_t bytes = 0;
    do {
        auto next = queue_.next();
        if (!next) break;
        const Work& work = taken.emplace_back(std::move(*next));
        const std::string path = absolute(work.file);
        place_.enter(path);
        const Outcome outcome = read_file(work, now);
        place_.has_read();
        if (one_by_one_)
            place_.enter(path);  // what fails from here on is its fault, but of none of its lines
        else
            place_.leave();
        bytes += std::max(outcome.bytes, kFileCost);
        if (!work.live) history_read[work.file.root] += outcome.bytes;
        if (outcome.more) queue_.put_back(work);
    } while (!one_by_one_ && bytes < kJobBytes && taken.size() < kJobFiles &&
             std::chrono::steady_clock::now() < until);
    return events_stored_;
}

void Ingest::look_at_history(Deadline until) {
    while (!noticed_.empty() && std::chrono::steady_clock::now() < until) {
        place_.enter(absolute(noticed_.front()));
        if (place_.problem_of_file())
            queue_.add_live(noticed_.front());  // reading it says so
        else
            sort_in(noticed_.front());
        noticed_.pop_front();
    }
    place_.leave();
    if (history_complete_ && noticed_.empty()) queue_.open_history();
}

void Ingest::sort_in(const FileKey& key) {
    const std::string& root = roots_[key.root].path;
    const auto look = look_at(root, key.path);
    if (!look) return;
    const auto row = store_.files.find(root, key.path);
    const bool as_stored =
        row && row->problem.empty() && row->size == look->size && row->mtime_ns == look->mtime_ns;
    // Of a packed file the row has the size once all of its text was read.
    if (as_stored && (tail::is_packed(key.path) || row->position.offset == look->size)) return;
    const std::int64_t read = row ? row->position.offset : 0;
    queue_.add_history(key, first_timestamp(root, key.path, look->mtime_ns), look->mtime_ns,
                       std::max<std::int64_t>(0, look->size - read), look->size);
}

void Ingest::forget() {
    open_.clear();
    writer_.forget();
    store_.lines.forget();
}

Ingest::Outcome Ingest::read_file(const Work& work, UnixMs now) {
    const FileKey& key = work.file;
    unquiet_.erase(key);
    if (const auto problem = place_.problem_of_file()) return leave_alone(key, *problem, now), Outcome{};
    const auto opened = tail::open_session_file(roots_[key.root].path, key.path);
    if (!opened && opened.error().code == ErrorCode::not_found) {
        open_.erase(key);
        gone_.take(roots_[key.root].path, key, work.size);  // what was read stays
        return {};
    }
    if (!opened && opened.error().code == ErrorCode::internal) throw CannotRead(opened.error().message);
    gone_.is_there(key);
    OpenFile& file = open(key);
    if (!opened) return set_problem(file, opened.error().message), Outcome{};
    const auto text = text_of(file, key, *opened);
    if (!text && text.error().code == ErrorCode::internal) throw CannotRead(text.error().message);
    if (!text) return set_problem(file, text.error().message), Outcome{};
    file.row.size = (*text)->size;
    file.row.mtime_ns = opened->mtime_ns;
    const std::int64_t before = file.reader.position().offset;
    // One that was written in the future says nothing about when: the clock was set back since.
    const bool quiet = std::abs(now - opened->mtime_ns / 1'000'000) >= kQuietMs;
    const auto result = read_lines(file, **text, quiet);
    if (!result) throw CannotRead(result.error().message);
    if (tail::is_packed(key.path)) file.row.size = result->more ? 0 : opened->size;
    if (!quiet && result->remainder > 0) {
        unquiet_[key] = opened->mtime_ns / 1'000'000 + kQuietMs;
    }
    set_problem(file, {});
    store_.files.save(file.row);
    return {result->more, std::max<std::int64_t>(0, file.row.position.offset - before)};
}

// The file itself, or what it unpacks to, which is kept while the file is open here.
Result<const tail::OpenedFile*> Ingest::text_of(OpenFile& file, const FileKey& key,
                                                const tail::OpenedFile& opened) {
    if (!tail::is_packed(key.path)) return &opened;
    const auto& kept = file.unpacked;
    if (kept && kept->inode == opened.inode && kept->mtime_ns == opened.mtime_ns) return &*kept;
    auto text = tail::unpack(opened, std::filesystem::path(store_.database.path()).parent_path());
    if (!text) return tl::unexpected(text.error());
    return &file.unpacked.emplace(std::move(*text));
}

// Opening it may be what fails, then only the log says so.
void Ingest::leave_alone(const FileKey& key, const std::string& problem, UnixMs now) {
    if (place_.cannot_be_opened())
        log::error("a session file is left alone", "file={} reason=\"{}\"", absolute(key), problem);
    else
        set_problem(open(key), problem);
    if (place_.try_again_later()) unquiet_[key] = now + kTryAgainMs;
}

Result<tail::ReadResult> Ingest::read_lines(OpenFile& file, const tail::OpenedFile& opened, bool quiet) {
    const auto same = tail::is_same(opened, file.row.identity, file.row.position.offset);
    if (!same) return tl::unexpected(same.error());
    if (!*same) start_generation(file);
    if (file.row.id == 0)
        store_.files.save(file.row);  // bad lines and titles are looked up by it from the first line on
    tail::ReadLimits limits;
    limits.slice_bytes = kSliceBytes;
    limits.max_line_bytes = options_.max_line_bytes;
    limits.take_unterminated = quiet;
    auto result = file.reader.read(opened.fd.get(), limits,
                                   [&](const tail::Line& line) { return take_line(file, line); });
    if (!result) return result;
    file.row.position = file.reader.position();
    const auto identity = tail::identify(opened, file.row.position.offset);
    if (!identity) return tl::unexpected(identity.error());
    file.row.identity = *identity;
    file.row.parser = file.parser->save();
    return result;
}

Ingest::OpenFile& Ingest::open(const FileKey& key) {
    const auto found = open_.find(key);
    if (found != open_.end()) return *found->second;
    if (open_.size() >= kOpenFiles) open_.clear();  // all of it is stored
    const auto owner = roots_[key.root].format->owner(key.path);
    return *open_.emplace(key, load(key, owner.value_or(parse::FileOwner{key.path, {}}))).first->second;
}

std::unique_ptr<Ingest::OpenFile> Ingest::load(const FileKey& key, const parse::FileOwner& owner) {
    const Root& root = roots_[key.root];
    auto file = std::make_unique<OpenFile>();
    file->format = root.format;
    file->owner = owner;
    file->path = absolute(key);
    const std::string_view slug =
        root.format->workspace_slug != nullptr ? root.format->workspace_slug(key.path) : "";
    const std::int64_t session = writer_.open(std::string(root.format->agent), owner, slug);
    auto row = store_.files.find(root.path, key.path);
    if (!row) row = moved_here(key, session);
    if (row) file->row = std::move(*row);
    file->row.root = root.path;
    file->row.path = key.path;
    file->row.agent = root.format->agent;
    file->row.session = session;
    file->reader = tail::LineReader(file->row.position);
    file->begun = !root.format->writes_times || (file->row.position.offset > 0 && writer_.has_begun(session));
    file->parser = make_parser(*file, file->row.parser);
    return file;
}

std::unique_ptr<parse::SessionParser> Ingest::make_parser(const OpenFile& file, std::string_view saved) {
    parse::Options options = options_.parse;
    options.stands_in = [this, agent = file.row.agent](std::string_view session, std::uint64_t uid) {
        return writer_.stands_in(agent, session, uid);
    };
    return file.format->make_parser(file.owner, saved, options);
}

// Codex moves a file when its session is archived: the same inode, the same session, another path.
std::optional<store::FileRow> Ingest::moved_here(const FileKey& key, std::int64_t session) {
    const auto opened = tail::open_session_file(roots_[key.root].path, key.path);
    if (!opened) return std::nullopt;
    for (store::FileRow& row : store_.files.find_by_inode(opened->inode)) {
        if (row.session != session || look_at(row.root, row.path)) continue;
        const auto same = tail::is_same(*opened, row.identity, row.position.offset);
        if (same && *same) return std::move(row);
    }
    return std::nullopt;
}

void Ingest::rewind(OpenFile& file) {
    file.row.position = tail::Position();
    file.row.parser.clear();
    file.reader = tail::LineReader();
    file.parser = make_parser(file, {});
    file.begun = !file.format->writes_times;
}

void Ingest::start_generation(OpenFile& file) {
    ++file.row.generation;
    rewind(file);
    log::info("file was replaced or rewritten, reading it again", "file={} generation={}", file.path,
              file.row.generation);
}

bool Ingest::take_line(OpenFile& file, const tail::Line& line) {
    if (line.unterminated && !is_whole_object(document_, line.bytes)) return false;
    ++file.row.counts.lines;
    if (line.too_long) {
        count_bad(file, line, fmt::format("longer than {} bytes", options_.max_line_bytes));
        return true;
    }
    place_.at(line);
    if (const auto problem = place_.problem_of_line()) {
        log::error("a line of a session file is left out", "file={} line={} offset={} reason=\"{}\"",
                   file.path, line.number, line.offset, *problem);
        count_bad(file, line, *problem);
        return true;
    }
    const auto at = file.begun ? std::nullopt : timestamp_in(line.bytes.substr(0, kFrontBytes));
    if (at) begin(file, *at);
    file.parser->parse(line.bytes, parsed_);
    const auto& events = parsed_.events;
    if (!file.begun && !events.empty() && events.front().at) begin(file, *events.front().at);
    if (!parsed_.reason.empty()) count_bad(file, line, parsed_.reason);
    if (parsed_.outcome != parse::LineOutcome::malformed) store_line(file);
    return true;
}

// Before its first event, with which a sub-agent's session has to know what started it.
void Ingest::begin(OpenFile& file, UnixMs first_timestamp) {
    writer_.begin(file.row.session, first_timestamp);
    file.begun = true;
    const std::string note =
        file.format->start_note != nullptr ? file.format->start_note(file.row.path) : std::string();
    if (note.empty()) return;
    const std::string call = call_in_note(*file.format, file.row.root, note);
    if (!call.empty()) store_.sessions.note_start(file.row.agent, file.owner.session_id, call);
}

void Ingest::store_line(OpenFile& file) {
    const UnixMs changed = file.row.mtime_ns / 1'000'000;
    if (!file.format->writes_times) {
        for (parse::Event& event : parsed_.events) {
            if (!event.at) event.at = writer_.time_before(event.uid).value_or(changed);
        }
    }
    if (options_.parse.text_max_bytes == 0) parsed_.facts.title.clear();  // titles are text, too
    const std::int64_t stored =
        writer_.write(file.row.session, parsed_, file.format->writes_results, changed);
    for (const parse::Event& event : parsed_.events) {
        if (event.at) file.row.last_event_at = std::max(file.row.last_event_at.value_or(0), *event.at);
    }
    const parse::SessionFacts& facts = parsed_.facts;
    if (facts.title_of_uid != 0 && !facts.title.empty() &&
        !writer_.knows_title(facts.title_of_uid, facts.title)) {
        const auto neighbours = store_.files.sessions_below(file.row.root, directory_of(file.row.path));
        writer_.title_by_record(facts.title_of_uid, facts.title, neighbours);
    }
    file.row.events += stored;
    const bool repeated = parsed_.outcome == parse::LineOutcome::events && stored == 0;
    if (parsed_.outcome == parse::LineOutcome::events && !repeated)
        ++file.row.counts.event_lines;
    else
        ++file.row.counts.skipped_lines;
    count_kind(file.row.agent, repeated ? "repeated " + parsed_.kind : parsed_.kind,
               repeated ? parse::LineOutcome::skipped : parsed_.outcome);
    events_stored_ = events_stored_ || stored > 0;
}

void Ingest::count_bad(OpenFile& file, const tail::Line& line, const std::string& reason) {
    ++file.row.counts.bad_lines;
    count_kind(file.row.agent, "", parse::LineOutcome::malformed);
    store_.lines.add_bad({file.row.id, file.row.generation, line.number, line.offset, reason});
}

// A line that is read again was counted. But those of kinds that nothing knew are counted anew.
void Ingest::count_kind(const std::string& agent, const std::string& kind, parse::LineOutcome outcome) {
    if (!reading_again_ || outcome == parse::LineOutcome::unknown_kind)
        store_.lines.count(agent, kind, outcome);
}

void Ingest::set_problem(OpenFile& file, const std::string& problem) {
    if (file.row.problem == problem) return;
    if (problem.empty())
        log::info("session file can be read again", "file={}", file.path);
    else
        log::warn("session file cannot be read", "file={} reason={}", file.path, problem);
    file.row.problem = problem;
    store_.files.save(file.row);
}

}  // namespace kaizen::ingest
