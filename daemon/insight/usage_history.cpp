#include "daemon/insight/usage_history.h"

#include <algorithm>
#include <array>
#include <limits>

#include "daemon/insight/calendar.h"
#include "daemon/insight/usage_rows.h"
#include "daemon/parse/formats.h"

namespace kaizen::insight {
namespace {

using session::UsageSum;

constexpr UnixMs kDefaultSpanMs = std::int64_t{30} * 24 * 60 * 60 * 1000;
constexpr UnixMs kLatest = 253'402'300'800'000;  // the year 10000
constexpr std::array<std::string_view, 7> kByNames = {"day",   "week",      "month",  "model",
                                                      "agent", "workspace", "session"};

std::optional<std::int64_t> to_micro(std::optional<std::int64_t> pico) {
    return pico ? std::optional(session::to_micro(*pico)) : std::nullopt;
}

// When the quarter of an hour begins that holds a time that somebody may ask for.
UnixMs quarter_at(UnixMs at) {
    return std::clamp<UnixMs>(at, 0, kLatest) / session::kQuarterMs * session::kQuarterMs;
}

}  // namespace

std::string_view to_text(UsageBy by) { return kByNames[static_cast<std::size_t>(by)]; }

std::optional<UsageBy> usage_by(std::string_view text) {
    const auto found = std::find(kByNames.begin(), kByNames.end(), text);
    if (found == kByNames.end()) return std::nullopt;
    return static_cast<UsageBy>(found - kByNames.begin());
}

proto::UsageSum to_proto(const UsageSum& from) {
    proto::UsageSum sum;
    sum.responses = from.responses;
    sum.tokens.input = from.input.value();
    sum.tokens.cache_read = from.cache_read.value();
    sum.tokens.cache_write = from.cache_write.value();
    sum.tokens.output = from.output.value();
    sum.tokens.reasoning = from.reasoning.value();
    sum.cost_usd_e6 = to_micro(from.cost_pico());
    sum.cost_agent_usd_e6 = to_micro(from.cost_by_agent.value());
    sum.unpriced_responses = from.unpriced.said_by;
    sum.unpriced_tokens = from.unpriced.sum;
    return sum;
}

Result<proto::Usage> UsageHistory::usage(const UsageQuestion& question, UnixMs now) {
    const auto calendar = Calendar::of(question.tz);
    if (!calendar)
        return fail(ErrorCode::bad_input, "tz is no time zone that this machine knows",
                    "give a name like Europe/Berlin, or UTC");
    proto::Usage answer;
    answer.by = to_text(question.by);
    answer.tz = calendar->zone();
    answer.until_ms = quarter_at(std::min(question.until.value_or(now), kLatest) + session::kQuarterMs - 1);
    answer.since_ms = quarter_at(question.since.value_or(answer.until_ms - kDefaultSpanMs));
    std::optional<Places> places;
    const bool by_place = question.by == UsageBy::agent || question.by == UsageBy::workspace;
    if (by_place || !question.agent.empty() || !question.workspace.empty())
        places.emplace(store_.sessions, question);
    Adder adder(question.by, *calendar, places ? &*places : nullptr);
    store_.usage.each(answer.since_ms / session::kQuarterMs, answer.until_ms / session::kQuarterMs,
                      [&](const store::UsageKey& key, const UsageSum& sum) { adder.add(key, sum); });
    const Rows rows = std::move(adder).rows();
    answer.total = to_proto(rows.total);
    const auto name = [&](std::int64_t number, proto::UsageRow& row) {
        if (by_place) row.key = places->name(number);
        if (question.by == UsageBy::model) row.key = store_.usage.model_name(number);
        if (question.by == UsageBy::session) name_session(number, row);
    };
    answer.rows = is_time(question.by) ? time_rows(rows.by_number, question, *calendar)
                                       : ranked_rows(rows.by_number, question.limit, name);
    answer.rows_left_out = static_cast<std::int64_t>(rows.by_number.size() - answer.rows.size());
    for (const auto& [model, unpriced] : rows.unpriced)
        answer.unpriced.push_back({store_.usage.model_name(model), unpriced.said_by, unpriced.sum});
    std::sort(answer.unpriced.begin(), answer.unpriced.end(),
              [](const auto& a, const auto& b) { return a.tokens > b.tokens; });
    add_uncounted(question, answer);
    for (const store::PriceTableRow& table : store_.usage.price_tables())
        answer.prices.push_back({table.date, table.origin, table.current});
    return answer;
}

void UsageHistory::name_session(std::int64_t session, proto::UsageRow& row) {
    const session::SessionState state = store_.sessions.load(session);
    row.key = state.id;
    row.agent = state.agent;
    row.title = state.title;
    row.parent = state.parent;
}

// Agents that write no token counts have no row anywhere; that they were at work is said all the same.
void UsageHistory::add_uncounted(const UsageQuestion& question, proto::Usage& answer) {
    const WorkspaceFilter workspace(question.workspace, question.aliases);
    for (const parse::Format& format : parse::formats()) {
        const bool asked = question.agent.empty() || question.agent == format.agent;
        if (format.writes_usage || !asked) continue;
        const std::int64_t sessions = store_.sessions.count_active(std::string(format.agent), workspace,
                                                                   answer.since_ms, answer.until_ms);
        if (sessions == 0) continue;
        answer.uncounted.push_back({std::string(format.agent), sessions});
        if (question.by == UsageBy::agent) answer.rows.emplace_back().key = format.agent;
    }
}

proto::TodayStatus UsageHistory::today(UnixMs now) {
    const Period day = Calendar::of({})->period_of(now, Span::day);
    UsageSum sum;
    store_.usage.each(day.begin / session::kQuarterMs, day.end / session::kQuarterMs,
                      [&](const store::UsageKey&, const UsageSum& part) { sum.add(part); });
    return {day.begin, to_proto(sum)};
}

UsageSum UsageHistory::of_session(std::int64_t session) {
    UsageSum sum;
    store_.usage.each_of_session(session,
                                 [&](const store::UsageKey&, const UsageSum& part) { sum.add(part); });
    return sum;
}

UsageSum UsageHistory::with_children(std::int64_t session) {
    UsageSum sum;
    for (const std::int64_t member : store_.sessions.family_of(session)) sum.add(of_session(member));
    return sum;
}

std::vector<proto::UsageRow> UsageHistory::models_of_session(std::int64_t session) {
    Sums models;
    store_.usage.each_of_session(
        session, [&](const store::UsageKey& key, const UsageSum& part) { models[key.model].add(part); });
    return ranked_rows(
        models, std::numeric_limits<std::int64_t>::max(),
        [&](std::int64_t model, proto::UsageRow& row) { row.key = store_.usage.model_name(model); });
}

}  // namespace kaizen::insight
