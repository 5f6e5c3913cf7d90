#include "daemon/store/migrations.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <array>

#include "daemon/store/backup.h"
#include "daemon/store/fault.h"

namespace kaizen::store {
namespace {

// Numbers in kind, role, status and outcome are those of the enumerations in parse/event.h and session/:
// append only.
constexpr const char* kFirst = R"sql(
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    root TEXT NOT NULL,
    path TEXT NOT NULL,             -- relative to root
    agent TEXT NOT NULL,
    session INTEGER NOT NULL,
    generation INTEGER NOT NULL,    -- how often it was found replaced or rewritten
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    offset INTEGER NOT NULL,        -- tail::Position
    line INTEGER NOT NULL,
    skipping INTEGER NOT NULL,
    open_line INTEGER NOT NULL,
    device INTEGER NOT NULL,        -- tail::FileIdentity
    inode INTEGER NOT NULL,
    head_bytes INTEGER NOT NULL,
    head_hash INTEGER NOT NULL,
    tail_hash INTEGER NOT NULL,
    lines INTEGER NOT NULL,         -- = event_lines + skipped_lines + bad_lines
    event_lines INTEGER NOT NULL,
    skipped_lines INTEGER NOT NULL,
    bad_lines INTEGER NOT NULL,
    events INTEGER NOT NULL,
    last_event_at_ms INTEGER,
    parser TEXT NOT NULL,           -- SessionParser::save()
    problem TEXT,                   -- why it cannot be read
    UNIQUE (root, path)
) STRICT;
CREATE INDEX files_by_session ON files (session);
CREATE INDEX files_by_inode ON files (inode);
CREATE INDEX files_with_problem ON files (id) WHERE problem IS NOT NULL;

-- Sums over files and tool_spans, kept by triggers: status is asked for often, and there may be 100 000 files.
CREATE TABLE sources (
    root TEXT NOT NULL,
    agent TEXT NOT NULL,
    files INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    bytes_read INTEGER NOT NULL,
    bytes_behind INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    event_lines INTEGER NOT NULL,
    skipped_lines INTEGER NOT NULL,
    bad_lines INTEGER NOT NULL,
    events INTEGER NOT NULL,
    last_event_at_ms INTEGER,
    PRIMARY KEY (root, agent)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER files_inserted AFTER INSERT ON files BEGIN
    INSERT OR IGNORE INTO sources VALUES (NEW.root, NEW.agent, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL);
    UPDATE sources SET
        files = files + 1,
        sessions = sessions + ((SELECT count(*) FROM files WHERE session = NEW.session AND root = NEW.root) = 1),
        bytes_read = bytes_read + NEW.offset,
        bytes_behind = bytes_behind + max(NEW.size - NEW.offset, 0),
        lines = lines + NEW.lines,
        event_lines = event_lines + NEW.event_lines,
        skipped_lines = skipped_lines + NEW.skipped_lines,
        bad_lines = bad_lines + NEW.bad_lines,
        events = events + NEW.events,
        last_event_at_ms = nullif(max(coalesce(last_event_at_ms, 0), coalesce(NEW.last_event_at_ms, 0)), 0)
    WHERE root = NEW.root AND agent = NEW.agent;
END;
CREATE TRIGGER files_updated AFTER UPDATE ON files BEGIN  -- also when a file moved to another root
    INSERT OR IGNORE INTO sources VALUES (NEW.root, NEW.agent, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL);
    UPDATE sources SET
        files = files - (NEW.root <> OLD.root),
        sessions = sessions - (NEW.root <> OLD.root AND
                (SELECT count(*) FROM files WHERE session = OLD.session AND root = OLD.root) = 0),
        bytes_read = bytes_read - OLD.offset,
        bytes_behind = bytes_behind - max(OLD.size - OLD.offset, 0),
        lines = lines - OLD.lines,
        event_lines = event_lines - OLD.event_lines,
        skipped_lines = skipped_lines - OLD.skipped_lines,
        bad_lines = bad_lines - OLD.bad_lines,
        events = events - OLD.events
    WHERE root = OLD.root AND agent = OLD.agent;
    UPDATE sources SET
        files = files + (NEW.root <> OLD.root),
        sessions = sessions + (NEW.root <> OLD.root AND
                (SELECT count(*) FROM files WHERE session = NEW.session AND root = NEW.root) = 1),
        bytes_read = bytes_read + NEW.offset,
        bytes_behind = bytes_behind + max(NEW.size - NEW.offset, 0),
        lines = lines + NEW.lines,
        event_lines = event_lines + NEW.event_lines,
        skipped_lines = skipped_lines + NEW.skipped_lines,
        bad_lines = bad_lines + NEW.bad_lines,
        events = events + NEW.events,
        last_event_at_ms = nullif(max(coalesce(last_event_at_ms, 0), coalesce(NEW.last_event_at_ms, 0)), 0)
    WHERE root = NEW.root AND agent = NEW.agent;
END;

CREATE TABLE sessions (
    key INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT,
    forked_from TEXT,
    cwd TEXT,
    workspace TEXT,
    git_branch TEXT,
    agent_version TEXT,
    model TEXT,
    title TEXT,
    title_rank INTEGER NOT NULL,
    title_seq INTEGER NOT NULL,
    started_at_ms INTEGER,
    last_activity_ms INTEGER,
    phase INTEGER NOT NULL,
    next_seq INTEGER NOT NULL,
    open_calls INTEGER NOT NULL,
    prompts INTEGER NOT NULL,
    tool_calls INTEGER NOT NULL,
    tool_errors INTEGER NOT NULL,
    UNIQUE (id, agent)
) STRICT;
CREATE INDEX sessions_by_activity ON sessions (last_activity_ms);
CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (key),
    seq INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    at_ms INTEGER,
    kind INTEGER NOT NULL,
    role INTEGER NOT NULL,
    thinking INTEGER NOT NULL,
    sidechain INTEGER NOT NULL,
    replayed INTEGER NOT NULL,
    name TEXT,
    call_id TEXT,
    text TEXT,
    text_bytes INTEGER NOT NULL,
    is_error INTEGER NOT NULL,
    exit_code INTEGER,
    duration_ms INTEGER,
    model TEXT,
    response_id TEXT,
    input INTEGER,
    cache_read INTEGER,
    cache_write INTEGER,
    cache_write_1h INTEGER,
    output INTEGER,
    reasoning INTEGER,
    cost_usd_e6 INTEGER
) STRICT;
CREATE UNIQUE INDEX events_by_uid ON events (session, uid);
CREATE INDEX events_by_session ON events (session);  -- then by id

CREATE TABLE tool_spans (
    session INTEGER NOT NULL REFERENCES sessions (key),
    call_id TEXT NOT NULL,
    tool TEXT,
    status INTEGER NOT NULL,
    started_at_ms INTEGER,
    ended_at_ms INTEGER,
    lead_ms INTEGER,
    exit_code INTEGER,
    paths TEXT,                     -- JSON array
    PRIMARY KEY (session, call_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE span_count (spans INTEGER NOT NULL) STRICT;
INSERT INTO span_count VALUES (0);
CREATE TRIGGER tool_spans_inserted AFTER INSERT ON tool_spans BEGIN
    UPDATE span_count SET spans = spans + 1;
END;

CREATE TABLE line_kinds (           -- how often each record type came, and what became of it
    agent TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (agent, kind, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE bad_lines (            -- the last ones
    id INTEGER PRIMARY KEY,
    file INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    line INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE summary_titles (       -- Claude's `summary` records: the title of whatever session holds record uid
    uid INTEGER PRIMARY KEY,
    title TEXT NOT NULL
) STRICT;
)sql";

// Usage, each model response once. `responses` is the truth; `usage` are its sums, so that no question reads
// responses.
constexpr const char* kUsage = R"sql(
CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE price_tables (         -- that made the costs in responses
    id INTEGER PRIMARY KEY,
    fingerprint INTEGER NOT NULL UNIQUE,
    date TEXT NOT NULL,
    origin TEXT NOT NULL,
    current INTEGER NOT NULL,       -- 1: the one that prices new responses
    responses INTEGER NOT NULL      -- priced by it
) STRICT;

CREATE TABLE responses (            -- session::Response
    key INTEGER PRIMARY KEY,        -- hash of agent and response id
    request INTEGER NOT NULL,       -- hash of the request id; 0: no line names one
    session INTEGER NOT NULL REFERENCES sessions (key),
    model INTEGER NOT NULL REFERENCES models (id),
    at_ms INTEGER,
    input INTEGER,
    cache_read INTEGER,
    cache_write INTEGER,
    cache_write_1h INTEGER,
    output INTEGER,
    reasoning INTEGER,
    agent_cost_e6 INTEGER,
    cost_pico INTEGER,
    price_table INTEGER NOT NULL    -- 0: the agent's own cost, or none
) STRICT;

CREATE TABLE usage (
    quarter INTEGER NOT NULL,       -- of an hour, since the epoch; 0: time unknown
    session INTEGER NOT NULL,
    model INTEGER NOT NULL,
    sums BLOB NOT NULL,             -- session::UsageSum::pack(): reading a year of columns would take thrice as long
    PRIMARY KEY (quarter, session, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_session ON usage (session);

-- For questions by agent and workspace: read whole, without the wide rows behind it.
CREATE INDEX sessions_by_place ON sessions (agent, workspace);

ALTER TABLE sessions ADD COLUMN began_at_ms INTEGER;

-- What the agent itself says that the session used so far.
ALTER TABLE sessions ADD COLUMN reported_input INTEGER;
ALTER TABLE sessions ADD COLUMN reported_cache_read INTEGER;
ALTER TABLE sessions ADD COLUMN reported_cache_write INTEGER;
ALTER TABLE sessions ADD COLUMN reported_output INTEGER;
ALTER TABLE sessions ADD COLUMN reported_reasoning INTEGER;
ALTER TABLE sessions ADD COLUMN reported_cost_usd_e6 INTEGER;

-- Events up to this id were stored before there was a ledger: Ingest books them when it starts.
CREATE TABLE unbooked (last_event INTEGER NOT NULL) STRICT;
INSERT INTO unbooked SELECT max(id) FROM events HAVING max(id) IS NOT NULL;
)sql";

// What waits to leave. A batch is a range of ids in its lane, so that freezing one touches no row.
constexpr const char* kOutbox = R"sql(
CREATE TABLE outbox_lanes (         -- rows that may stand in one request
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,          -- proto::ingest::Kind
    workspace_hash TEXT NOT NULL,
    waiting INTEGER NOT NULL,       -- rows in it
    frozen INTEGER NOT NULL,        -- rows up to this id were put into batches
    UNIQUE (kind, workspace_hash)
) STRICT;

CREATE TABLE outbox (
    lane INTEGER NOT NULL REFERENCES outbox_lanes (id),
    id INTEGER NOT NULL,            -- over all lanes, never given twice
    at_ms INTEGER NOT NULL,
    row TEXT NOT NULL,              -- as it is sent
    PRIMARY KEY (lane, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox_batches (
    key TEXT PRIMARY KEY,           -- UUIDv7, the same for every attempt
    lane INTEGER NOT NULL REFERENCES outbox_lanes (id),
    first INTEGER NOT NULL,         -- ids of rows, both included
    last INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    UNIQUE (lane, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE receivers (            -- outbox::Receiver
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    paused TEXT,
    pause_title TEXT,
    pause_fix TEXT,
    body_limit INTEGER NOT NULL,
    last_success_at_ms INTEGER,
    last_error_at_ms INTEGER,
    last_error TEXT,
    batches_sent INTEGER NOT NULL,
    rows_sent INTEGER NOT NULL,
    rows_deduped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,         -- that the row had in the outbox
    lane INTEGER NOT NULL REFERENCES outbox_lanes (id),
    at_ms INTEGER NOT NULL,
    row TEXT NOT NULL,
    died_at_ms INTEGER NOT NULL,
    status INTEGER,                 -- of the answer that buried it
    code TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE outbox_counts (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session_secrets (      -- redact::SessionSecrets::state(): hashes, no secret
    session INTEGER PRIMARY KEY REFERENCES sessions (key),
    state BLOB NOT NULL
) STRICT;

-- Tells responses of one id apart when a session is gone through again.
ALTER TABLE events ADD COLUMN request_id TEXT;

-- store::Outgoing
ALTER TABLE events ADD COLUMN outgoing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tool_spans ADD COLUMN outgoing INTEGER NOT NULL DEFAULT 0;
)sql";

// Rows leave to several receivers, each at its own pace: it has a cursor in every lane, and batches of its
// own. A row is deleted when all have it. It is settled when it was counted as delivered or dead.
constexpr const char* kReceivers = R"sql(
ALTER TABLE outbox ADD COLUMN only_for TEXT;    -- a receiver; null: all
ALTER TABLE outbox ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;

ALTER TABLE outbox_lanes ADD COLUMN enqueued INTEGER NOT NULL DEFAULT 0;    -- rows that ever came in
ALTER TABLE outbox_lanes ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;     -- rows up to this id are settled
UPDATE outbox_lanes SET enqueued = waiting;

CREATE TABLE outbox_cursors (
    receiver TEXT NOT NULL,
    lane INTEGER NOT NULL REFERENCES outbox_lanes (id),
    frozen INTEGER NOT NULL,        -- rows up to this id were put into batches, or passed over
    passed INTEGER NOT NULL,        -- how many of outbox_lanes.enqueued these are
    PRIMARY KEY (receiver, lane)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_cursors_by_lane ON outbox_cursors (lane);
INSERT INTO outbox_cursors SELECT 'ingest', id, frozen,
    (SELECT count(*) FROM outbox WHERE outbox.lane = outbox_lanes.id AND outbox.id <= frozen) FROM outbox_lanes;
ALTER TABLE outbox_lanes DROP COLUMN frozen;

ALTER TABLE outbox_batches RENAME TO old_batches;
CREATE TABLE outbox_batches (
    key TEXT PRIMARY KEY,           -- UUIDv7, the same for every attempt
    receiver TEXT NOT NULL,
    lane INTEGER NOT NULL REFERENCES outbox_lanes (id),
    first INTEGER NOT NULL,         -- ids of rows, both included
    last INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    parts_taken INTEGER NOT NULL,   -- bits: which of its requests need not be sent again
    UNIQUE (receiver, lane, first)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_batches SELECT key, 'ingest', lane, first, last,
    (SELECT count(*) FROM outbox WHERE outbox.lane = old_batches.lane AND outbox.id BETWEEN first AND last),
    attempts, 0 FROM old_batches;
DROP TABLE old_batches;

ALTER TABLE receivers ADD COLUMN active INTEGER NOT NULL DEFAULT 0;
ALTER TABLE receivers ADD COLUMN rows_dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE receivers ADD COLUMN last_drop_at_ms INTEGER;
ALTER TABLE receivers ADD COLUMN items_rejected INTEGER NOT NULL DEFAULT 0;

ALTER TABLE dead_letters ADD COLUMN receiver TEXT NOT NULL DEFAULT 'ingest';
)sql";

// Turns that end, and what started sub-agents. Of a turn that was open when this came, its time is unknown;
// that it ended was never said.
constexpr const char* kTurns = R"sql(
ALTER TABLE events ADD COLUMN ends_turn INTEGER NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN turn_open INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN turn_began_at_ms INTEGER;
ALTER TABLE sessions ADD COLUMN turn_last_at_ms INTEGER;
-- session::Start
ALTER TABLE sessions ADD COLUMN start_call TEXT;
ALTER TABLE sessions ADD COLUMN start_turn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN start_root TEXT;
ALTER TABLE sessions ADD COLUMN start_root_turn INTEGER NOT NULL DEFAULT 0;
CREATE TABLE agent_starts (         -- calls said to have started a session
    agent TEXT NOT NULL,
    id TEXT NOT NULL,               -- of that session, which may come later
    call_id TEXT NOT NULL,
    PRIMARY KEY (agent, id, call_id)
) STRICT, WITHOUT ROWID;
ALTER TABLE tool_spans ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_prompts ON events (session, at_ms) WHERE kind = 0 AND role = 1 AND sidechain = 0;

UPDATE sessions SET turn_open = 1, turn_last_at_ms = last_activity_ms WHERE prompts > 0;
)sql";

// What lists and counts need so that they cost what they show, with 50,000 sessions and 5,000,000 events,
// too.
constexpr const char* kScale = R"sql(
-- (+agent: an index that begins with the agent finds half of all rows, and looks cheap to SQLite.)
-- Lists show sessions of which events are stored; a sub-agent is with its parent, unless that is not shown. Kept by
-- SessionTable: a trigger would cost each save of each session twenty microseconds.
ALTER TABLE sessions ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;      -- shown, and with no parent
ALTER TABLE sessions ADD COLUMN children INTEGER NOT NULL DEFAULT 0;    -- shown sub-agents of its own
ALTER TABLE sessions ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;      -- retention leaves it alone
-- What it did until then was forgotten. Its row stays, and where its files were read to, so that it does not come back.
ALTER TABLE sessions ADD COLUMN forgotten_until_ms INTEGER;
CREATE TABLE session_count (sessions INTEGER NOT NULL) STRICT;          -- shown

UPDATE sessions SET shown = next_seq > 0;
UPDATE sessions SET
    children = (SELECT count(*) FROM sessions c WHERE c.parent = sessions.id AND +c.agent = sessions.agent AND c.shown),
    listed = shown AND NOT EXISTS (SELECT 1 FROM sessions p WHERE p.id = sessions.parent AND p.agent = sessions.agent
        AND p.shown AND p.key <> sessions.key);
INSERT INTO session_count SELECT count(*) FROM sessions WHERE shown;

CREATE TABLE forgotten_events (events INTEGER NOT NULL) STRICT;         -- counted in files, and no longer there
INSERT INTO forgotten_events VALUES (0);
CREATE TRIGGER events_deleted AFTER DELETE ON events BEGIN
    UPDATE forgotten_events SET events = events + 1;
END;
CREATE TRIGGER tool_spans_deleted AFTER DELETE ON tool_spans BEGIN
    UPDATE span_count SET spans = spans - 1;
END;

CREATE INDEX sessions_listed ON sessions (coalesce(last_activity_ms, 0)) WHERE listed;
CREATE INDEX sessions_listed_by_agent ON sessions (agent, coalesce(last_activity_ms, 0)) WHERE listed;
CREATE INDEX sessions_listed_by_place ON sessions (workspace, agent, coalesce(last_activity_ms, 0)) WHERE listed;

-- Ids that came one after the other from one agent: its events are found without those of others.
CREATE TABLE event_runs (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX event_runs_by_agent ON event_runs (agent, last, first);
INSERT INTO event_runs
    SELECT id, coalesce(lead(id) OVER (ORDER BY id) - 1, (SELECT max(id) FROM events)), agent FROM (
        SELECT e.id AS id, s.agent AS agent, lag(s.agent) OVER (ORDER BY e.id) AS before
        FROM events e CROSS JOIN sessions s ON s.key = e.session)
    WHERE agent IS NOT before;

CREATE INDEX files_unread ON files (root, mtime_ns) WHERE size > offset;
CREATE INDEX bad_lines_by_file ON bad_lines (file);
CREATE INDEX outbox_batches_by_lane ON outbox_batches (lane);
CREATE INDEX dead_letters_by_age ON dead_letters (died_at_ms);

CREATE TABLE dead_counts (receiver TEXT PRIMARY KEY, rows INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO dead_counts SELECT receiver, count(*) FROM dead_letters GROUP BY receiver;
CREATE TRIGGER dead_letters_inserted AFTER INSERT ON dead_letters BEGIN
    INSERT INTO dead_counts VALUES (NEW.receiver, 1) ON CONFLICT DO UPDATE SET rows = rows + 1;
END;
CREATE TRIGGER dead_letters_deleted AFTER DELETE ON dead_letters BEGIN
    UPDATE dead_counts SET rows = rows - 1 WHERE receiver = OLD.receiver;
END;
)sql";

constexpr const char* kBilling = R"sql(
ALTER TABLE responses ADD COLUMN tier TEXT NOT NULL DEFAULT '';         -- parse::Billing; of rows from before: unknown
ALTER TABLE responses ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE responses ADD COLUMN web_searches INTEGER;
ALTER TABLE events ADD COLUMN web_searches INTEGER;
ALTER TABLE events ADD COLUMN copied INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_copied ON events (session, call_id) WHERE copied OR replayed;

CREATE TABLE worktrees (            -- linked ones, as they were seen while they were there
    directory TEXT PRIMARY KEY,
    repository TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rereading (            -- store::RereadingRow
    rules INTEGER NOT NULL,
    until INTEGER NOT NULL,
    last_top INTEGER NOT NULL,
    last_began_at_ms INTEGER NOT NULL,
    last_session INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    read INTEGER NOT NULL,
    left_alone INTEGER NOT NULL
) STRICT;
INSERT INTO rereading VALUES (0, 0, 0, 0, 0, 0, 0, 0);
ALTER TABLE sessions ADD COLUMN worktree TEXT;                          -- of workspace, in which it began; null: none
ALTER TABLE sessions ADD COLUMN entry_point TEXT;                       -- how the agent was started, in its own words
ALTER TABLE sessions ADD COLUMN copied_prompts INTEGER NOT NULL DEFAULT 0;  -- of prompts; from what it was forked from
CREATE INDEX events_prompt_uids ON events (uid, session) WHERE kind = 0 AND role = 1;
CREATE INDEX sessions_forks ON sessions (forked_from) WHERE forked_from IS NOT NULL;
ALTER TABLE sessions ADD COLUMN active_ms INTEGER NOT NULL DEFAULT 0;   -- of its own turns that ended
ALTER TABLE sessions ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;     -- how often it went on after it was done
ALTER TABLE sessions ADD COLUMN in_task INTEGER NOT NULL DEFAULT 0;     -- it said that a turn began, and not that it ended
ALTER TABLE sessions ADD COLUMN asks_call TEXT;                         -- an open call whose answer is the user's
CREATE TABLE open_responses (       -- session::OpenResponses::pack(), of sessions that leave
    session INTEGER PRIMARY KEY REFERENCES sessions (key),
    state TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_open_turns ON sessions (last_activity_ms) WHERE turn_open;
ALTER TABLE outbox_cursors ADD COLUMN told TEXT;                        -- what the receiver was told so far, in its exporter's words
)sql";

constexpr const char* kHidden = R"sql(
-- Without a time in any line: when its file was changed last, so that it is over some day, and too old.
UPDATE sessions SET last_activity_ms = (SELECT max(mtime_ns) / 1000000 FROM files WHERE files.session = sessions.key)
WHERE last_activity_ms IS NULL;
CREATE INDEX sessions_hidden ON sessions (last_activity_ms) WHERE NOT shown AND forgotten_until_ms IS NULL;
)sql";

constexpr const char* kTold = R"sql(
ALTER TABLE sessions ADD COLUMN ended_turn INTEGER NOT NULL DEFAULT -1;  -- the latest that ended
ALTER TABLE sessions ADD COLUMN untold_pico INTEGER NOT NULL DEFAULT 0;  -- of its cost: what rows rounded off so far
)sql";

constexpr std::array kSteps = {kFirst, kUsage, kOutbox, kReceivers, kTurns, kScale, kBilling, kHidden, kTold};

constexpr int kHighestBelievable = 1000;  // of any kaizend to come

void check_version(SQLite::Database& db, int version) {
    const int newest = static_cast<int>(kSteps.size());
    const bool has_tables = db.execAndGet("SELECT count(*) FROM sqlite_master").getInt() > 0;
    if (version < 0 || version > kHighestBelievable || (version == 0 && has_tables))
        throw Damaged(fmt::format("it says that its schema is version {}", version));
    if (version <= newest) return;
    throw Unusable(
        fmt::format("{} was made by a newer kaizend (its schema is version {}, this one knows {})",
                    db.getFilename(), version, newest),
        fmt::format("install the newer kaizend again, or go back to the copy that it made: {}.before-v*",
                    db.getFilename()));
}

// A step that does not fit is our bug, or a schema that is not what its version says. Nothing is moved aside
// for that: the kaizend before can go on with it.
void take(int step, SQLite::Database& db) {
    try {
        db.exec(kSteps[static_cast<std::size_t>(step)]);
    } catch (const SQLite::Exception& error) {
        const int result = error.getErrorCode() & 0xff;
        if (result != SQLITE_ERROR && result != SQLITE_CONSTRAINT) throw;
        throw Unusable(
            fmt::format("{} cannot be upgraded to schema {}: {}", db.getFilename(), step + 1, error.what()),
            "it is as it was; go on with the kaizend that you had before, and please report this");
    }
}

}  // namespace

void migrate(SQLite::Database& db, const std::function<void()>& when_new,
             const std::function<bool()>& on_progress) {
    const int version = db.execAndGet("PRAGMA user_version").getInt();
    const int newest = static_cast<int>(kSteps.size());
    check_version(db, version);
    if (version == newest) return;
    if (version > 0) keep_copy_before(newest, db, on_progress);
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    for (int step = version; step < newest; ++step) take(step, db);
    db.exec(fmt::format("PRAGMA user_version={}", newest));
    if (version == 0) when_new();
    transaction.commit();
}

}  // namespace kaizen::store
