#include "daemon/insight/usage_history.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <unordered_map>

#include "daemon/insight/calendar.h"
#include "daemon/parse/formats.h"

namespace kaizen::insight {
namespace {

using session::UsageSum;

constexpr UnixMs kDefaultSpanMs = std::int64_t{30} * 24 * 60 * 60 * 1000;
constexpr std::array<std::string_view, 7> kByNames = {"day",   "week",      "month",  "model",
                                                      "agent", "workspace", "session"};

bool is_time(UsageBy by) { return by <= UsageBy::month; }

Span span_of(UsageBy by) {
    if (by == UsageBy::week) return Span::week;
    return by == UsageBy::month ? Span::month : Span::day;
}

// Where sessions worked: agent and directory by session key.
class Places {
  public:
    Places(store::SessionTable& sessions, const UsageQuestion& question) {
        sessions.each_place([&](std::string_view agent, std::string_view workspace, std::int64_t session) {
            if (places_.empty() || places_.back().agent != agent || places_.back().workspace != workspace)
                places_.push_back({std::string(agent), std::string(workspace),
                                   fits(agent, question.agent) && is_below(workspace, question.workspace)});
            const auto key = static_cast<std::size_t>(session);
            if (key >= of_session_.size()) of_session_.resize(key + 1, -1);
            of_session_[key] = static_cast<std::int32_t>(places_.size() - 1);
        });
    }

    [[nodiscard]] bool wanted(std::int64_t session) const {
        const auto key = static_cast<std::size_t>(session);
        return key < of_session_.size() && of_session_[key] >= 0 && place(session).wanted;
    }
    [[nodiscard]] const std::string& agent(std::int64_t session) const { return place(session).agent; }
    [[nodiscard]] const std::string& workspace(std::int64_t session) const {
        return place(session).workspace;
    }

  private:
    struct Place {
        std::string agent;
        std::string workspace;
        bool wanted = false;
    };

    static bool fits(std::string_view is, std::string_view asked) { return asked.empty() || is == asked; }
    static bool is_below(std::string_view directory, std::string_view asked) {
        return fits(directory, asked) || (directory.size() > asked.size() && directory.starts_with(asked) &&
                                          directory[asked.size()] == '/');
    }

    [[nodiscard]] const Place& place(std::int64_t session) const {
        return places_[static_cast<std::size_t>(of_session_[static_cast<std::size_t>(session)])];
    }

