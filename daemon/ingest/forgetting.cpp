#include "daemon/ingest/forgetting.h"

#include <algorithm>
#include <utility>

namespace kaizen::ingest {
namespace {

constexpr int kLooksAtOnce = 200;
constexpr std::int64_t kRowsAtOnce = 400;

}  // namespace

bool ForgetSelection::next(std::vector<std::int64_t>& family) {
    family.clear();
    if (which_.session != 0) {
        family = store_.sessions.family_of(std::exchange(which_.session, 0));
        which_.before = 0;  // there is no other
        return true;
    }
    for (int looks = 0; looks < kLooksAtOnce; ++looks) {
        const auto next = next_place();
        if (!next) return false;
        after_ = *next;
        if (!is_meant(next->second)) continue;
        family = store_.sessions.family_of(next->second);
        if (!is_active_since(family)) return true;
        family.clear();
    }
    return true;
}

// The listed ones first, then those of which nothing was ever shown.
std::optional<store::ListPlace> ForgetSelection::next_place() {
    if (!listed_are_over_) {
        if (auto next = store_.erasure.next_before(after_, which_.before)) return next;
        listed_are_over_ = true;
        after_ = {};
    }
    return store_.erasure.next_hidden_before(after_, which_.before);
}

bool ForgetSelection::is_meant(std::int64_t session) {
    const store::SessionRow row = store_.sessions.row(session);
    if (!which_.workspace.takes(row.state.workspace)) return false;
    pinned_ += row.pinned ? 1 : 0;
    return !row.pinned;
}

bool ForgetSelection::is_active_since(const std::vector<std::int64_t>& family) {
    return std::any_of(family.begin(), family.end(), [&](std::int64_t member) {
        return store_.sessions.load(member).last_activity.value_or(0) >= which_.before;
    });
}

proto::Forgotten count_forgettable(store::Store& store, const Forgettable& which) {
    ForgetSelection selection(store, which);
    proto::Forgotten counts;
    std::vector<std::int64_t> family;
    while (selection.next(family)) {
        for (const std::int64_t member : family) {
            const session::SessionState state = store.sessions.load(member);
            ++counts.sessions;
            counts.events += state.next_seq;
            counts.tool_spans += state.tool_calls;
        }
    }
    counts.pinned = selection.pinned();
    return counts;
}

bool Forgetting::step() {
    if (!sessions_.empty()) {
        erase_some();
        return true;
    }
    if (!selected_all_) {
        std::vector<std::int64_t> family;
        selected_all_ = !selection_.next(family);
        sessions_.assign(family.rbegin(), family.rend());  // sub-agents first: else lists would show them
        counts_.pinned = selection_.pinned();
        return true;
    }
    if (also_.usage && !unbooking_.done) {
        writer_.usage().unbook(unbooking_, erased_);
        counts_.responses = unbooking_.responses;
        return true;
    }
    return also_.waiting && sweep_outbox();
}

void Forgetting::erase_some() {
    const std::int64_t session = sessions_.front();
    const store::Overwriting overwriting(store_.database);
    store::Transaction transaction(store_.database);
    if (!begun_) {
        const store::SessionRow row = store_.sessions.row(session);
        const std::string hash = writer_.outbound().session_hash(row.state.id);
        if (!hash.empty()) hashes_.insert(hash);
        if (row.shown) store_.sessions.hide(session);
        store_.erasure.begin(session);
    }
    const store::Erasure::Rows rows = store_.erasure.erase_some(session, kRowsAtOnce);
    transaction.commit();
    writer_.forget();  // it knows the session as it was
    begun_ = true;
    counts_.events += rows.events;
    counts_.tool_spans += rows.tool_spans;
    if (rows.events > 0 || rows.tool_spans > 0) return;
    ++counts_.sessions;
    erased_.insert(session);
    sessions_.pop_front();
    begun_ = false;
}

bool Forgetting::sweep_outbox() {
    if (!sweep_) sweep_.emplace(hashes_);
    const bool more = writer_.outbound().outbox().sweep(*sweep_);
    counts_.outbox_rows = sweep_->dropped();
    counts_.outbox_rows_leaving = sweep_->leaving();
    return more;
}

}  // namespace kaizen::ingest
