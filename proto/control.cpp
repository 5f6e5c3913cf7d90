#include "proto/control.h"

#include <fmt/core.h>

#include <tuple>
#include <type_traits>

#include "common/json.h"
#include "proto/fields.h"

namespace kaizen::proto {
namespace {

// One description per struct drives both writing and reading, so that they cannot drift apart.
template <class T>
constexpr auto kFields = nullptr;

template <>
constexpr auto kFields<ErrorBody> = std::tuple(field("code", &ErrorBody::code),
                                               field("message", &ErrorBody::message),
                                               field("hint", &ErrorBody::hint),
                                               field("retryable", &ErrorBody::retryable),
                                               field("candidates", &ErrorBody::candidates));

template <>
constexpr auto kFields<HealthItem> = std::tuple(field("code", &HealthItem::code),
                                                field("severity", &HealthItem::severity),
                                                field("title", &HealthItem::title),
                                                field("fix", &HealthItem::fix),
                                                field("since_ms", &HealthItem::since_ms));

template <>
constexpr auto kFields<LeftOut> = std::tuple(field("reason", &LeftOut::reason),
                                             field("count", &LeftOut::count),
                                             field("example", &LeftOut::example));

template <>
constexpr auto kFields<SourceStatus> = std::tuple(
    field("agent", &SourceStatus::agent), field("root", &SourceStatus::root),
    field("present", &SourceStatus::present), field("watching", &SourceStatus::watching),
    field("files", &SourceStatus::files), field("bytes_read", &SourceStatus::bytes_read),
    field("bytes_behind", &SourceStatus::bytes_behind), field("sessions", &SourceStatus::sessions),
    field("lines", &SourceStatus::lines), field("event_lines", &SourceStatus::event_lines),
    field("skipped_lines", &SourceStatus::skipped_lines), field("bad_lines", &SourceStatus::bad_lines),
    field("events", &SourceStatus::events), field("last_event_at_ms", &SourceStatus::last_event_at_ms),
    field("left_out", &SourceStatus::left_out));

template <>
constexpr auto kFields<UnwatchedRoot> = std::tuple(field("agent", &UnwatchedRoot::agent),
                                                   field("root", &UnwatchedRoot::root),
                                                   field("variable", &UnwatchedRoot::variable),
                                                   field("pid", &UnwatchedRoot::pid));

template <>
constexpr auto kFields<AgentsStatus> = std::tuple(field("running", &AgentsStatus::running),
                                                  field("unwatched", &AgentsStatus::unwatched),
                                                  field("hidden", &AgentsStatus::hidden));

template <>
constexpr auto kFields<StoreStatus> =
    std::tuple(field("path", &StoreStatus::path), field("bytes", &StoreStatus::bytes),
               field("sessions", &StoreStatus::sessions), field("events", &StoreStatus::events),
               field("tool_spans", &StoreStatus::tool_spans),
               field("sessions_to_read_again", &StoreStatus::sessions_to_read_again),
               field("sessions_left_alone", &StoreStatus::sessions_left_alone));

template <>
constexpr auto kFields<PendingRows> = std::tuple(field("events", &PendingRows::events),
                                                 field("tool_spans", &PendingRows::tool_spans),
                                                 field("repo_snapshots", &PendingRows::repo_snapshots),
                                                 field("workspace_facts", &PendingRows::workspace_facts));

template <>
constexpr auto kFields<OutboxStatus> =
    std::tuple(field("pending", &OutboxStatus::pending),
               field("oldest_pending_at_ms", &OutboxStatus::oldest_pending_at_ms),
               field("dead", &OutboxStatus::dead), field("refused", &OutboxStatus::refused),
               field("excluded", &OutboxStatus::excluded), field("sampled_out", &OutboxStatus::sampled_out));

template <>
constexpr auto kFields<Balance> = std::tuple(field("enqueued", &Balance::enqueued),
                                             field("delivered", &Balance::delivered),
                                             field("pending", &Balance::pending),
                                             field("dead", &Balance::dead),
                                             field("dropped_by_user", &Balance::dropped_by_user));

template <>
constexpr auto kFields<LastError> = std::tuple(field("at_ms", &LastError::at_ms),
                                               field("message", &LastError::message));

template <>
constexpr auto kFields<SyncStatus> = std::tuple(field("enabled", &SyncStatus::enabled),
                                                field("endpoint", &SyncStatus::endpoint),
                                                field("state", &SyncStatus::state),
                                                field("reason", &SyncStatus::reason),
                                                field("last_success_at_ms", &SyncStatus::last_success_at_ms),
                                                field("last_error", &SyncStatus::last_error),
                                                field("next_attempt_at_ms", &SyncStatus::next_attempt_at_ms),
                                                field("batches_sent", &SyncStatus::batches_sent),
                                                field("rows_sent", &SyncStatus::rows_sent),
                                                field("rows_deduped", &SyncStatus::rows_deduped));

template <>
constexpr auto kFields<ExporterStatus> = std::tuple(
    field("name", &ExporterStatus::name), field("type", &ExporterStatus::type),
    field("place", &ExporterStatus::place), field("state", &ExporterStatus::state),
    field("reason", &ExporterStatus::reason),
    field("last_success_at_ms", &ExporterStatus::last_success_at_ms),
    field("next_attempt_at_ms", &ExporterStatus::next_attempt_at_ms),
    field("batches_sent", &ExporterStatus::batches_sent), field("rows_sent", &ExporterStatus::rows_sent),
    field("backlog", &ExporterStatus::backlog), field("dropped", &ExporterStatus::dropped),
    field("dead", &ExporterStatus::dead), field("rejected", &ExporterStatus::rejected),
    field("last_error", &ExporterStatus::last_error));

template <>
constexpr auto kFields<ControlStatus> = std::tuple(field("refused_peers", &ControlStatus::refused_peers),
                                                   field("turned_away", &ControlStatus::turned_away));

template <>
constexpr auto kFields<ProcessStatus> = std::tuple(field("rss_bytes", &ProcessStatus::rss_bytes),
                                                   field("cpu_ms", &ProcessStatus::cpu_ms),
                                                   field("wakeups", &ProcessStatus::wakeups));

template <>
constexpr auto kFields<Tokens> = std::tuple(field("input", &Tokens::input),
                                            field("cache_read", &Tokens::cache_read),
                                            field("cache_write", &Tokens::cache_write),
                                            field("output", &Tokens::output),
                                            field("reasoning", &Tokens::reasoning));

template <>
constexpr auto kFields<UsageSum> = std::tuple(field("responses", &UsageSum::responses),
                                              field("tokens", &UsageSum::tokens),
                                              field("cost_usd_e6", &UsageSum::cost_usd_e6),
                                              field("cost_agent_usd_e6", &UsageSum::cost_agent_usd_e6),
                                              field("unpriced_responses", &UsageSum::unpriced_responses),
                                              field("unpriced_tokens", &UsageSum::unpriced_tokens));

template <>
constexpr auto kFields<TodayStatus> = std::tuple(field("since_ms", &TodayStatus::since_ms),
                                                 field("usage", &TodayStatus::usage));

template <>
constexpr auto kFields<Status> = std::tuple(
    field("version", &Status::version), field("api", &Status::api), field("pid", &Status::pid),
    field("started_at_ms", &Status::started_at_ms), field("uptime_ms", &Status::uptime_ms),
    field("state", &Status::state), field("health", &Status::health), field("sources", &Status::sources),
    field("agents", &Status::agents), field("store", &Status::store), field("today", &Status::today),
    field("outbox", &Status::outbox), field("balance", &Status::balance), field("sync", &Status::sync),
    field("exporters", &Status::exporters), field("control", &Status::control),
    field("process", &Status::process));

template <>
constexpr auto kFields<Session> = std::tuple(
    field("id", &Session::id), field("agent", &Session::agent), field("status", &Session::status),
    field("status_by", &Session::status_by), field("parent", &Session::parent),
    field("forked_from", &Session::forked_from), field("workspace", &Session::workspace),
    field("worktree", &Session::worktree), field("title", &Session::title), field("model", &Session::model),
    field("started_at_ms", &Session::started_at_ms), field("last_activity_ms", &Session::last_activity_ms),
    field("events", &Session::events), field("prompts", &Session::prompts),
    field("tool_calls", &Session::tool_calls), field("tool_errors", &Session::tool_errors),
    field("children", &Session::children), field("resumed", &Session::resumed),
    field("active_ms", &Session::active_ms), field("runs", &Session::runs), field("pinned", &Session::pinned),
    field("tokens", &Session::tokens), field("cost_usd_e6", &Session::cost_usd_e6),
    field("unpriced_responses", &Session::unpriced_responses),
    field("usage_with_children", &Session::usage_with_children));

template <>
constexpr auto kFields<SessionPage> = std::tuple(field("sessions", &SessionPage::sessions),
                                                 field("next", &SessionPage::next));

template <>
constexpr auto kFields<Event> = std::tuple(
    field("id", &Event::id), field("session", &Event::session), field("agent", &Event::agent),
    field("seq", &Event::seq), field("at_ms", &Event::at_ms), field("kind", &Event::kind),
    field("role", &Event::role), field("thinking", &Event::thinking), field("sidechain", &Event::sidechain),
    field("copied", &Event::copied), field("name", &Event::name), field("call_id", &Event::call_id),
    field("text", &Event::text), field("text_bytes", &Event::text_bytes), field("is_error", &Event::is_error),
    field("exit_code", &Event::exit_code), field("duration_ms", &Event::duration_ms),
    field("model", &Event::model), field("tokens", &Event::tokens),
    field("cost_usd_e6", &Event::cost_usd_e6));

template <>
constexpr auto kFields<EventPage> = std::tuple(field("events", &EventPage::events),
                                               field("next", &EventPage::next),
                                               field("cut", &EventPage::cut));

template <>
constexpr auto kFields<ToolSummary> = std::tuple(field("tool", &ToolSummary::tool),
                                                 field("calls", &ToolSummary::calls),
                                                 field("errors", &ToolSummary::errors),
                                                 field("orphaned", &ToolSummary::orphaned),
                                                 field("open", &ToolSummary::open),
                                                 field("total_ms", &ToolSummary::total_ms),
                                                 field("median_ms", &ToolSummary::median_ms));

template <>
constexpr auto kFields<BadLine> = std::tuple(field("line", &BadLine::line), field("offset", &BadLine::offset),
                                             field("reason", &BadLine::reason));

template <>
constexpr auto kFields<SessionFile> = std::tuple(field("path", &SessionFile::path),
                                                 field("bytes", &SessionFile::bytes),
                                                 field("lines", &SessionFile::lines),
                                                 field("bad_lines", &SessionFile::bad_lines),
                                                 field("generation", &SessionFile::generation),
                                                 field("problem", &SessionFile::problem),
                                                 field("last_bad_lines", &SessionFile::last_bad_lines));

template <>
constexpr auto kFields<UsageRow> = std::tuple(
    field("key", &UsageRow::key), field("start_ms", &UsageRow::start_ms), field("agent", &UsageRow::agent),
    field("title", &UsageRow::title), field("parent", &UsageRow::parent), field("usage", &UsageRow::usage));

template <>
constexpr auto kFields<UnpricedModel> = std::tuple(field("model", &UnpricedModel::model),
                                                   field("responses", &UnpricedModel::responses),
                                                   field("tokens", &UnpricedModel::tokens));

template <>
constexpr auto kFields<UncountedAgent> = std::tuple(field("agent", &UncountedAgent::agent),
                                                    field("sessions", &UncountedAgent::sessions));

template <>
constexpr auto kFields<PriceTable> = std::tuple(field("date", &PriceTable::date),
                                                field("origin", &PriceTable::origin),
                                                field("current", &PriceTable::current));

template <>
constexpr auto kFields<Usage> = std::tuple(field("by", &Usage::by), field("tz", &Usage::tz),
                                           field("since_ms", &Usage::since_ms),
                                           field("until_ms", &Usage::until_ms), field("rows", &Usage::rows),
                                           field("rows_left_out", &Usage::rows_left_out),
                                           field("total", &Usage::total), field("unpriced", &Usage::unpriced),
                                           field("uncounted", &Usage::uncounted),
                                           field("prices", &Usage::prices));

template <>
constexpr auto kFields<PriceEntry> = std::tuple(
    field("model", &PriceEntry::model), field("layer", &PriceEntry::layer),
    field("input_usd_e6", &PriceEntry::input_usd_e6), field("output_usd_e6", &PriceEntry::output_usd_e6),
    field("cache_read_usd_e6", &PriceEntry::cache_read_usd_e6),
    field("cache_write_5m_usd_e6", &PriceEntry::cache_write_5m_usd_e6),
    field("cache_write_1h_usd_e6", &PriceEntry::cache_write_1h_usd_e6),
    field("fast_e3", &PriceEntry::fast_e3), field("priority_e3", &PriceEntry::priority_e3),
    field("flex_e3", &PriceEntry::flex_e3), field("batch_e3", &PriceEntry::batch_e3),
    field("us_e3", &PriceEntry::us_e3), field("regional_e3", &PriceEntry::regional_e3),
    field("long_above", &PriceEntry::long_above), field("long_input_e3", &PriceEntry::long_input_e3),
    field("long_output_e3", &PriceEntry::long_output_e3),
    field("web_search_usd_e6", &PriceEntry::web_search_usd_e6), field("models", &PriceEntry::models),
    field("usage", &PriceEntry::usage));

template <>
constexpr auto kFields<PriceLayer> = std::tuple(field("layer", &PriceLayer::layer),
                                                field("date", &PriceLayer::date),
                                                field("origin", &PriceLayer::origin),
                                                field("source", &PriceLayer::source));

template <>
constexpr auto kFields<ModelUsage> = std::tuple(field("model", &ModelUsage::model),
                                                field("usage", &ModelUsage::usage));

template <>
constexpr auto kFields<Prices> = std::tuple(field("tables", &Prices::tables),
                                            field("imported_file", &Prices::imported_file),
                                            field("entries", &Prices::entries),
                                            field("entries_left_out", &Prices::entries_left_out),
                                            field("unpriced", &Prices::unpriced));

template <>
constexpr auto kFields<Reprice> = std::tuple(field("responses", &Reprice::responses),
                                             field("changed", &Reprice::changed),
                                             field("cost_before_usd_e6", &Reprice::cost_before_usd_e6),
                                             field("cost_after_usd_e6", &Reprice::cost_after_usd_e6),
                                             field("unpriced_responses", &Reprice::unpriced_responses),
                                             field("date", &Reprice::date));

template <>
constexpr auto kFields<ReportedUsage> = std::tuple(field("scope", &ReportedUsage::scope),
                                                   field("tokens", &ReportedUsage::tokens),
                                                   field("cost_usd_e6", &ReportedUsage::cost_usd_e6));

template <>
constexpr auto kFields<SessionDetail> = std::tuple(
    field("session", &SessionDetail::session), field("cwd", &SessionDetail::cwd),
    field("git_branch", &SessionDetail::git_branch), field("agent_version", &SessionDetail::agent_version),
    field("tools", &SessionDetail::tools), field("tools_left_out", &SessionDetail::tools_left_out),
    field("paths", &SessionDetail::paths), field("files", &SessionDetail::files),
    field("files_left_out", &SessionDetail::files_left_out), field("children", &SessionDetail::children),
    field("children_left_out", &SessionDetail::children_left_out), field("recent", &SessionDetail::recent),
    field("reported", &SessionDetail::reported), field("models", &SessionDetail::models));

template <>
constexpr auto kFields<ExporterFlush> = std::tuple(field("name", &ExporterFlush::name),
                                                   field("outcome", &ExporterFlush::outcome),
                                                   field("batches", &ExporterFlush::batches),
                                                   field("rows", &ExporterFlush::rows),
                                                   field("dead", &ExporterFlush::dead),
                                                   field("waiting", &ExporterFlush::waiting),
                                                   field("error", &ExporterFlush::error));

template <>
constexpr auto kFields<Flush> = std::tuple(field("outcome", &Flush::outcome),
                                           field("batches", &Flush::batches), field("rows", &Flush::rows),
                                           field("deduped", &Flush::deduped), field("dead", &Flush::dead),
                                           field("pending", &Flush::pending), field("error", &Flush::error),
                                           field("exporters", &Flush::exporters));

template <>
constexpr auto kFields<Reload> = std::tuple(field("applied", &Reload::applied),
                                            field("needs_restart", &Reload::needs_restart),
                                            field("warnings", &Reload::warnings),
                                            field("notes", &Reload::notes));

template <>
constexpr auto kFields<OutboxRow> = std::tuple(
    field("id", &OutboxRow::id), field("state", &OutboxRow::state), field("kind", &OutboxRow::kind),
    field("workspace_hash", &OutboxRow::workspace_hash), field("enqueued_at_ms", &OutboxRow::enqueued_at_ms),
    field("bytes", &OutboxRow::bytes), field("row", &OutboxRow::row), field("exporter", &OutboxRow::exporter),
    field("died_at_ms", &OutboxRow::died_at_ms), field("status", &OutboxRow::status),
    field("code", &OutboxRow::code), field("reason", &OutboxRow::reason));

template <>
constexpr auto kFields<OutboxPage> = std::tuple(field("rows", &OutboxPage::rows),
                                                field("next", &OutboxPage::next));

template <>
constexpr auto kFields<OutboxChange> = std::tuple(field("retried", &OutboxChange::retried),
                                                  field("dropped", &OutboxChange::dropped));

template <>
constexpr auto kFields<PreviewRequest> = std::tuple(field("kind", &PreviewRequest::kind),
                                                    field("path", &PreviewRequest::path),
                                                    field("rows", &PreviewRequest::rows),
                                                    field("bytes", &PreviewRequest::bytes),
                                                    field("body", &PreviewRequest::body));

template <>
constexpr auto kFields<Preview> = std::tuple(
    field("session", &Preview::session), field("agent", &Preview::agent), field("title", &Preview::title),
    field("workspace", &Preview::workspace), field("content", &Preview::content),
    field("enabled", &Preview::enabled), field("salted", &Preview::salted),
    field("withheld", &Preview::withheld), field("requests", &Preview::requests),
    field("rows_left_out", &Preview::rows_left_out), field("refused", &Preview::refused));

template <>
constexpr auto kFields<Forgotten> = std::tuple(field("sessions", &Forgotten::sessions),
                                               field("events", &Forgotten::events),
                                               field("tool_spans", &Forgotten::tool_spans),
                                               field("responses", &Forgotten::responses),
                                               field("outbox_rows", &Forgotten::outbox_rows),
                                               field("outbox_rows_leaving", &Forgotten::outbox_rows_leaving),
                                               field("pinned", &Forgotten::pinned));

template <>
constexpr auto kFields<Pinned> = std::tuple(field("session", &Pinned::session),
                                            field("pinned", &Pinned::pinned));

template <>
constexpr auto kFields<Backfill> =
    std::tuple(field("sessions", &Backfill::sessions), field("events", &Backfill::events),
               field("tool_spans", &Backfill::tool_spans), field("refused", &Backfill::refused),
               field("excluded", &Backfill::excluded), field("sampled_out", &Backfill::sampled_out),
               field("dry_run", &Backfill::dry_run), field("late_rows", &Backfill::late_rows),
               field("late_after_ms", &Backfill::late_after_ms), field("late_for", &Backfill::late_for));

template <>
constexpr auto kFields<SyncTest> = std::tuple(
    field("ok", &SyncTest::ok), field("url", &SyncTest::url), field("status", &SyncTest::status),
    field("took_ms", &SyncTest::took_ms), field("message", &SyncTest::message), field("fix", &SyncTest::fix),
    field("clock_skew_ms", &SyncTest::clock_skew_ms), field("proof", &SyncTest::proof));

template <>
constexpr auto kFields<ExporterTest> = std::tuple(field("name", &ExporterTest::name),
                                                  field("type", &ExporterTest::type),
                                                  field("test", &ExporterTest::test));

template <>
constexpr auto kFields<ExportTest> = std::tuple(field("exporters", &ExportTest::exporters));

template <>
constexpr auto kFields<Check> = std::tuple(field("code", &Check::code), field("severity", &Check::severity),
                                           field("title", &Check::title), field("detail", &Check::detail),
                                           field("fix", &Check::fix));

template <>
constexpr auto kFields<Doctor> = std::tuple(field("checks", &Doctor::checks));

void write(JsonText& out, bool value) { out.Bool(value); }
void write(JsonText& out, int value) { out.Int(value); }
void write(JsonText& out, std::int64_t value) { out.Int64(value); }

void write(JsonText& out, const std::string& value) {
    if (value.empty())
        out.Null();
    else
        out.string(value);
}

template <class T>
void write(JsonText& out, const T& value);

template <class T>
void write(JsonText& out, const std::optional<T>& value) {
    if (value)
        write(out, *value);
    else
        out.Null();
}

template <class T>
void write(JsonText& out, const std::vector<T>& values) {
    out.StartArray();
    for (const T& value : values) write(out, value);
    out.EndArray();
}

template <class T>
void write(JsonText& out, const T& value) {
    out.StartObject();
    const auto one = [&](const auto& each) {
        out.key(each.name);
        write(out, value.*each.member);
    };
    std::apply([&](const auto&... each) { (one(each), ...); }, kFields<T>);
    out.EndObject();
}

// Each read leaves `out` as it is when the value has another type.
void read(const JsonValue& value, bool& out) {
    if (value.IsBool()) out = value.GetBool();
}

void read(const JsonValue& value, int& out) {
    if (value.IsInt()) out = value.GetInt();
}

void read(const JsonValue& value, std::int64_t& out) {
    if (value.IsInt64()) out = value.GetInt64();
}

void read(const JsonValue& value, std::string& out) {
    if (value.IsString()) out = as_view(value);
}

template <class T>
void read(const JsonValue& value, T& out);

template <class T>
bool fits(const JsonValue& value) {
    if constexpr (std::is_same_v<T, std::int64_t>)
        return value.IsInt64();
    else
        return value.IsObject();
}

template <class T>
void read(const JsonValue& value, std::optional<T>& out) {
    if (!fits<T>(value)) return;
    read(value, out.emplace());
}

template <class T>
void read(const JsonValue& value, std::vector<T>& out) {
    if (!value.IsArray()) return;
    out.reserve(value.Size());
    for (const JsonValue& element : value.GetArray()) read(element, out.emplace_back());
}

template <class T>
void read(const JsonValue& value, T& out) {
    const auto one = [&](const auto& each) {
        if (const JsonValue* member = find(value, each.name)) read(*member, out.*each.member);
    };
    std::apply([&](const auto&... each) { (one(each), ...); }, kFields<T>);
}

}  // namespace

template <class T>
std::string to_json(const T& value) {
    JsonText out;
    write(out, value);
    return out.str();
}

template <class T>
Result<T> from_json(std::string_view text) {
    JsonDocument document;
    if (auto parsed = document.parse(text); !parsed) return tl::unexpected(std::move(parsed.error()));
    if (!document.root().IsObject()) return fail(ErrorCode::bad_input, "not a JSON object");
    T value;
    read(document.root(), value);
    return value;
}

std::string error_to_json(const ErrorBody& error) { return fmt::format(R"({{"error":{}}})", to_json(error)); }

Result<ErrorBody> error_from_json(std::string_view text) {
    JsonDocument document;
    if (auto parsed = document.parse(text); !parsed) return tl::unexpected(std::move(parsed.error()));
    const JsonValue* inner = find_object(document.root(), "error");
    if (inner == nullptr) return fail(ErrorCode::bad_input, "no error object");
    ErrorBody error;
    read(*inner, error);
    return error;
}

template std::string to_json(const Status&);
template std::string to_json(const Session&);
template std::string to_json(const SessionPage&);
template std::string to_json(const SessionDetail&);
template std::string to_json(const Event&);
template std::string to_json(const EventPage&);
template std::string to_json(const Usage&);
template std::string to_json(const Prices&);
template std::string to_json(const PriceEntry&);
template std::string to_json(const Reprice&);
template std::string to_json(const Flush&);
template std::string to_json(const OutboxRow&);
template std::string to_json(const OutboxPage&);
template std::string to_json(const OutboxChange&);
template std::string to_json(const Preview&);
template std::string to_json(const Backfill&);
template std::string to_json(const Forgotten&);
template std::string to_json(const Pinned&);
template std::string to_json(const SyncStatus&);
template std::string to_json(const SyncTest&);
template std::string to_json(const ExportTest&);
template std::string to_json(const Doctor&);
template std::string to_json(const Reload&);

template Result<Status> from_json(std::string_view);
template Result<Session> from_json(std::string_view);
template Result<SessionPage> from_json(std::string_view);
template Result<SessionDetail> from_json(std::string_view);
template Result<Event> from_json(std::string_view);
template Result<EventPage> from_json(std::string_view);
template Result<Usage> from_json(std::string_view);
template Result<Prices> from_json(std::string_view);
template Result<Reprice> from_json(std::string_view);
template Result<Flush> from_json(std::string_view);
template Result<OutboxRow> from_json(std::string_view);
template Result<OutboxPage> from_json(std::string_view);
template Result<OutboxChange> from_json(std::string_view);
template Result<Preview> from_json(std::string_view);
template Result<Backfill> from_json(std::string_view);
template Result<Forgotten> from_json(std::string_view);
template Result<Pinned> from_json(std::string_view);
template Result<SyncStatus> from_json(std::string_view);
template Result<SyncTest> from_json(std::string_view);
template Result<ExportTest> from_json(std::string_view);
template Result<Doctor> from_json(std::string_view);
template Result<Reload> from_json(std::string_view);

}  // namespace kaizen::proto
