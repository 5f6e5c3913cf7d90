#include "tests/proto/samples.h"

namespace kaizen::proto {
namespace {

LastError sample_last_error() { return {1'763'985'000'000, "connection refused"}; }

Tokens sample_tokens() {
    Tokens tokens;
    tokens.input = 12;
    tokens.cache_read = 340'000;
    tokens.cache_write = 5'600;
    tokens.output = 0;
    tokens.reasoning = 7;
    return tokens;
}

UsageSum sample_sum() {
    UsageSum sum;
    sum.responses = 61;
    sum.tokens = sample_tokens();
    sum.cost_usd_e6 = 4'120'000;
    sum.cost_agent_usd_e6 = 20'000;
    sum.unpriced_responses = 2;
    sum.unpriced_tokens = 9'000;
    return sum;
}

UsageRow sample_row() {
    UsageRow row;
    row.key = "2025-11-24";
    row.start_ms = 1'763'942'400'000;
    row.agent = "claude";
    row.title = "Build the watcher";
    row.parent = "0a0b0c0d-5c0d-4f4e-9c1a-0d6f5b8f2a11";
    row.usage = sample_sum();
    return row;
}

SourceStatus sample_source() {
    SourceStatus source;
    source.agent = "claude";
    source.root = "/home/ada/.claude/projects";
    source.present = true;
    source.watching = "inotify";
    source.files = 412;
    source.bytes_read = 1'200'000'000;
    source.bytes_behind = 17;
    source.sessions = 388;
    source.lines = 30;
    source.event_lines = 20;
    source.skipped_lines = 9;
    source.bad_lines = 1;
    source.events = 25;
    source.last_event_at_ms = 1'763'985'100'000;
    source.left_out.push_back({"link", 2, "/home/ada/.claude/projects/-home-ada/link"});
    source.left_out.push_back({"gone_read", 12, ""});
    return source;
}

}  // namespace

Status sample_status() {
    Status status;
    status.version = "0.1.0";
    status.pid = 4127;
    status.started_at_ms = 1'763'980'000'000;
    status.uptime_ms = 5'100'000;
    status.state = "running";
    status.health.push_back(
        {"watch_codex", "warning", "no room for watches", "raise the limit", 1'763'981'000'000});
    status.sources.push_back(sample_source());
    status.agents = {{"claude", "codex"}, {{"codex", "/srv/codex/sessions", "CODEX_HOME", 812}}, true};
    status.store = {"/home/ada/kaizen.db", 48'000'000, 388, 128'344, 40'112, 12, 3};
    status.today = {1'763'942'400'000, sample_sum()};
    status.outbox.pending = {1, 2, 3, 4};
    status.outbox.oldest_pending_at_ms = 1'763'984'000'000;
    status.outbox.dead = 5;
    status.outbox.refused = 1;
    status.outbox.excluded = 2;
    status.outbox.sampled_out = 3;
    status.balance = {100, 80, 10, 6, 4};
    status.sync.enabled = true;
    status.sync.endpoint = "https://kaizen.example/v1";
    status.sync.state = "backing_off";
    status.sync.reason = "the server is not reachable";
    status.sync.last_success_at_ms = 1'763'984'500'000;
    status.sync.last_error = sample_last_error();
    status.sync.next_attempt_at_ms = 1'763'985'200'000;
    status.sync.batches_sent = 6;
    status.sync.rows_sent = 700;
    status.sync.rows_deduped = 8;
    status.exporters.push_back({"traces", "otlp", "http://127.0.0.1:4318", "backing_off", "refused",
                                1'763'985'100'000, 1'763'985'300'000, 1, 2, 3, 4, 5, 6, sample_last_error()});
    status.control = {2, 1};
    status.process = {12'400'000, 900, 77};
    return status;
}

Session sample_session() {
    Session session;
    session.id = "1b3e9a2f-5c0d-4f4e-9c1a-0d6f5b8f2a11";
    session.agent = "claude";
    session.status = "running";
    session.status_by = "agent";
    session.parent = "0a0b0c0d-5c0d-4f4e-9c1a-0d6f5b8f2a11";
    session.forked_from = "ffffffff-5c0d-4f4e-9c1a-0d6f5b8f2a11";
    session.workspace = "/home/ada/work/kaizend";
    session.worktree = "/home/ada/work/fix";
    session.title = "Build the \"watcher\" room ✔";
    session.model = "claude-opus-4-5";
    session.started_at_ms = 1'763'983'000'000;
    session.last_activity_ms = 1'763'985'090'000;
    session.events = 412;
    session.prompts = 7;
    session.tool_calls = 181;
    session.tool_errors = 4;
    session.children = 3;
    session.resumed = 2;
    session.active_ms = 1'200'000;
    session.runs = 100;
    session.tokens = sample_tokens();
    session.cost_usd_e6 = 4'120'000;
    session.unpriced_responses = 1;
    session.usage_with_children = sample_sum();
    return session;
}

Event sample_event() {
    Event event;
    event.id = 9001;
    event.session = "1b3e9a2f-5c0d-4f4e-9c1a-0d6f5b8f2a11";
    event.agent = "claude";
    event.seq = 41;
    event.at_ms = 1'763'985'090'123;
    event.kind = "tool_result";
    event.role = "assistant";
    event.thinking = true;
    event.sidechain = true;
    event.copied = true;
    event.name = "Bash";
    event.call_id = "toolu_01";
    event.text = "two\nlines and a \x1b escape";
    event.text_bytes = 70'000;
    event.is_error = true;
    event.exit_code = -1;
    event.duration_ms = 1'234;
    event.model = "claude-opus-4-5";
    event.tokens = sample_tokens();
    event.cost_usd_e6 = 12'345;
    return event;
}

SessionDetail sample_detail() {
    SessionDetail detail;
    detail.session = sample_session();
    detail.cwd = "/home/ada/work/kaizend/daemon";
    detail.git_branch = "main";
    detail.agent_version = "2.1.330";
    detail.tools.push_back({"Bash", 92, 3, 1, 1, 243'000, 1'200});
    detail.tools_left_out = 1;
    detail.files_left_out = 2;
    detail.children_left_out = 3;
    detail.paths.emplace_back("daemon/watch/inotify_watcher.cpp");
    detail.files.push_back({"/home/ada/.claude/projects/p/1b3e.jsonl",
                            1'200'000,
                            412,
                            1,
                            2,
                            "cannot open",
                            {{7, 811, "Invalid value."}}});
    detail.children.push_back(sample_session());
    detail.recent.push_back(sample_event());
    detail.reported = ReportedUsage{"family", sample_tokens(), 4'200'000};
    detail.models.push_back(sample_row());
    return detail;
}

Usage sample_usage() {
    Usage usage;
    usage.by = "day";
    usage.tz = "Europe/Berlin";
    usage.since_ms = 1'763'942'400'000;
    usage.until_ms = 1'763'985'600'000;
    usage.rows.push_back(sample_row());
    usage.rows_left_out = 3;
    usage.total = sample_sum();
    usage.unpriced.push_back({"house-model", 2, 9'000});
    usage.uncounted.push_back({"cursor", 4});
    usage.prices.push_back({"2026-08-22", "built in", true});
    return usage;
}

Prices sample_prices() {
    PriceEntry entry;
    entry.model = "claude-opus-4-6";
    entry.layer = "built_in";
    entry.input_usd_e6 = 5'000'000;
    entry.output_usd_e6 = 25'000'000;
    entry.cache_read_usd_e6 = 500'000;
    entry.cache_write_5m_usd_e6 = 6'250'000;
    entry.cache_write_1h_usd_e6 = 10'000'000;
    entry.fast_e3 = 6000;
    entry.priority_e3 = 2000;
    entry.flex_e3 = 500;
    entry.batch_e3 = 500;
    entry.us_e3 = 1100;
    entry.regional_e3 = 1100;
    entry.long_above = 200'000;
    entry.long_input_e3 = 2000;
    entry.long_output_e3 = 1500;
    entry.web_search_usd_e6 = 10'000;
    entry.models = {"claude-opus-4-6-20260205"};
    entry.usage = sample_sum();
    Prices prices;
    prices.tables.push_back({"built_in", "2026-08-22", "built in", "public price lists"});
    prices.imported_file = "/home/ada/.config/kaizen/prices-imported.toml";
    prices.entries.push_back(entry);
    prices.entries_left_out = 211;
    prices.unpriced.push_back({"house-model", sample_sum()});
    return prices;
}

Reprice sample_reprice() { return {61, 2, 4'000'000, 4'120'000, 2, "2026-08-22"}; }

Flush sample_flush() {
    return {"partial",
            3,
            1'200,
            5,
            1,
            40,
            "the server is not reachable",
            {{"posthog", "drained", 2, 900, 1, 0, "x"}}};
}

Reload sample_reload() {
    return {{"log_level"}, {"data_dir"}, {"config.toml:3: unknown key"}, {"sync is on now"}};
}

OutboxRow sample_outbox_row() {
    return {812,
            "dead",
            "events",
            "blake3:41aa",
            1'763'980'000'000,
            23,
            R"({"kind":"tool_call"})",
            "posthog",
            1'763'980'060'000,
            422,
            "bad_field",
            "event_seq must be an integer"};
}

Preview sample_preview() {
    Preview preview;
    preview.session = "1b3e9a2f-0c51-4a57-9d7e-2f4d6b8a1c33";
    preview.agent = "claude";
    preview.title = "Fix the flaky watcher test";
    preview.workspace = "/home/ada/work/kaizend";
    preview.content = "metadata";
    preview.enabled = true;
    preview.salted = true;
    preview.withheld = "excluded";
    preview.requests.push_back(
        {"events", "/v1/events", 2, 61, R"({"team_id":"t","workspace_hash":"w","events":[]})"});
    preview.rows_left_out = 3;
    preview.refused = 1;
    return preview;
}

Forgotten sample_forgotten() { return {3, 1'200, 340, 410, 25, 5, 1}; }
Pinned sample_pinned() { return {"1b3e9a2f-5c0d-4f4e-9c1a-0d6f5b8f2a11", true}; }
Backfill sample_backfill() { return {12, 3'400, 820, 1, 2, 3, true, 410, 64'800'000, "datadog"}; }

SyncTest sample_sync_test() {
    return {false, "https://ingest.example/v1/health", 401, 38, "unauthorized", "set sync.team_token", -1'200,
            "none"};
}

Doctor sample_doctor() {
    return {{{"sync_salt", "error", "No salt", "sync.team_salt_hex is empty", "openssl rand -hex 32"}}};
}

ErrorBody sample_error() {
    return {"conflict",
            "more than one session begins with 1b3e",
            "give more of the id",
            true,
            {"1b3e9a2f", "1b3eaaaa"}};
}

}  // namespace kaizen::proto