    std::vector<Place> places_;
    std::vector<std::int32_t> of_session_;
};

// The rows of an answer while they add up. Rows are told apart by a number (a time, a model's or a session's
// key) or by a text.
struct Rows {
    std::unordered_map<std::int64_t, UsageSum> by_number;
    std::map<std::string, UsageSum, std::less<>> by_text;
    std::map<std::int64_t, UsageSum::Counter> unpriced;  // by model
    UsageSum total;
};

Rows add_up(store::Store& store, const UsageQuestion& question, const Calendar& calendar, UnixMs since,
            UnixMs until) {
    Rows rows;
    const bool by_place = question.by == UsageBy::agent || question.by == UsageBy::workspace;
    std::optional<Places> places;
    if (by_place || !question.agent.empty() || !question.workspace.empty())
        places.emplace(store.sessions, question);
    Period period;
    UsageSum* of_period = nullptr;  // sums come in order of time
    store.usage.each(
        since / session::kQuarterMs, until / session::kQuarterMs,
        [&](const store::UsageKey& key, const UsageSum& sum) {
            if (places && !places->wanted(key.session)) return;
            UsageSum* row = of_period;
            const UnixMs at = key.quarter * session::kQuarterMs;
            if (is_time(question.by) && (row == nullptr || at >= period.end)) {
                period = calendar.period_of(at, span_of(question.by));
                row = of_period = &rows.by_number[period.begin];
            } else if (question.by == UsageBy::model) {
                row = &rows.by_number[key.model];
            } else if (question.by == UsageBy::session) {
                row = &rows.by_number[key.session];
            } else if (by_place) {
                row = &rows.by_text[question.by == UsageBy::agent ? places->agent(key.session)
                                                                  : places->workspace(key.session)];
            }
            row->add(sum);
            rows.total.add(sum);
            if (sum.unpriced.said_by == 0) return;
            UsageSum::Counter& unpriced = rows.unpriced[key.model];
            unpriced.sum += sum.unpriced.sum;
            unpriced.said_by += sum.unpriced.said_by;
        });
    return rows;
}

std::int64_t all_tokens(const UsageSum& sum) {
    return sum.input.sum + sum.cache_read.sum + sum.cache_write.sum + sum.output.sum;
}

// Largest cost first; what has none by its tokens.
bool costs_more(const UsageSum& a, const UsageSum& b) {
    const std::int64_t cost_a = a.cost_pico().value_or(-1);
    const std::int64_t cost_b = b.cost_pico().value_or(-1);
    return cost_a != cost_b ? cost_a > cost_b : all_tokens(a) > all_tokens(b);
}

std::optional<std::int64_t> to_micro(std::optional<std::int64_t> pico) {
    return pico ? std::optional(session::to_micro(*pico)) : std::nullopt;
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

namespace {

std::vector<proto::UsageRow> time_rows(const Rows& rows, const UsageQuestion& question,
                                       const Calendar& calendar) {
    std::vector<proto::UsageRow> out;
    for (const auto& [begin, sum] : rows.by_number) {
        proto::UsageRow& row = out.emplace_back();
        row.key = calendar.period_of(begin, span_of(question.by)).name;
        row.start_ms = begin;
        row.usage = to_proto(sum);
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.start_ms < b.start_ms; });
    return out;
}

// The rows with the largest cost, `name` says what their key stands for.
template <class Map, class Name>
std::vector<proto::UsageRow> ranked_rows(const Map& rows, std::int64_t limit, const Name& name) {
    std::vector<const typename Map::value_type*> order;
    for (const auto& row : rows) order.push_back(&row);
    const auto front = std::min(order.size(), static_cast<std::size_t>(limit));
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(front), order.end(),
                      [](const auto* a, const auto* b) {
                          if (costs_more(a->second, b->second)) return true;
                          return !costs_more(b->second, a->second) && a->first < b->first;
                      });
    std::vector<proto::UsageRow> out;
    for (std::size_t i = 0; i < front; ++i) {
        proto::UsageRow& row = out.emplace_back();
        row.usage = to_proto(order[i]->second);
        name(order[i]->first, row);
    }
    return out;
}

}  // namespace

Result<proto::Usage> UsageHistory::usage(const UsageQuestion& question, UnixMs now) {
    const auto calendar = Calendar::of(question.tz);
    if (!calendar)
        return fail(ErrorCode::bad_input, "tz is no time zone that this machine knows",
                    "give a name like Europe/Berlin, or UTC");
    const auto back_to_quarter = [](UnixMs at) { return at / session::kQuarterMs * session::kQuarterMs; };
    proto::Usage answer;
    answer.by = to_text(question.by);
    answer.tz = calendar->zone();
    answer.until_ms = back_to_quarter(question.until.value_or(now) + session::kQuarterMs - 1);
    answer.since_ms =
        back_to_quarter(question.since.value_or(std::max<UnixMs>(0, answer.until_ms - kDefaultSpanMs)));
    const Rows rows = add_up(store_, question, *calendar, answer.since_ms, answer.until_ms);
    answer.total = to_proto(rows.total);
    if (is_time(question.by)) {
        answer.rows = time_rows(rows, question, *calendar);
        if (answer.rows.size() >
            static_cast<std::size_t>(question.limit)) {  // the latest are what is asked for
            const auto extra = static_cast<std::ptrdiff_t>(answer.rows.size()) - question.limit;
            answer.rows.erase(answer.rows.begin(), answer.rows.begin() + extra);
        }
    } else if (question.by == UsageBy::model) {
        answer.rows = ranked_rows(
            rows.by_number, question.limit,
            [&](std::int64_t model, proto::UsageRow& row) { row.key = store_.usage.model_name(model); });
    } else if (question.by == UsageBy::session) {
        answer.rows =
            ranked_rows(rows.by_number, question.limit, [&](std::int64_t key, proto::UsageRow& row) {
                const session::SessionState state = store_.sessions.load(key);
                row.key = state.id;
                row.agent = state.agent;
                row.title = state.title;
                row.parent = state.parent;
            });
    } else {
        answer.rows = ranked_rows(rows.by_text, question.limit,
                                  [](const std::string& text, proto::UsageRow& row) { row.key = text; });
    }
    answer.rows_left_out =
        static_cast<std::int64_t>(rows.by_number.size() + rows.by_text.size() - answer.rows.size());
    for (const auto& [model, unpriced] : rows.unpriced)
        answer.unpriced.push_back({store_.usage.model_name(model), unpriced.said_by, unpriced.sum});
    std::sort(answer.unpriced.begin(), answer.unpriced.end(),
              [](const auto& a, const auto& b) { return a.tokens > b.tokens; });
    add_uncounted(question, answer);
    for (const store::PriceTableRow& table : store_.usage.price_tables())
        answer.prices.push_back({table.date, table.origin, table.current});
    return answer;
}

// Agents that write no token counts have no row anywhere; that they were at work is said all the same.
void UsageHistory::add_uncounted(const UsageQuestion& question, proto::Usage& answer) {
    for (const parse::Format& format : parse::formats()) {
        const bool asked = question.agent.empty() || question.agent == format.agent;
        if (format.writes_usage || !asked) continue;
        const std::int64_t sessions = store_.sessions.count_active(
            std::string(format.agent), question.workspace, answer.since_ms, answer.until_ms);
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
    std::unordered_map<std::int64_t, UsageSum> models;
    store_.usage.each_of_session(
        session, [&](const store::UsageKey& key, const UsageSum& part) { models[key.model].add(part); });
    return ranked_rows(
        models, std::numeric_limits<std::int64_t>::max(),
        [&](std::int64_t model, proto::UsageRow& row) { row.key = store_.usage.model_name(model); });
}

}  // namespace kaizen::insight
