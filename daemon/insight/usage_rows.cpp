#include "daemon/insight/usage_rows.h"

#include <algorithm>

namespace kaizen::insight {
namespace {

using session::UsageSum;

Span span_of(UsageBy by) {
    if (by == UsageBy::week) return Span::week;
    return by == UsageBy::month ? Span::month : Span::day;
}

bool fits(std::string_view is, std::string_view asked) { return asked.empty() || is == asked; }

std::int64_t all_tokens(const UsageSum& sum) {
    return sum.input.sum + sum.cache_read.sum + sum.cache_write.sum + sum.output.sum;
}

// Largest cost first; what has none by its tokens.
bool costs_more(const UsageSum& a, const UsageSum& b) {
    const std::int64_t cost_a = a.cost_pico().value_or(-1);
    const std::int64_t cost_b = b.cost_pico().value_or(-1);
    return cost_a != cost_b ? cost_a > cost_b : all_tokens(a) > all_tokens(b);
}

}  // namespace

bool is_time(UsageBy by) { return by <= UsageBy::month; }

Places::Place Places::place(std::int64_t session) {
    constexpr std::size_t kMet = 2000;
    const auto key = static_cast<std::size_t>(session);
    if (!all_.empty()) return key < all_.size() ? all_[key] : Place();
    if (const auto met = met_.find(session); met != met_.end()) return met->second;
    if (met_.size() == kMet) {
        read_all();
        return place(session);
    }
    const store::SessionPlace where = sessions_.place_of(session);
    return met_.emplace(session, make(where.agent, where.workspace)).first->second;
}

Places::Place Places::make(const std::string& agent, const std::string& workspace) {
    Place place;
    place.wanted = fits(agent, question_.agent) && workspace_.takes(workspace);
    const std::string name = question_.by == UsageBy::agent ? agent : question_.aliases.resolve(workspace);
    auto known = numbers_.find(name);
    if (known == numbers_.end()) {
        known = numbers_.emplace(name, static_cast<std::int64_t>(names_.size())).first;
        names_.emplace_back(name);
    }
    place.number = known->second;
    return place;
}

void Places::read_all() {
    std::string agent, workspace;  // of the session before: those of one place come one after the other
    Place place;
    all_.resize(1);
    sessions_.each_place(
        [&](std::string_view agent_now, std::string_view workspace_now, std::int64_t session) {
            if (all_.size() == 1 || agent != agent_now || workspace != workspace_now) {
                agent = agent_now;
                workspace = workspace_now;
                place = make(agent, workspace);
            }
            const auto key = static_cast<std::size_t>(session);
            if (key >= all_.size()) all_.resize(key + 1);
            all_[key] = place;
        });
}

void Adder::add(const store::UsageKey& key, const UsageSum& sum) {
    if (places_ != nullptr && !places_->wanted(key.session)) return;
    row_of(key).add(sum);
    if (sum.unpriced.said_by == 0) return;
    UsageSum::Counter& unpriced = rows_.unpriced[key.model];
    unpriced.sum += sum.unpriced.sum;
    unpriced.said_by += sum.unpriced.said_by;
}

Rows Adder::rows() && {
    for (const auto& [number, sum] : rows_.by_number) rows_.total.add(sum);
    return std::move(rows_);
}

UsageSum& Adder::row_of(const store::UsageKey& key) {
    if (by_ == UsageBy::model) return rows_.by_number[key.model];
    if (by_ == UsageBy::session) return rows_.by_number[key.session];
    if (!is_time(by_)) return rows_.by_number[places_->number(key.session)];
    const UnixMs at = key.quarter * session::kQuarterMs;
    if (of_period_ == nullptr || at >= period_.end) {
        period_ = calendar_.period_of(at, span_of(by_));
        of_period_ = &rows_.by_number[period_.begin];
    }
    return *of_period_;
}

std::vector<proto::UsageRow> time_rows(const Sums& sums, const UsageQuestion& question,
                                       const Calendar& calendar) {
    std::vector<proto::UsageRow> out;
    for (const auto& [begin, sum] : sums) {
        proto::UsageRow& row = out.emplace_back();
        row.key = calendar.period_of(begin, span_of(question.by)).name;
        row.start_ms = begin;
        row.usage = to_proto(sum);
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.start_ms < b.start_ms; });
    const auto extra = static_cast<std::ptrdiff_t>(out.size()) - question.limit;
    if (extra > 0) out.erase(out.begin(), out.begin() + extra);  // the latest are what is asked for
    return out;
}

std::vector<proto::UsageRow> ranked_rows(const Sums& sums, std::int64_t limit, const Name& name) {
    std::vector<const Sums::value_type*> order;
    for (const auto& row : sums) order.push_back(&row);
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

}  // namespace kaizen::insight
