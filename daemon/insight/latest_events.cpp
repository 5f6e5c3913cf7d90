#include "daemon/insight/latest_events.h"

#include <algorithm>
#include <utility>

namespace kaizen::insight {
namespace {

constexpr std::int64_t kPage = 50;

struct Timed {
    UnixMs at = 0;
    store::EventRow row;
    [[nodiscard]] auto place() const { return std::pair(at, row.id); }
};

// The last ones of one session, the newest first, down to a time. One that has no time happened with the one
// behind it.
std::vector<Timed> last_of(store::Store& store, store::EventFilter filter, UnixMs last_activity,
                           UnixMs since) {
    std::vector<Timed> all;
    const std::int64_t most = filter.limit;
    UnixMs at = last_activity;
    while (static_cast<std::int64_t>(all.size()) < most) {
        filter.limit = std::min(kPage, most - static_cast<std::int64_t>(all.size()));
        auto page = store.events.last(filter);
        if (page.empty()) break;
        filter.until = page.front().id - 1;
        for (auto row = page.rbegin(); row != page.rend(); ++row) {
            at = row->event.at.value_or(at);
            all.push_back({at, std::move(*row)});
        }
        if (at < since) break;
    }
    return all;
}

}  // namespace

std::vector<store::EventRow> latest_events(store::Store& store, const store::EventFilter& filter) {
    std::vector<Timed> latest;
    const auto limit = static_cast<std::size_t>(filter.limit);
    store.sessions.each_by_activity(filter.agent, [&](std::int64_t session, UnixMs last_activity) {
        const bool full = latest.size() == limit;
        const UnixMs since = full ? latest.front().at : 0;
        if (full && last_activity < since) return false;
        store::EventFilter its = filter;
        its.session = session;
        for (Timed& event : last_of(store, its, last_activity, since)) latest.push_back(std::move(event));
        std::sort(latest.begin(), latest.end(),
                  [](const Timed& a, const Timed& b) { return a.place() < b.place(); });
        if (latest.size() > limit)
            latest.erase(latest.begin(), latest.end() - static_cast<std::ptrdiff_t>(limit));
        return true;
    });
    std::vector<store::EventRow> rows;
    std::int64_t bytes = 0;
    for (auto event = latest.rbegin(); event != latest.rend() && bytes < filter.bytes; ++event) {
        bytes += static_cast<std::int64_t>(event->row.event.text.size());
        rows.push_back(std::move(event->row));
    }
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace kaizen::insight
